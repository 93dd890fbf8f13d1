#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "collect/field.h"
#include "collect/other_policies.h"
#include "collect/parse.h"
#include "kube/text.h"
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

void ReadPolicy(const Field& object, Problems& problems, Snapshot& snapshot) {
  auto policy = ParseNetworkPolicy(object);
  if (!policy) return;
  // A policy says itself what is wrong with it, and stays.
  policy->problems = std::exchange(problems, {}).Texts();
  snapshot.network_policies.push_back(*std::move(policy));
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

constexpr std::array<KnownKind, 8> kKnownKinds{{
    {"v1", "Namespace", ReadInto<ParseNamespace, &Snapshot::namespaces>},
    {"v1", "Pod", ReadInto<ParsePod, &Snapshot::pods>},
    {"v1", "Service", ReadInto<ParseService, &Snapshot::services>},
    {"v1", "Node", ReadInto<ParseNode, &Snapshot::nodes>},
    {"discovery.k8s.io/v1", "EndpointSlice",
     ReadInto<ParseEndpointSlice, &Snapshot::endpoint_slices>},
    {"networking.k8s.io/v1", "NetworkPolicy", ReadPolicy},
    {"policy/v1", "PodDisruptionBudget",
     ReadInto<ParseDisruptionBudget, &Snapshot::disruption_budgets>},
    {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", ReadWebhooks},
}};

std::string_view GroupOf(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

/// "shop/Pod/web-1", or "Node/n1" where there's no namespace.
std::string ObjectLabel(const Field& object, std::string_view kind) {
  const Field metadata = object.At("metadata");
  const std::string ns = metadata.At("namespace").Text();
  const std::string name = metadata.At("name").Text("(no name)");
  return CleanText((ns.empty() ? "" : ns + "/") + std::string(kind) + "/" + name, 400);
}

/// Why an object of a kind that isn't read bears on reachability all the same; empty where it
/// doesn't.
std::string WhyNotEvaluated(std::string_view api_version, std::string_view kind) {
  const std::string_view group = GroupOf(api_version);
  for (const KnownKind& known : kKnownKinds) {
    const bool old_policy = kind == "NetworkPolicy" && group == "extensions";
    if (kind == known.kind && (group == GroupOf(known.api_version) || old_policy)) {
      return "apiVersion " + CleanText(api_version, 128) + " is not read, only " +
             std::string(known.api_version);
    }
  }
  for (const OtherPolicyKind& other : OtherPolicyKinds()) {
    if (kind == other.kind && group == other.group) {
      return "a policy that this version cannot evaluate";
    }
  }
  return {};
}

void AddObject(const json& object, Snapshot& snapshot) {
  Problems problems;
  const Field root(object, "", problems);
  const std::string api_version = root.At("apiVersion").Text();
  const std::string kind = root.At("kind").Text();
  if (!object.is_object() || kind.empty()) {
    snapshot.gaps.push_back({"(no kind)", "an object without a kind"});
    return;
  }
  const auto known = std::ranges::find_if(kKnownKinds, [&](const KnownKind& candidate) {
    return candidate.api_version == api_version && candidate.kind == kind;
  });
  if (known != kKnownKinds.end()) {
    known->read(root, problems, snapshot);
    if (!problems.empty()) {
      std::string reason = problems.Joined();
      snapshot.gaps.push_back({ObjectLabel(root, kind), std::move(reason)});
    }
    return;
  }
  if (std::string reason = WhyNotEvaluated(api_version, kind); !reason.empty()) {
    snapshot.gaps.push_back({ObjectLabel(root, kind), std::move(reason)});
  }
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

void ObjectParser::Add(const json& object) {
  // `kubectl get -o json` and many manifests wrap objects in a v1 List.
  const auto kind = object.is_object() ? object.find("kind") : object.end();
  if (object.is_object() && kind != object.end() && *kind == "List" && object.contains("items") &&
      object.at("items").is_array()) {
    for (const json& item : object.at("items")) AddObject(item, snapshot_);
    return;
  }
  AddObject(object, snapshot_);
}

void ObjectParser::AddGap(SnapshotGap gap) { snapshot_.gaps.push_back(std::move(gap)); }

Snapshot ObjectParser::Finish() && {
  SortByName(snapshot_.namespaces);
  SortByName(snapshot_.pods);
  SortByName(snapshot_.services);
  SortByName(snapshot_.endpoint_slices);
  SortByName(snapshot_.nodes);
  SortByName(snapshot_.network_policies);
  SortByName(snapshot_.disruption_budgets);
  std::ranges::stable_sort(snapshot_.pod_webhooks, [](const PodWebhook& a, const PodWebhook& b) {
    return std::tie(a.configuration, a.name) < std::tie(b.configuration, b.name);
  });
  std::ranges::stable_sort(snapshot_.gaps, {}, &SnapshotGap::resource);
  return std::move(snapshot_);
}

}  // namespace podreach
