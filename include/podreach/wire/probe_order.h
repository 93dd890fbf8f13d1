#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/net/port_set.h"
#include "podreach/wire/host_list.h"

namespace podreach {

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

/// What is one probe's alone: its report carries the nonce, and its responder listens.
struct ProbeIdentity {
  std::string nonce;  ///< 32 hex digits, lower case
  PortSet listen_tcp;
  PortSet listen_udp;
  /// Index into ProbeOrder::asks of what it sweeps. Absent: it has nothing to do in this round.
  std::optional<std::uint32_t> ask;
  std::optional<SweepLimits> limits;  ///< instead of the order's
  friend bool operator==(const ProbeIdentity&, const ProbeIdentity&) = default;
};

/// The order that a controller mounts into its probes: one file a namespace and scan. The format is
/// in src/wire/FORMAT.md, schema podreach.io/order/v2.
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
  /// Lists of hosts as EncodeHosts writes them. ParseOrder doesn't look into them: a probe reads
  /// its own alone.
  std::vector<std::string> asks;
  std::map<std::string, ProbeIdentity> probes;  ///< by pod name
  friend bool operator==(const ProbeOrder&, const ProbeOrder&) = default;
};

/// The most that ParseOrder takes, which is what a ConfigMap may hold.
inline constexpr std::size_t kMaxOrderBytes = 1U << 20U;

/// JSON in ASCII without newlines. The caller keeps it below kMaxOrderBytes.
[[nodiscard]] std::string EncodeOrder(const ProbeOrder& order);
/// Errors are kCorrupt and name the field; unknown fields are refused, every bound is checked.
[[nodiscard]] Result<ProbeOrder> ParseOrder(std::string_view text);

}  // namespace podreach
