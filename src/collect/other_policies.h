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

/// What a server has beside NetworkPolicies.
struct OtherPolicies {
  std::vector<SnapshotGap> gaps;  ///< a kind that can't be listed: "plural.group"
  bool cilium = false;            ///< an agent of Cilium has registered a node (CiliumNode)
};

/// Lists the objects of every PolicyKind that a server serves, under the first version that has it,
/// page by page, and gives each of them. An Error is kCancelled alone.
[[nodiscard]] Result<OtherPolicies> ListOtherPolicies(
    KubeClient& client, const std::function<void(nlohmann::json&)>& give, std::stop_token stop);

}  // namespace podreach
