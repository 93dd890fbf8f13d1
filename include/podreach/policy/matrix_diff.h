#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "podreach/policy/evaluator.h"

namespace podreach {

/// What becomes of the ports of one pair of ends between two states of a cluster, by Protocol. A
/// port is in one of the sets, or in none where nothing changes for it.
struct PortsChange {
  std::array<PortSet, 3> opens;      ///< denied before, allowed after
  std::array<PortSet, 3> closes;     ///< allowed before, denied after
  std::array<PortSet, 3> may_open;   ///< one of the two is unknown, the other tells the direction
  std::array<PortSet, 3> may_close;  ///< the same
  /// Why what is unknown can't be judged; empty where nothing is.
  std::string because;
};

struct ChangedConnection : PortsChange {
  std::string source;  ///< "shop/web[Deployment]", or a range "10.0.0.0-10.0.0.255"
  std::string destination;
  /// What decided before and after, of the first port that changes; empty where an end isn't there.
  std::vector<DecidingRule> before;
  std::vector<DecidingRule> after;
};

struct MatrixDiff {
  std::vector<std::string> added;    ///< workloads that are there after alone
  std::vector<std::string> removed;  ///< before alone
  std::size_t changes = 0;
};

/// Compares what two snapshots' policies intend, workload by workload, and gives each pair that
/// changes, in order of the names; a workload that is on one side alone reaches nothing, and isn't
/// reached, on the other. Addresses outside are compared in whatever ranges both sides tell apart.
///
/// Holds both matrices in a compact form: 12 bytes a pair that isn't denied.
[[nodiscard]] MatrixDiff DiffMatrices(const Evaluator& before, const Evaluator& after,
                                      const std::function<void(const ChangedConnection&)>& give);

}  // namespace podreach
