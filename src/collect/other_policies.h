#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/cluster/snapshot.h"
#include "podreach/kube/kube_client.h"

namespace podreach {

/// What a server has beside the kinds that every server has.
struct OtherPolicies {
  std::vector<SnapshotGap> gaps;  ///< a kind that can't be listed: "plural.group"
  bool cilium = false;            ///< an agent of Cilium has registered a node (CiliumNode)
};

/// The group of NetworkPolicies, which are listed with the kinds that every server has.
inline constexpr std::string_view kNetworkPolicyGroup = "networking.k8s.io";

/// Lists the objects of every other PolicyKind that a server serves, under the first version that
/// has it, page by page, and gives each of them. An Error is kCancelled alone.
[[nodiscard]] Result<OtherPolicies> ListOtherPolicies(
    KubeClient& client, PolicyKindList kinds, const std::function<void(nlohmann::json&)>& give,
    std::stop_token stop);

}  // namespace podreach
