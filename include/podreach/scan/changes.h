#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "podreach/plan/scan_plan.h"

/// What changed in the cluster while it was scanned. Pure functions.
namespace podreach {

/// One object that isn't as it was when the scan began.
struct Change {
  enum class How : std::uint8_t { kMade, kChanged, kDeleted };
  std::string what;  ///< "shop/NetworkPolicy/deny", "namespace shop"
  How how = How::kChanged;
  friend bool operator==(const Change&, const Change&) = default;
};

/// The two states of the cluster, held against each other.
struct Changes {
  /// A policy of the whole cluster isn't as it was: it may govern every cell.
  bool everywhere = false;
  /// Whose policies or labels aren't as they were: what they bear on has an end there.
  std::set<std::string> namespaces = {};
  /// Namespace and name of Services whose ports or endpoints aren't as they were.
  std::set<std::pair<std::string, std::string>> services = {};
  std::set<std::string> pod_uids = {};  ///< of pods whose labels aren't as they were
  std::vector<Change> list = {};        ///< by what, for people
};

/// `own_namespace` is podreach's: the scan itself makes and deletes what is there.
[[nodiscard]] Changes ChangesBetween(const Snapshot& before, const Snapshot& now,
                                     const std::string& own_namespace);

/// Cells that the changes bear on aren't judged: which state they show, nobody knows.
void ForgetChanged(const Changes& changes, const Snapshot& before, const ScanPlan& plan,
                   ReachMatrix& observed);

}  // namespace podreach
