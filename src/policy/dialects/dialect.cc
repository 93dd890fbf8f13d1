#include "policy/dialects/dialect.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/dialects/mesh.h"
#include "policy/dialects/mesh_ports.h"
#include "policy/dialects/network_policy.h"

namespace podreach::policy {
namespace {

struct Dialect {
  std::string_view group;
  DialectFunction read;
  std::string_view together;  ///< what is read together; empty: each document by itself
};

constexpr std::array<Dialect, 8> kDialects{{
    {"policy.networking.k8s.io", ReadAdminPolicies, "admin"},
    {"cilium.io", ReadCilium, ""},
    {"crd.projectcalico.org", ReadCalico, "calico"},
    {"projectcalico.org", ReadCalico, "calico"},
    {"security.istio.io", ReadIstio, "istio"},
    {"networking.istio.io", ReadIstio, "istio"},
    {"policy.linkerd.io", ReadLinkerd, "linkerd"},
    {"consul.hashicorp.com", ReadConsul, ""},
}};

/// Kinds of these groups that their dialects don't read.
constexpr std::array<std::string_view, 2> kUnreadKinds{"ServerAuthorization", "EgressNetwork"};

/// Null where podreach reads no such documents.
const Dialect* FindDialect(const PolicyDocument& document) {
  if (std::ranges::find(kUnreadKinds, document.kind) != kUnreadKinds.end()) return nullptr;
  const auto found = std::ranges::find(kDialects, document.group, &Dialect::group);
  return found == kDialects.end() ? nullptr : &*found;
}

Tier::Layer LayerOf(std::string_view group) {
  if (group.ends_with("istio.io")) return Tier::Layer::kIstio;
  if (group == "policy.linkerd.io") return Tier::Layer::kLinkerd;
  if (group == "consul.hashicorp.com") return Tier::Layer::kConsul;
  return group == "kuma.io" ? Tier::Layer::kOtherMesh : Tier::Layer::kNetwork;
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
  rules.tier = {LayerOf(group), -1e300, ""};
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

std::optional<Cidr> ReadBlock(const Field& field) {
  if (const auto address = IpAddress::Parse(field.Text())) return Cidr::Of(*address);
  return field.ReadCidr();
}

/// What Linkerd's and Consul's proxies do where no policy speaks of a port.
static void AddMeshDefaults(const Meshes& meshes, std::vector<PolicyRules>& rules) {
  std::set<std::string> linkerd_modes;
  for (const auto& [key, mode] : meshes)
    if (key == kLinkerdKey) linkerd_modes.insert(mode);
  AddLinkerdDefaults(linkerd_modes, rules);
  if (HasKey(meshes, kConsulKey)) AddConsulDefaults(rules);
  if (HasKey(meshes, kOpenInKey) || HasKey(meshes, kOpenOutKey)) AddMeshDoubts(rules);
}

std::string CohortOf(const PolicyDocument& document) {
  const auto* dialect = FindDialect(document);
  if (dialect != nullptr && !dialect->together.empty()) return std::string(dialect->together);
  return document.group + " " + document.Label();
}

std::vector<PolicyRules> ReadCohort(const Snapshot& snapshot,
                                    std::span<const PolicyDocument* const> documents) {
  std::vector<PolicyRules> rules;
  if (const auto* dialect = FindDialect(*documents.front())) {
    dialect->read(snapshot, documents, rules);
    return rules;
  }
  for (const auto* document : documents) {
    rules.push_back(
        Unread(document->group, document->ns,
               "podreach does not evaluate " + document->kind + " of " + document->group));
    rules.back().policy =
        document->ns.empty() ? document->name : document->ns + "/" + document->name;
    rules.back().kind = document->kind;
  }
  return rules;
}

std::vector<PolicyRules> ReadUnwritten(const Snapshot& snapshot, const Meshes& meshes) {
  std::vector<PolicyRules> rules;
  AddMeshDefaults(meshes, rules);
  for (auto& policy : rules) policy.unwritten = true;
  for (const auto& gap : snapshot.gaps) {
    if (auto missing = FromGap(gap)) {
      rules.push_back(std::move(*missing));
    } else if (auto kind = FromKindGap(gap)) {
      rules.push_back(std::move(*kind));
    }
  }
  return rules;
}

std::vector<PolicyRules> ReadPolicies(const Snapshot& snapshot) {
  std::vector<PolicyRules> rules;
  rules.reserve(snapshot.network_policies.size());
  for (const auto& policy : snapshot.network_policies) rules.push_back(FromNetworkPolicy(policy));
  std::map<std::string, std::vector<const PolicyDocument*>> cohorts;
  for (const auto& document : snapshot.policy_documents)
    cohorts[CohortOf(document)].push_back(&document);
  const auto add = [&](std::vector<PolicyRules> more) {
    std::ranges::move(more, std::back_inserter(rules));
  };
  for (const auto& [name, documents] : cohorts) add(ReadCohort(snapshot, documents));
  const auto meshes = MeshesOf(snapshot);
  AddMeshPorts(MeshPortsOf(meshes), rules);
  add(ReadUnwritten(snapshot, meshes));
  return rules;
}

}  // namespace podreach::policy
