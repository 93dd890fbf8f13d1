#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port_set.h"

namespace podreach {

/// The ports of one address that a probe sweeps.
struct HostOrder {
  IpAddress address;
  PortSet tcp;
  PortSet udp;
  friend bool operator==(const HostOrder&, const HostOrder&) = default;
};

/// What is one probe's alone: its report carries the nonce, and its responder listens.
struct ProbeIdentity {
  std::string nonce;  ///< 32 hex digits, lower case
  PortSet listen_tcp;
  PortSet listen_udp;
  /// What this probe sweeps instead of the shared hosts. Empty: nothing, it only closes the round.
  std::optional<std::vector<HostOrder>> hosts;
  friend bool operator==(const ProbeIdentity&, const ProbeIdentity&) = default;
};

/// Limits of a sweep (the design's budgets).
struct SweepLimits {
  std::uint32_t in_flight = 512;    ///< attempts open at once, at least 1
  std::uint32_t rate = 0;           ///< attempts a second; 0: no limit
  std::uint32_t rate_per_host = 0;  ///< attempts a second to one address; 0: no limit
  /// New flows in any 120 s (conntrack's SYN_SENT timeout); 0: no limit.
  std::uint32_t flows_per_two_minutes = 0;
  std::uint32_t tries = 2;                 ///< attempts before silence is `filtered`, 1 to 5
  std::chrono::milliseconds timeout{600};  ///< of one attempt
  friend bool operator==(const SweepLimits&, const SweepLimits&) = default;
};

/// The order that a controller mounts into its probes: one file a namespace and scan. The format is
/// in src/wire/FORMAT.md, schema podreach.io/order/v1.
struct ProbeOrder {
  std::string scan;  ///< the scan id: 1 to 63 of [a-z0-9-]
  /// False while the probes only start and listen; true tells them to sweep.
  bool go = false;
  /// A probe sweeps once a round: again when the file comes with a higher number, as to confirm
  /// disagreements after a settle time.
  std::uint32_t round = 0;
  /// Ask what answers at the ports that are open, in this round.
  bool identify = false;
  SweepLimits limits;
  std::vector<HostOrder> hosts;
  std::vector<std::string> names;               ///< to resolve, fully qualified or not
  std::map<std::string, ProbeIdentity> probes;  ///< by pod name
  friend bool operator==(const ProbeOrder&, const ProbeOrder&) = default;
};

/// JSON without newlines. The caller keeps it below 1 MiB, the limit of a ConfigMap and of
/// ParseOrder.
[[nodiscard]] std::string EncodeOrder(const ProbeOrder& order);
/// Errors are kCorrupt and name the field; unknown fields are refused, every bound is checked.
[[nodiscard]] Result<ProbeOrder> ParseOrder(std::string_view text);

}  // namespace podreach
