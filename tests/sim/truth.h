#pragma once

#include <string>
#include <string_view>

#include "tests/sim/cluster.h"

namespace podreach::sim {

/// Says what is true of connections, for whoever checks a report: pods that were deleted since are
/// still there for it. Each line asks "NAMESPACE POD ADDRESS PROTOCOL PORT", POD being the source,
/// and is answered by
///
///   STATE REACHES INTENDED PLACE
///
/// STATE is what a probe sees, REACHES "yes" or "no": whether the packets get past the policies.
/// INTENDED is what the policies say, whether they are enforced or not: "allow", "deny", or of a
/// Service "mixed" where its backends differ and "none" where it has none. PLACE is what stands at
/// the address: "pod", "node", "own-node", "service", "node-port", "outside", "nothing"; with
/// "node>" before it where the source is on its node's network. A line that can't be answered gives
/// "? ? ? ?".
[[nodiscard]] std::string AnswerTruth(const Cluster& cluster, std::string_view questions);

}  // namespace podreach::sim
