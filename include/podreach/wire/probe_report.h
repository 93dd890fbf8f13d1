#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "podreach/net/port_set.h"
#include "podreach/net/protocol.h"
#include "podreach/reach/icmp_error.h"
#include "podreach/reach/outcome.h"

namespace podreach {

/// Ports of one host and protocol that ended alike.
struct PortGroup {
  Protocol protocol = Protocol::kTcp;
  /// Never kNotProbed. An RST that an enforcer forged is still kClosed here: only the controller's
  /// controls can tell.
  Outcome state = Outcome::kFiltered;
  PortSet ports;
  /// Always with kRejected and a UDP kClosed, sometimes with kUnreachable, never otherwise.
  std::optional<IcmpError> icmp;
  int error_number = 0;  ///< errno, with kLocalError and kUnreachable
  /// With kFiltered and kOpenFiltered only: so many packets of this host were lost that an answer
  /// may have been, too.
  bool unsure = false;
  /// Every port of this protocol that the order asked of the host; `ports` is empty then.
  bool all = false;
  friend bool operator==(const PortGroup&, const PortGroup&) = default;
};

/// Hosts in a row of a probe's ask.
struct HostRun {
  std::uint32_t first = 0;  ///< index into the ask
  std::uint32_t count = 0;
  friend bool operator==(const HostRun&, const HostRun&) = default;
};

/// Hosts that ended alike.
struct AlikeHosts {
  std::vector<HostRun> runs;  ///< rising, none touching the next
  std::vector<PortGroup> groups;
  friend bool operator==(const AlikeHosts&, const AlikeHosts&) = default;
};

/// Ports that the responder was told to listen on and couldn't.
struct ListenFailure {
  Protocol protocol = Protocol::kTcp;
  PortSet ports;
  int error_number = 0;  ///< errno of bind(2) or listen(2): EACCES below 1024 without the right to
  friend bool operator==(const ListenFailure&, const ListenFailure&) = default;
};

/// How full a node's connection table is: nf_conntrack_max and nf_conntrack_count of
/// /proc/sys/net/netfilter (Linux: Documentation/networking/nf_conntrack-sysctl.rst).
struct ConntrackUse {
  std::uint64_t max = 0;
  std::uint64_t count = 0;
  friend bool operator==(const ConntrackUse&, const ConntrackUse&) = default;
};

/// What a probe says once, when it listens.
struct HelloReport {
  PortSet listening_tcp;
  PortSet listening_udp;
  std::vector<ListenFailure> failed_listen;
  std::optional<ConntrackUse> conntrack;  ///< absent where the probe can't read it
  friend bool operator==(const HelloReport&, const HelloReport&) = default;
};

/// The closing totals of a round.
struct SweepTotals {
  std::uint64_t attempts = 0;  ///< connects and datagrams sent, retries included
  std::uint64_t ports = 0;     ///< (host, protocol, port) that ended
  std::uint64_t peak_in_flight = 0;
  std::chrono::milliseconds sweep_time{0};
  std::uint64_t resident_kib = 0;  ///< VmHWM of /proc/self/status
  friend bool operator==(const SweepTotals&, const SweepTotals&) = default;
};

}  // namespace podreach
