#include "policy/dialects/dialect.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/dialects/network_policy.h"

namespace podreach::policy {
namespace {

struct Dialect {
  std::string_view group;
  DialectFunction read;
};

constexpr std::array<Dialect, 6> kDialects{{
    {"policy.networking.k8s.io", ReadAdminPolicies},
    {"cilium.io", ReadCilium},
    {"crd.projectcalico.org", ReadCalico},
    {"projectcalico.org", ReadCalico},
    {"security.istio.io", ReadIstio},
    {"networking.istio.io", ReadIstio},
}};

DialectFunction FindDialect(std::string_view group) {
  const auto found = std::find_if(kDialects.begin(), kDialects.end(),
                                  [&](const Dialect& dialect) { return dialect.group == group; });
  return found == kDialects.end() ? nullptr : found->read;
}

bool IsOfMesh(std::string_view group) {
  return group.ends_with("istio.io") || group == "policy.linkerd.io" ||
         group == "consul.hashicorp.com" || group == "kuma.io";
}

/// What stands for policies of which nothing is known but where they are.
PolicyRules Unread(std::string_view group, std::string ns, std::string why) {
  PolicyRules rules;
  rules.kind = group;
  rules.subjects = {ns.empty() ? AllPods() : PodsOf(std::move(ns))};
  rules.ingress = rules.egress = true;
  rules.may_deny = true;
  rules.unread = std::move(why);
  // Nothing is known of its place, so it may be before all others.
  rules.tier = {IsOfMesh(group) ? Tier::Layer::kMesh : Tier::Layer::kNetwork, -1e300, ""};
  return rules;
}

/// A kind, "plural.group", that could not be listed; nothing where the gap is of something else.
std::optional<PolicyRules> FromKindGap(const SnapshotGap& gap) {
  if (gap.resource == "apis")
    return Unread("", "", "the server's kinds could not be listed: " + gap.reason);
  for (const PolicyKind& kind : PolicyKinds()) {
    if (gap.resource != std::string(kind.plural) + "." + std::string(kind.group) &&
        gap.resource != kind.group) {
      continue;
    }
    return Unread(kind.group, "", gap.resource + " could not be read: " + gap.reason);
  }
  // A document that has no name, or a broken one: "shop/CiliumNetworkPolicy/(no name)".
  for (const PolicyKind& kind : PolicyKinds()) {
    const std::string middle = std::string(kind.kind) + "/";
    const auto at = gap.resource.find(middle);
    if (at == std::string::npos || kind.kind == "NetworkPolicy" || kind.kind == "Tier" ||
        (at > 0 && gap.resource[at - 1] != '/')) {
      continue;
    }
    return Unread(kind.group, kind.namespaced && at > 0 ? gap.resource.substr(0, at - 1) : "",
                  gap.resource + " could not be read: " + gap.reason);
  }
  return std::nullopt;
}

}  // namespace

DocumentReader::DocumentReader(const Snapshot& snapshot, const PolicyDocument& document)
    : snapshot_(snapshot), document_(document), root_(*document.object, "", problems_) {}

PolicyRules DocumentReader::Begin() const {
  PolicyRules rules;
  rules.policy = (document_.ns.empty() ? "" : document_.ns + "/") + document_.name;
  rules.kind = document_.kind;
  rules.place = document_.place;
  return rules;
}

std::string DocumentReader::TakeProblems() {
  auto text = problems_.Joined();
  problems_ = Problems();
  return text;
}

void DocumentReader::Expect(const Field& object, std::initializer_list<std::string_view> known) {
  if (!object.present()) return;
  for (const auto& key : object.Keys()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      object.At(key.c_str()).AddProblem("this field is not evaluated");
  }
}

namespace {

bool Says(const Labels& labels, const char* key, std::string_view value) {
  const auto found = labels.find(key);
  return found != labels.end() && found->second == value;
}

}  // namespace

std::string MeshOf(const Pod& pod, const Namespace* ns) {
  for (const auto& proxy : pod.proxies) {
    if (proxy == "istio-proxy") return "istio";
    if (proxy == "linkerd-proxy") return "linkerd";
    return "consul";
  }
  const auto mode = pod.labels.find("istio.io/dataplane-mode");
  const bool ambient =
      mode != pod.labels.end()
          ? mode->second == "ambient"
          : ns != nullptr && Says(ns->labels, "istio.io/dataplane-mode", "ambient");
  if (ambient || Says(pod.mesh_hints, "ambient.istio.io/redirection", "enabled"))
    return "istio-ambient";
  // Pods that run have what they asked for; a template's pods will.
  if (!pod.from_template || pod.host_network) return {};
  const Labels none;
  const Labels& labels = ns == nullptr ? none : ns->labels;
  const Labels& hints = ns == nullptr ? none : ns->mesh_hints;
  const bool istio_off = Says(pod.labels, "sidecar.istio.io/inject", "false") ||
                         Says(pod.mesh_hints, "sidecar.istio.io/inject", "false");
  if (!istio_off && (Says(pod.labels, "sidecar.istio.io/inject", "true") ||
                     Says(labels, "istio-injection", "enabled") || labels.contains("istio.io/rev")))
    return "istio";
  if (Says(pod.mesh_hints, "linkerd.io/inject", "enabled") ||
      (Says(hints, "linkerd.io/inject", "enabled") &&
       !Says(pod.mesh_hints, "linkerd.io/inject", "disabled")))
    return "linkerd";
  if (Says(pod.mesh_hints, "consul.hashicorp.com/connect-inject", "true")) return "consul";
  return {};
}

/// What Linkerd's and Consul's proxies do where no policy speaks of a port is set for the mesh as a
/// whole or by annotations: the pods in such a mesh are unknown.
static void AddMeshDefaults(const Snapshot& snapshot, std::vector<PolicyRules>& rules) {
  std::set<std::string> meshes;
  for (const auto& pod : snapshot.pods) {
    auto mesh = MeshOf(pod, snapshot.FindNamespace(pod.ns));
    if (mesh == "linkerd" || mesh == "consul") meshes.insert(std::move(mesh));
  }
  for (const auto& mesh : meshes) {
    auto unread = Unread(mesh == "linkerd" ? "policy.linkerd.io" : "consul.hashicorp.com", "",
                         "what " + mesh + " lets into its pods is not evaluated");
    unread.subjects.front().pods.requirements = {
        {std::string(kMeshKey), LabelRequirement::Operator::kIn, {mesh}}};
    rules.push_back(std::move(unread));
  }
}

std::vector<PolicyRules> ReadPolicies(const Snapshot& snapshot) {
  std::vector<PolicyRules> rules;
  rules.reserve(snapshot.network_policies.size());
  for (const auto& policy : snapshot.network_policies) rules.push_back(FromNetworkPolicy(policy));
  std::vector<std::pair<DialectFunction, std::vector<const PolicyDocument*>>> by_dialect;
  for (const auto& document : snapshot.policy_documents) {
    const auto read = FindDialect(document.group);
    if (read == nullptr) {
      rules.push_back(
          Unread(document.group, document.ns,
                 "podreach does not evaluate " + document.kind + " of " + document.group));
      rules.back().policy = document.ns.empty() ? document.name : document.ns + "/" + document.name;
      rules.back().kind = document.kind;
      continue;
    }
    auto found = std::find_if(by_dialect.begin(), by_dialect.end(),
                              [&](const auto& entry) { return entry.first == read; });
    if (found == by_dialect.end()) found = by_dialect.insert(by_dialect.end(), {read, {}});
    found->second.push_back(&document);
  }
  for (const auto& [read, documents] : by_dialect) read(snapshot, documents, rules);
  AddMeshDefaults(snapshot, rules);
  for (const auto& gap : snapshot.gaps) {
    if (auto missing = FromGap(gap)) {
      rules.push_back(std::move(*missing));
    } else if (auto kind = FromKindGap(gap)) {
      rules.push_back(std::move(*kind));
    }
  }
  return rules;
}

}  // namespace podreach::policy
