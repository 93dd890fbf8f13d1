#include "collect/other_policies.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "collect/field.h"

namespace podreach {
namespace {

constexpr std::array<OtherPolicyKind, 18> kKinds{{
    {"cilium.io", "CiliumNetworkPolicy", "ciliumnetworkpolicies"},
    {"cilium.io", "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies"},
    {"crd.projectcalico.org", "NetworkPolicy", "networkpolicies"},
    {"crd.projectcalico.org", "GlobalNetworkPolicy", "globalnetworkpolicies"},
    // Calico's own API server shows what is in its CRDs, and the NetworkPolicies of Kubernetes once
    // more.
    {"projectcalico.org", "NetworkPolicy", "networkpolicies", "crd.projectcalico.org"},
    {"projectcalico.org", "GlobalNetworkPolicy", "globalnetworkpolicies", "crd.projectcalico.org"},
    {"policy.networking.k8s.io", "AdminNetworkPolicy", "adminnetworkpolicies"},
    {"policy.networking.k8s.io", "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies"},
    {"policy.networking.k8s.io", "ClusterNetworkPolicy", "clusternetworkpolicies"},
    {"security.istio.io", "AuthorizationPolicy", "authorizationpolicies"},
    {"security.istio.io", "PeerAuthentication", "peerauthentications"},
    {"policy.linkerd.io", "Server", "servers"},
    {"policy.linkerd.io", "AuthorizationPolicy", "authorizationpolicies"},
    {"policy.linkerd.io", "ServerAuthorization", "serverauthorizations"},
    {"consul.hashicorp.com", "ServiceIntentions", "serviceintentions"},
    {"crd.antrea.io", "NetworkPolicy", "networkpolicies"},
    {"crd.antrea.io", "ClusterNetworkPolicy", "clusternetworkpolicies"},
    {"kuma.io", "MeshTrafficPermission", "meshtrafficpermissions"},
}};

using nlohmann::json;

/// The versions under which a group is served, as /apis lists them (meta/v1 APIGroupList).
std::vector<std::string> VersionsOf(const Field& group_list, std::string_view group) {
  std::vector<std::string> versions;
  for (const Field& entry : group_list.At("groups").Items()) {
    if (entry.At("name").Text() != group) continue;
    for (const Field& version : entry.At("versions").Items()) {
      versions.push_back(version.At("groupVersion").Text());
    }
  }
  return versions;
}

/// Asks one server, group by group.
class PolicyCensus {
 public:
  PolicyCensus(KubeClient& client, std::stop_token stop)
      : client_(client), stop_(std::move(stop)) {}

  [[nodiscard]] Result<OtherPolicies> Take() {
    auto groups = client_.GetRaw("/apis", stop_);
    if (groups.has_error()) {
      AddGap("apis", groups.error());
    } else {
      Problems ignored;
      const Field group_list(*groups, "", ignored);
      std::set<std::string_view> done;
      for (const OtherPolicyKind& kind : kKinds) {
        if (!done.insert(kind.group).second) continue;
        if (!kind.stored_in.empty() && !VersionsOf(group_list, kind.stored_in).empty()) continue;
        CountGroup(kind.group, VersionsOf(group_list, kind.group));
      }
    }
    if (stop_.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped");
    return OtherPolicies{std::move(gaps_), cilium_};
  }

 private:
  void AddGap(std::string resource, const Error& error) {
    gaps_.push_back({std::move(resource), error.message});
  }

  /// Kinds of one group may be served under different versions; each is counted under the first
  /// one.
  void CountGroup(std::string_view group, const std::vector<std::string>& versions) {
    std::set<std::string> counted;
    for (const std::string& version : versions) {
      if (stop_.stop_requested()) return;
      const std::string group_version = "/apis/" + version;
      auto resources = client_.GetRaw(group_version, stop_);
      if (resources.has_error()) {
        AddGap(std::string(group), resources.error());
        continue;
      }
      Problems ignored;
      const Field resource_list(*resources, "", ignored);
      for (const Field& resource : resource_list.At("resources").Items()) {
        const std::string plural = resource.At("name").Text();
        const bool wanted = std::ranges::any_of(kKinds, [&](const OtherPolicyKind& kind) {
          return kind.group == group && kind.plural == plural;
        });
        if (group == "cilium.io" && plural == "ciliumnodes" && !cilium_) {
          LookForCilium(group_version);
        }
        if (wanted && counted.insert(plural).second) Count(group, group_version, plural);
      }
    }
  }

  void LookForCilium(const std::string& group_version) {
    auto page = client_.GetRaw(group_version + "/ciliumnodes?limit=1", stop_);
    if (page.has_error()) {
      AddGap("ciliumnodes.cilium.io", page.error());
      return;
    }
    Problems ignored;
    cilium_ = !Field(*page, "", ignored).At("items").Items().empty();
  }

  void Count(std::string_view group, const std::string& group_version, const std::string& plural) {
    const std::string resource = plural + "." + std::string(group);
    auto page = client_.GetRaw(group_version + "/" + plural + "?limit=1", stop_);
    if (page.has_error()) {
      AddGap(resource, page.error());
      return;
    }
    Problems problems;
    const Field list(*page, "", problems);
    const Field metadata = list.At("metadata");
    auto count = static_cast<std::int64_t>(list.At("items").Items().size());
    if (count == 0 && problems.empty()) return;
    count += metadata.At("remainingItemCount").Integer().value_or(0);
    // Servers may leave the remaining count out (ListMeta.remainingItemCount).
    const bool more =
        !metadata.At("remainingItemCount").present() && !metadata.At("continue").Text().empty();
    gaps_.push_back({resource, (more ? "more than " : "") + std::to_string(count) +
                                   (count == 1 && !more ? " object" : " objects") +
                                   " that this version cannot evaluate"});
  }

  KubeClient& client_;
  const std::stop_token stop_;
  std::vector<SnapshotGap> gaps_;
  bool cilium_ = false;
};

}  // namespace

std::span<const OtherPolicyKind> OtherPolicyKinds() { return kKinds; }

Result<OtherPolicies> FindOtherPolicies(KubeClient& client, std::stop_token stop) {
  return PolicyCensus(client, std::move(stop)).Take();
}

}  // namespace podreach
