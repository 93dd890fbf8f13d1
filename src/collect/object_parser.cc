#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "collect/parse.h"
#include "podreach/base/text.h"
#include "podreach/cluster/field.h"
#include "podreach/collect/source.h"

namespace podreach {
namespace {

using nlohmann::json;

/// Puts an object's value into the snapshot, where there is one.
using ReadFunction = void (*)(const Field& object, Problems& problems, Snapshot& snapshot);

template <auto kParse, auto kMember>
void ReadInto(const Field& object, Problems& /*problems*/, Snapshot& snapshot) {
  if (auto value = kParse(object)) (snapshot.*kMember).push_back(*std::move(value));
}

void ReadWebhooks(const Field& object, Problems& /*problems*/, Snapshot& snapshot) {
  for (PodWebhook& webhook : ParsePodWebhooks(object)) {
    snapshot.pod_webhooks.push_back(std::move(webhook));
  }
}

struct KnownKind {
  std::string_view api_version;
  std::string_view kind;
  ReadFunction read;
};

constexpr std::array<KnownKind, 7> kKnownKinds{{
    {"v1", "Namespace", ReadInto<ParseNamespace, &Snapshot::namespaces>},
    {"v1", "Pod", ReadInto<ParsePod, &Snapshot::pods>},
    {"v1", "Service", ReadInto<ParseService, &Snapshot::services>},
    {"v1", "Node", ReadInto<ParseNode, &Snapshot::nodes>},
    {"discovery.k8s.io/v1", "EndpointSlice",
     ReadInto<ParseEndpointSlice, &Snapshot::endpoint_slices>},
    {"policy/v1", "PodDisruptionBudget",
     ReadInto<ParseDisruptionBudget, &Snapshot::disruption_budgets>},
    {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", ReadWebhooks},
}};

std::string_view GroupOf(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

std::string_view VersionOf(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

/// What an object calls itself; what of that is malformed is empty, and no problem here.
ObjectRef RefOf(const json& object, std::string_view api_version, std::string_view kind) {
  Problems ignored;
  const Field metadata = Field(object, "", ignored).At("metadata");
  return {std::string(GroupOf(api_version)), std::string(VersionOf(api_version)), std::string(kind),
          metadata.At("namespace").Text(), metadata.At("name").Text()};
}

std::string NotRead(std::string_view api_version, const std::string& wanted) {
  return "apiVersion " + CleanText(api_version, 128) + " is not read, only " + wanted;
}

/// Why an object of a kind that isn't read bears on reachability all the same; empty where it
/// doesn't.
std::string WhyNotEvaluated(std::string_view api_version, std::string_view kind) {
  for (const KnownKind& known : kKnownKinds) {
    if (kind == known.kind && GroupOf(api_version) == GroupOf(known.api_version))
      return NotRead(api_version, std::string(known.api_version));
  }
  return {};
}

/// The kind that an object must be meant to be of, though it has another version or group.
const PolicyKind* MeantKind(PolicyKindList kinds, std::string_view group, std::string_view kind) {
  const auto found = std::ranges::find_if(kinds, [&](const PolicyKind& candidate) {
    const bool former =
        !candidate.former_group.empty() && (group == candidate.former_group || group.empty());
    return candidate.kind == kind && (candidate.group == group || former);
  });
  return found == kinds.end() ? nullptr : &*found;
}

/// Kinds whose template stands for pods; in manifests alone.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTemplateKinds{{
    {"apps/v1", "Deployment"},
    {"apps/v1", "StatefulSet"},
    {"apps/v1", "DaemonSet"},
    {"apps/v1", "ReplicaSet"},
    {"v1", "ReplicationController"},
    {"batch/v1", "Job"},
    {"batch/v1", "CronJob"},
}};

bool HasTemplate(std::string_view api_version, std::string_view kind) {
  return std::ranges::any_of(kTemplateKinds, [&](const auto& known) {
    return known.first == api_version && known.second == kind;
  });
}

/// Kinds that are in no namespace.
bool IsClusterScoped(PolicyKindList kinds, std::string_view group, std::string_view kind) {
  if (const PolicyKind* const known = FindPolicyKind(kinds, group, kind)) return !known->namespaced;
  return kind == "Namespace" || kind == "Node" || kind == "MutatingWebhookConfiguration";
}

/// What is malformed in an object, in one gap. Problems behind the first one say their own place.
SnapshotGap Unreadable(ObjectRef object, const Problems& problems, const std::string& prefix,
                       const ObjectParser::Locate* locate) {
  SnapshotGap gap{GapKind::kUnreadableObject, std::move(object), {}, {}, {}, {}};
  for (const Problem& problem : problems.All()) {
    const std::string place = locate == nullptr ? "" : (*locate)(prefix + problem.path);
    if (gap.reason.empty()) {
      gap.place = place;
    } else {
      gap.reason += "; " + (place.empty() ? "" : place + ": ");
    }
    gap.reason += problem.ToString();
  }
  return gap;
}

template <class T>
void SortByName(std::vector<T>& values) {
  std::ranges::stable_sort(values, [](const T& a, const T& b) {
    if constexpr (requires { a.ns; }) {
      return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
    } else {
      return a.name < b.name;
    }
  });
}

}  // namespace

void ObjectParser::AddObject(json& object, const std::string& prefix, const Locate* locate) {
  Problems problems;
  const Field root(object, "", problems);
  const std::string api_version = root.At("apiVersion").Text();
  const std::string kind = root.At("kind").Text();
  // The place costs a reading of the document, so it is found for a gap alone.
  const auto add = [&](GapKind gap, ObjectRef of, std::string reason) {
    snapshot_.gaps.push_back({gap,
                              std::move(of),
                              std::move(reason),
                              locate == nullptr ? "" : (*locate)(prefix),
                              {},
                              {}});
  };
  if (!object.is_object() || kind.empty())
    return add(GapKind::kUnknownKind, {}, "an object without a kind");
  const auto ref = [&] { return RefOf(object, api_version, kind); };
  if (api_version.empty() && locate != nullptr)
    return add(GapKind::kUnreadableObject, ref(), "an object without an apiVersion");
  const auto report = [&] {
    if (problems.empty()) return;
    snapshot_.gaps.push_back(Unreadable(ref(), problems, prefix, locate));
  };
  const auto known = std::ranges::find_if(kKnownKinds, [&](const KnownKind& candidate) {
    return candidate.api_version == api_version && candidate.kind == kind;
  });
  if (known != kKnownKinds.end()) {
    known->read(root, problems, snapshot_);
    return report();
  }
  if (locate != nullptr && HasTemplate(api_version, kind)) {
    if (auto pod = ParseTemplate(root)) snapshot_.pods.push_back(*std::move(pod));
    return report();
  }
  if (const PolicyKind* const policy = MeantKind(policy_kinds_, GroupOf(api_version), kind)) {
    const bool of_version = policy->version.empty() || policy->version == VersionOf(api_version);
    if (policy->group != GroupOf(api_version) || !of_version) {
      ObjectRef meant = ref();
      meant.group = std::string(policy->group);
      return add(
          GapKind::kUnreadableObject, std::move(meant),
          NotRead(api_version, std::string(policy->group) + "/" + std::string(policy->version)));
    }
    if (auto document = ParsePolicyDocument(root, object, *policy)) {
      if (locate != nullptr) document->place = (*locate)(prefix);
      snapshot_.policy_documents.push_back(*std::move(document));
    }
    return report();
  }
  if (std::string reason = WhyNotEvaluated(api_version, kind); !reason.empty())
    add(GapKind::kUnreadableObject, ref(), std::move(reason));
}

namespace {

/// The items of a v1 List, as `kubectl get -o json` and many manifests wrap objects; null where it
/// is none.
template <class Json>
auto ItemsOf(Json& object) -> decltype(&object) {
  if (!object.is_object()) return nullptr;
  const auto kind = object.find("kind");
  const auto items = object.find("items");
  const bool list =
      kind != object.end() && kind->is_string() &&
      std::string_view(*kind->template get_ptr<const std::string*>()).ends_with("List");
  return list && items != object.end() && items->is_array() ? &*items : nullptr;
}

std::string_view TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get_ref<const std::string&>()
                                                     : std::string_view();
}

/// Items of a NetworkPolicyList and the like have their kind from the list, as API servers give
/// them.
void NameAfterList(const json& list, json& item) {
  std::string_view kind = TextOf(list, "kind");
  kind.remove_suffix(std::string_view("List").size());
  const auto absent = [&](const char* key) {
    const auto member = item.find(key);
    return member == item.end() || member->is_null() || *member == "";
  };
  if (kind.empty() || !item.is_object()) return;
  if (absent("kind")) item["kind"] = kind;
  if (TextOf(item, "kind") == kind && absent("apiVersion"))
    item["apiVersion"] = TextOf(list, "apiVersion");
}

void AddDefaultNamespace(PolicyKindList kinds, json& object) {
  if (!object.is_object()) return;
  const auto kind = object.find("kind");
  if (kind == object.end() || !kind->is_string() ||
      IsClusterScoped(kinds, GroupOf(TextOf(object, "apiVersion")),
                      kind->get_ref<const std::string&>()))
    return;
  json& metadata = object["metadata"];
  if (!metadata.is_object()) return;
  const auto ns = metadata.find("namespace");
  if (ns == metadata.end() || ns->is_null() || *ns == "") metadata["namespace"] = "default";
}

}  // namespace

void ObjectParser::Add(json object) {
  if (json* const items = ItemsOf(object)) {
    for (json& item : *items) AddObject(item, "", nullptr);
    return;
  }
  AddObject(object, "", nullptr);
}

void ObjectParser::AddManifest(json object, const Locate& locate) {
  AddFromManifest(object, "", locate);
}

void ObjectParser::AddFromManifest(json& object, const std::string& prefix, const Locate& locate) {
  json* const items = ItemsOf(object);
  if (items == nullptr) {
    AddDefaultNamespace(policy_kinds_, object);
    return AddObject(object, prefix, &locate);
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    json& item = (*items)[i];
    NameAfterList(object, item);
    AddFromManifest(item, prefix + "items[" + std::to_string(i) + "].", locate);
    item = nullptr;
  }
}

void ObjectParser::AddGap(SnapshotGap gap) { snapshot_.gaps.push_back(std::move(gap)); }

Snapshot ObjectParser::Finish() && {
  SortByName(snapshot_.namespaces);
  SortByName(snapshot_.pods);
  SortByName(snapshot_.services);
  SortByName(snapshot_.endpoint_slices);
  SortByName(snapshot_.nodes);
  std::ranges::stable_sort(snapshot_.policy_documents,
                           [](const PolicyDocument& a, const PolicyDocument& b) {
                             // Most are of one kind.
                             if (a.kind != b.kind || a.group != b.group)
                               return std::tie(a.group, a.kind) < std::tie(b.group, b.kind);
                             return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
                           });
  SortByName(snapshot_.disruption_budgets);
  std::ranges::stable_sort(snapshot_.pod_webhooks, [](const PodWebhook& a, const PodWebhook& b) {
    return std::tie(a.configuration, a.name) < std::tie(b.configuration, b.name);
  });
  std::ranges::stable_sort(snapshot_.gaps, {}, [](const SnapshotGap& gap) { return gap.What(); });
  return std::move(snapshot_);
}

}  // namespace podreach
