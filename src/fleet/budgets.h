#pragma once

#include <cstdint>
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
  /// Attempts a second to one address, of all probes together.
  std::uint32_t rate_per_target_host = 0;
};

/// One probe's part of a round.
struct ProbeWork {
  std::string node;
  std::shared_ptr<const std::vector<HostOrder>> hosts;
};

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
