#include "collect/other_policies.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "podreach/cluster/field.h"
#include "podreach/cluster/policy_document.h"

namespace podreach {
namespace {

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
class PolicyLister {
 public:
  PolicyLister(KubeClient& client, PolicyKindList kinds, const std::function<void(json&)>& give,
               std::stop_token stop)
      : client_(client), kinds_(kinds), give_(give), stop_(std::move(stop)) {}

  [[nodiscard]] Result<OtherPolicies> Take() {
    auto groups = client_.GetRaw("/apis", stop_);
    if (groups.has_error()) {
      AddGap("", "", "", groups.error());
    } else {
      Problems ignored;
      const Field group_list(*groups, "", ignored);
      std::set<std::string_view> done{kNetworkPolicyGroup};
      for (const PolicyKind& kind : kinds_) {
        if (!done.insert(kind.group).second) continue;
        if (!kind.stored_in.empty() && !VersionsOf(group_list, kind.stored_in).empty()) continue;
        ListGroup(kind.group, VersionsOf(group_list, kind.group));
      }
    }
    if (stop_.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped");
    return OtherPolicies{std::move(gaps_), cilium_};
  }

 private:
  /// What couldn't be listed: one kind, all of a group, or all of all groups.
  void AddGap(std::string_view group, std::string_view kind, std::string_view plural,
              const Error& error) {
    SnapshotGap gap;
    gap.kind = GapKind::kUnlistedKind;
    gap.object.group = std::string(group);
    gap.object.kind = std::string(kind);
    gap.plural = std::string(plural);
    gap.reason = error.message;
    gaps_.push_back(std::move(gap));
  }

  /// Kinds of one group may be served under different versions; each is listed under the first
  /// one.
  void ListGroup(std::string_view group, const std::vector<std::string>& versions) {
    std::set<std::string> listed;
    for (const std::string& version : versions) {
      if (stop_.stop_requested()) return;
      const std::string group_version = "/apis/" + version;
      auto resources = client_.GetRaw(group_version, stop_);
      if (resources.has_error()) {
        AddGap(group, "", "", resources.error());
        continue;
      }
      Problems ignored;
      const Field resource_list(*resources, "", ignored);
      for (const Field& resource : resource_list.At("resources").Items()) {
        const std::string plural = resource.At("name").Text();
        const auto wanted = std::ranges::find_if(kinds_, [&](const PolicyKind& kind) {
          return kind.group == group && kind.plural == plural;
        });
        if (group == "cilium.io" && plural == "ciliumnodes" && !cilium_) {
          LookForCilium(group_version);
        }
        if (wanted != kinds_.end() && listed.insert(plural).second) List(*wanted, group_version);
      }
    }
  }

  void LookForCilium(const std::string& group_version) {
    auto page = client_.GetRaw(group_version + "/ciliumnodes?limit=1", stop_);
    if (page.has_error()) {
      AddGap("cilium.io", "CiliumNode", "ciliumnodes", page.error());
      return;
    }
    Problems ignored;
    cilium_ = !Field(*page, "", ignored).At("items").Items().empty();
  }

  void List(const PolicyKind& kind, const std::string& group_version) {
    const ResourcePath path{group_version, std::string(kind.plural), {}, {}, {}};
    const auto listed = client_.List(path, "", give_, stop_);
    if (listed.has_error()) AddGap(kind.group, kind.kind, kind.plural, listed.error());
  }

  KubeClient& client_;
  const PolicyKindList kinds_;
  const std::function<void(json&)>& give_;
  const std::stop_token stop_;
  std::vector<SnapshotGap> gaps_;
  bool cilium_ = false;
};

}  // namespace

Result<OtherPolicies> ListOtherPolicies(KubeClient& client, PolicyKindList kinds,
                                        const std::function<void(json&)>& give,
                                        std::stop_token stop) {
  return PolicyLister(client, kinds, give, std::move(stop)).Take();
}

}  // namespace podreach
