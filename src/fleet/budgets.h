#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "podreach/wire/probe_order.h"

namespace podreach {

/// What all probes that sweep at the same time may do together; 0: no limit.
struct SharedBudgets {
  /// New flows in any two minutes of the probes on one node, where flows_of_node has no other.
  std::uint32_t flows_per_node_in_two_minutes = 0;
  std::map<std::string, std::uint32_t> flows_of_node;
  [[nodiscard]] std::uint32_t FlowsOf(const std::string& node) const;
  /// Attempts a second to one address, of all probes together.
  std::uint32_t rate_per_target_host = 0;
};

/// How long a flow counts: conntrack keeps one that got no answer for 120 s
/// (nf_conntrack_tcp_timeout_syn_sent).
inline constexpr std::chrono::seconds kFlowWindow{120};

/// The new flows that each node saw lately, so that rounds that follow each other stay within a
/// node's budget together.
class FlowLedger {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Until `now` the node had these flows; they rise in time.
  void Add(const std::string& node, Time now, std::uint64_t flows);
  /// How many of them are in the window that ends now.
  [[nodiscard]] std::uint64_t Lately(const std::string& node, Time now) const;
  /// The first moment from now on at which no more than `most` are in the window.
  [[nodiscard]] Time WhenAtMost(const std::string& node, Time now, std::uint64_t most) const;

 private:
  struct Entry {
    Time until;
    std::uint64_t flows = 0;
  };
  std::map<std::string, std::deque<Entry>> of_node_;
};

/// One probe's part of a round.
struct ProbeWork {
  std::string node;
  std::shared_ptr<const std::vector<HostOrder>> hosts;
};

/// (host, protocol, port) that the list asks.
[[nodiscard]] std::uint64_t PortsOf(const std::vector<HostOrder>& hosts);

/// The limits of each probe, in the order of the works, so that together they stay within the
/// budgets: never above `each`, and never below one attempt a second and one flow, for a probe must
/// get on.
///
/// A node's flows are shared by how many ports each probe asks. A target host's attempts are
/// bounded through the whole rate of the probes that ask it: a probe goes round its hosts,
/// beginning at one of its own, so that of its rate each of H hosts sees the H-th part. With n
/// probes that is n * rate / H, which is kept below the host's budget.
[[nodiscard]] std::vector<SweepLimits> ShareBudgets(const SweepLimits& each,
                                                    const SharedBudgets& budgets,
                                                    const std::vector<ProbeWork>& works);

}  // namespace podreach
