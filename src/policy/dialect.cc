#include "policy/dialect.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "podreach/policy/policy_kinds.h"
#include "policy/dialects/support/mesh.h"
#include "policy/dialects/support/mesh_ports.h"

namespace podreach {

PolicyKindList PolicyKinds() {
  static const std::vector<PolicyKind> kAll = [] {
    std::vector<PolicyKind> all;
    for (const policy::Dialect& dialect : policy::AllDialects())
      std::ranges::copy(dialect.kinds, std::back_inserter(all));
    return all;
  }();
  return kAll;
}

}  // namespace podreach

namespace podreach::policy {
namespace {

/// The layers in the order in which dialects ask for them.
const std::vector<std::string_view>& LayerNames() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const Dialect& dialect : AllDialects()) {
      const bool known = std::ranges::find(names, dialect.layer) != names.end();
      if (!dialect.layer.empty() && !known) names.push_back(dialect.layer);
    }
    return names;
  }();
  return kNames;
}

constexpr auto kFirstMesh = static_cast<std::uint8_t>(Tier::Layer::kOwnNode) + 1;

/// The dialect that a group belongs to; null where none does.
const Dialect* OfGroup(std::string_view group) {
  static const std::map<std::string_view, const Dialect*> kByGroup = [] {
    std::map<std::string_view, const Dialect*> by_group;
    for (const Dialect& dialect : AllDialects())
      for (const PolicyKind& kind : dialect.kinds) by_group.emplace(kind.group, &dialect);
    return by_group;
  }();
  const auto found = kByGroup.find(group);
  return found == kByGroup.end() ? nullptr : found->second;
}

/// Null where podreach can't evaluate such documents.
const Dialect* ReaderOf(const PolicyDocument& document) {
  const Dialect* const dialect = OfGroup(document.group);
  if (dialect == nullptr || dialect->read == nullptr) return nullptr;
  const auto& unread = dialect->unread_kinds;
  return std::ranges::find(unread, document.kind) == unread.end() ? dialect : nullptr;
}

/// What stands for policies of a dialect, or of any, of which nothing is known but where they are.
PolicyRules Unread(const Dialect* dialect, const std::string& ns, std::string why) {
  PolicyRules rules;
  rules.origin = Origin::kMissing;
  rules.kind = dialect == nullptr ? "" : dialect->name;
  rules.subjects = {ns.empty() ? AllPods() : PodsOf(ns)};
  rules.ingress = rules.egress = true;
  rules.unread = std::move(why);
  if (dialect != nullptr && dialect->only_allows) return rules;
  rules.may_deny = true;
  // Nothing is known of its place, so it may be before all others.
  const bool mesh = dialect != nullptr && !dialect->layer.empty();
  rules.tier = {mesh ? LayerNamed(dialect->layer) : Tier::Layer::kNetwork, -1e300, ""};
  return rules;
}

/// A document of a kind that can't be evaluated.
PolicyRules Unevaluated(const PolicyDocument& document) {
  auto rules = Unread(OfGroup(document.group), document.ns,
                      "podreach does not evaluate " + document.kind + " of " + document.group);
  rules.origin = Origin::kWritten;
  rules.policy = (document.ns.empty() ? "" : document.ns + "/") + document.name;
  rules.kind = document.kind;
  rules.group = document.group;
  rules.place = document.place;
  return rules;
}

/// What stands for the objects of one kind that a gap hides.
PolicyRules OfMissingKind(const Dialect& dialect, const PolicyKind& kind, const SnapshotGap& gap) {
  const std::string why = gap.What() + " could not be read: " + gap.Why();
  if (gap.kind == GapKind::kUnlistedKind) return Unread(&dialect, "", why);
  const ObjectRef& object = gap.object;
  const std::string ns = kind.namespaced ? object.ns : "";
  auto rules = Unread(&dialect, ns, why);
  rules.kind = kind.kind;
  rules.group = kind.group;
  rules.policy = (ns.empty() ? "" : ns + "/") + (object.name.empty() ? "(no name)" : object.name);
  return rules;
}

bool MayHide(const SnapshotGap& gap, const PolicyKind& kind) {
  const ObjectRef& object = gap.object;
  switch (gap.kind) {
    case GapKind::kUnlistedKind:
      return object.group == kind.group && (gap.plural.empty() || gap.plural == kind.plural);
    case GapKind::kUnreadableObject:
    case GapKind::kLeftOut:
      // An object that doesn't say its group may be of any that has such a kind.
      return !kind.is_missed && object.kind == kind.kind &&
             (object.group == kind.group || object.group.empty());
    case GapKind::kUnknownKind:
    case GapKind::kBrokenDocument:
    case GapKind::kGivenTwice:
    case GapKind::kNamespaceNotGiven:
    case GapKind::kNotEvaluated:
      return false;
  }
  return false;
}

void AddMissing(const SnapshotGap& gap, std::vector<PolicyRules>& rules) {
  if (gap.kind == GapKind::kUnlistedKind && gap.object.group.empty() && gap.plural.empty()) {
    rules.push_back(Unread(nullptr, "", "the server's kinds could not be listed: " + gap.reason));
    return;
  }
  for (const Dialect& dialect : AllDialects()) {
    const auto hidden = std::ranges::find_if(
        dialect.kinds, [&](const PolicyKind& kind) { return MayHide(gap, kind); });
    if (hidden != dialect.kinds.end()) rules.push_back(OfMissingKind(dialect, *hidden, gap));
  }
}

/// What Linkerd's and Consul's proxies do where no policy speaks of a port.
void AddMeshDefaults(const Meshes& meshes, std::vector<PolicyRules>& rules) {
  std::set<std::string> linkerd_modes;
  for (const auto& [key, mode] : meshes)
    if (key == kLinkerdKey) linkerd_modes.insert(mode);
  AddLinkerdDefaults(linkerd_modes, rules);
  if (HasKey(meshes, kConsulKey)) AddConsulDefaults(rules);
  if (HasKey(meshes, kOpenInKey) || HasKey(meshes, kOpenOutKey)) AddMeshDoubts(rules);
}

/// A label that some selector of pods looks at, and of which nobody knows the values yet; empty
/// where there is none.
std::string_view LabelToCome(const std::vector<std::string>& labels, const PolicyRules& policy) {
  for (const std::string& label : labels) {
    bool looks = false;
    EachPodPeer(policy, [&](const PodPeer& pods) {
      looks = looks || std::ranges::find(pods.pods.requirements, label, &LabelRequirement::key) !=
                           pods.pods.requirements.end();
    });
    if (looks) return label;
  }
  return {};
}

/// A policy that selects by a label of which nobody knows the values can't be evaluated.
void DoubtLabelsToCome(const Snapshot& snapshot, const PolicyDocument& document,
                       std::span<PolicyRules> rules) {
  if (snapshot.labels_to_come.empty()) return;
  for (PolicyRules& policy : rules) {
    const auto label = LabelToCome(snapshot.labels_to_come, policy);
    if (label.empty()) continue;
    auto unread =
        Unread(OfGroup(document.group), document.ns,
               "selects by " + std::string(label) + ", which pods get in the cluster alone");
    unread.origin = Origin::kWritten;
    unread.policy = std::move(policy.policy);
    unread.kind = std::move(policy.kind);
    unread.group = std::move(policy.group);
    unread.place = std::move(policy.place);
    policy = std::move(unread);
  }
}

/// `dialect`: whose document it is; null where none can evaluate it.
void ReadOne(const Dialect* dialect, const Snapshot& snapshot, const PolicyDocument& document,
             std::vector<PolicyRules>& rules) {
  if (dialect == nullptr) return rules.push_back(Unevaluated(document));
  const auto first = rules.size();
  const PolicyDocument* const one = &document;
  dialect->read(snapshot, std::span(&one, 1), rules);
  DoubtLabelsToCome(snapshot, document, std::span(rules).subspan(first));
}

void ReadTogether(const Dialect& dialect, const Snapshot& snapshot,
                  std::span<const PolicyDocument* const> documents,
                  std::vector<PolicyRules>& rules) {
  const auto first = rules.size();
  dialect.read(snapshot, documents, rules);
  if (snapshot.labels_to_come.empty()) return;
  for (auto& policy : std::span(rules).subspan(first)) {
    const auto of = std::ranges::find_if(documents, [&](const PolicyDocument* document) {
      const auto name = (document->ns.empty() ? "" : document->ns + "/") + document->name;
      return document->kind == policy.kind && name == policy.policy;
    });
    if (of != documents.end()) DoubtLabelsToCome(snapshot, **of, {&policy, 1});
  }
}

}  // namespace

Tier::Layer LayerNamed(std::string_view name) {
  const auto& names = LayerNames();
  const auto at = std::ranges::find(names, name) - names.begin();
  return static_cast<Tier::Layer>(kFirstMesh + at);
}

std::span<const Tier::Layer> MeshLayers() {
  static const std::vector<Tier::Layer> kLayers = [] {
    std::vector<Tier::Layer> layers;
    for (const auto name : LayerNames()) layers.push_back(LayerNamed(name));
    return layers;
  }();
  return kLayers;
}

bool IsReadAlone(const PolicyDocument& document) {
  const Dialect* const dialect = ReaderOf(document);
  return dialect == nullptr || dialect->documents == Dialect::Documents::kEachAlone;
}

std::string CohortOf(const PolicyDocument& document) {
  if (!IsReadAlone(document)) return std::string(ReaderOf(document)->name);
  return document.group + " " + document.Label();
}

std::vector<PolicyRules> ReadCohort(const Snapshot& snapshot,
                                    std::span<const PolicyDocument* const> documents) {
  std::vector<PolicyRules> rules;
  if (IsReadAlone(*documents.front())) {
    for (const auto* document : documents) ReadOne(ReaderOf(*document), snapshot, *document, rules);
  } else {
    ReadTogether(*ReaderOf(*documents.front()), snapshot, documents, rules);
  }
  return rules;
}

std::vector<PolicyRules> ReadUnwritten(const Snapshot& snapshot, const Meshes& meshes) {
  std::vector<PolicyRules> rules;
  AddMeshDefaults(meshes, rules);
  for (PolicyRules& policy : rules) policy.origin = Origin::kUnwritten;
  for (const SnapshotGap& gap : snapshot.gaps) AddMissing(gap, rules);
  return rules;
}

std::vector<PolicyRules> ReadPolicies(const Snapshot& snapshot) {
  std::vector<PolicyRules> rules;
  rules.reserve(snapshot.policy_documents.size());
  // By dialect, in the order of AllDialects(); what nobody reads comes last.
  std::map<const Dialect*, std::vector<const PolicyDocument*>> of;
  const PolicyDocument* last = nullptr;
  std::vector<const PolicyDocument*>* like_last = nullptr;
  for (const PolicyDocument& document : snapshot.policy_documents) {
    const bool like =
        last != nullptr && last->kind == document.kind && last->group == document.group;
    if (!like) like_last = &of[ReaderOf(document)];
    like_last->push_back(&document);
    last = &document;
  }
  for (const Dialect& dialect : AllDialects()) {
    const auto found = of.find(&dialect);
    if (found == of.end()) continue;
    if (dialect.documents == Dialect::Documents::kAllTogether) {
      ReadTogether(dialect, snapshot, found->second, rules);
    } else {
      for (const auto* document : found->second) ReadOne(&dialect, snapshot, *document, rules);
    }
  }
  for (const auto* document : of[nullptr]) ReadOne(nullptr, snapshot, *document, rules);
  const auto meshes = MeshesOf(snapshot);
  AddMeshPorts(MeshPortsOf(meshes), rules);
  std::ranges::move(ReadUnwritten(snapshot, meshes), std::back_inserter(rules));
  return rules;
}

}  // namespace podreach::policy
