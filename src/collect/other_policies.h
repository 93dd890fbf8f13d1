#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/cluster/snapshot.h"
#include "podreach/kube/kube_client.h"

namespace podreach {

/// A kind of policy that bears on reachability and that podreach can't evaluate.
struct OtherPolicyKind {
  std::string_view group;
  std::string_view kind;
  std::string_view plural;
  /// Where this group is served too, it holds the same objects, and is asked instead. May be empty.
  std::string_view stored_in = {};
};
[[nodiscard]] std::span<const OtherPolicyKind> OtherPolicyKinds();

/// What a server has beside NetworkPolicies.
struct OtherPolicies {
  std::vector<SnapshotGap> gaps;  ///< a kind that has objects, or that can't be asked
  bool cilium = false;            ///< an agent of Cilium has registered a node (CiliumNode)
};

/// Counts the objects of these kinds on a server, with a list of one for each kind that is served.
/// An Error is kCancelled alone.
[[nodiscard]] Result<OtherPolicies> FindOtherPolicies(KubeClient& client, std::stop_token stop);

}  // namespace podreach
