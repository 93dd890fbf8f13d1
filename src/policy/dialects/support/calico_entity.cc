#include "policy/dialects/support/calico_entity.h"

#include <algorithm>
#include <utility>

#include "policy/dialects/support/document_reader.h"

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

constexpr std::string_view kAccountLabel = "projectcalico.org/serviceaccount";
constexpr std::string_view kOrchestratorLabel = "projectcalico.org/orchestrator";
constexpr std::string_view kNameLabel = "projectcalico.org/name";
constexpr std::string_view kOfNamespace = "pcns.";
constexpr std::string_view kNamespaceLabel = "projectcalico.org/namespace";
constexpr auto kMetadataName = "kubernetes.io/metadata.name";

bool Holds(const LabelRequirement& requirement, const Labels& labels) {
  return LabelSelector{{requirement}}.Matches(labels);
}

/// One alternative of a selector as pods meet it; nothing where no pod can.
std::optional<PodPeer> PodsOfTerm(const LabelSelector& term, const Field& field,
                                  LabelSelector& namespaces) {
  PodPeer pods;
  for (auto requirement : term.requirements) {
    auto& key = requirement.key;
    if (key == kGlobalKey) {
      if (!Holds(requirement, {})) return std::nullopt;
    } else if (key == kOrchestratorLabel) {
      if (!Holds(requirement, {{std::string(kOrchestratorLabel), "k8s"}})) return std::nullopt;
    } else if (key == kNamespaceLabel) {
      key = kMetadataName;
      namespaces.requirements.push_back(std::move(requirement));
    } else if (key.starts_with(kOfNamespace)) {
      key.erase(0, kOfNamespace.size());
      if (key == kNameLabel) key = kMetadataName;
      namespaces.requirements.push_back(std::move(requirement));
    } else if (key.starts_with(kAccountLabels)) {
      field.AddProblem("labels of service accounts are not evaluated: " + Quoted(key));
    } else {
      if (key == kAccountLabel) key = kServiceAccountKey;
      pods.pods.requirements.push_back(std::move(requirement));
    }
  }
  return pods;
}

/// One alternative of a selector of namespaces; nothing where no namespace meets it.
std::optional<LabelSelector> NamespacesOfTerm(const LabelSelector& term) {
  LabelSelector namespaces;
  for (auto requirement : term.requirements) {
    if (requirement.key == kGlobalKey) {
      if (!Holds(requirement, {})) return std::nullopt;
      continue;
    }
    if (requirement.key == kNameLabel) requirement.key = kMetadataName;
    namespaces.requirements.push_back(std::move(requirement));
  }
  return namespaces;
}

bool MatchesAny(const AnySelector& selector, const Labels& labels) {
  return std::any_of(selector.begin(), selector.end(),
                     [&](const LabelSelector& term) { return term.Matches(labels); });
}

/// What an EntityRule says of names and addresses.
struct Conditions {
  bool selects = false;
  bool only_denied = false;  ///< a notSelector alone: whatever it doesn't name, the outside too
  CalicoPodSelector pods;
  std::optional<std::vector<IpBlock>> blocks;
};

std::optional<std::vector<IpBlock>> ReadBlocks(const Field& entity) {
  std::vector<Cidr> except;
  for (const Field& net : entity.At("notNets").Items()) {
    if (const auto cidr = ReadBlock(net)) except.push_back(*cidr);
  }
  std::vector<IpBlock> blocks;
  const auto nets = entity.At("nets").Items();
  for (const Field& net : nets) {
    if (const auto cidr = ReadBlock(net)) blocks.push_back({*cidr, except});
  }
  if (nets.empty() && except.empty()) return std::nullopt;
  if (nets.empty()) {
    for (const char* all : {"0.0.0.0/0", "::/0"}) blocks.push_back({*Cidr::Parse(all), except});
  }
  return blocks;
}

AnySelector Joined(const AnySelector& one, const AnySelector& other, const Field& field) {
  auto both = BothOf(one, other);
  if (both) return *std::move(both);
  field.AddProblem(both.error().message);
  return {LabelSelector{}};
}

Conditions ReadConditions(const Field& entity, const std::string& ns) {
  Conditions conditions;
  conditions.blocks = ReadBlocks(entity);
  const Field selector = entity.At("selector");
  const Field not_selector = entity.At("notSelector");
  const Field namespaces = entity.At("namespaceSelector");
  const Field accounts = entity.At("serviceAccounts");
  const auto given = [](const Field& field) { return field.present() && !field.Text().empty(); };
  conditions.selects = given(selector) || given(namespaces) || accounts.present() ||
                       (given(not_selector) && !ns.empty());
  conditions.pods.pods = ReadCalicoSelector(selector);
  if (given(not_selector)) {
    conditions.pods.pods =
        Joined(conditions.pods.pods, ReadCalicoSelector(not_selector, true), not_selector);
    conditions.only_denied = !conditions.selects;
  }
  for (const auto& term : conditions.pods.pods) {
    for (const auto& requirement : term.requirements) {
      if (requirement.key.starts_with(kAccountLabels))
        entity.AddProblem("labels of service accounts are not evaluated");
    }
  }
  if (given(namespaces)) {
    conditions.pods.namespaces = ReadCalicoSelector(namespaces);
  } else {
    conditions.pods.ns = ns;
  }
  if (accounts.present()) {
    DocumentReader::Expect(accounts, {"names", "selector"});
    if (given(accounts.At("selector")))
      accounts.At("selector").AddProblem("labels of service accounts are not evaluated");
    const auto names = accounts.At("names").Texts();
    if (!names.empty()) {
      const LabelSelector named{{{std::string(kServiceAccountKey), Operator::kIn, names}}};
      conditions.pods.pods = Joined(conditions.pods.pods, {named}, accounts);
    }
  }
  return conditions;
}

/// Whether a selector with this scope sees a network set.
bool Sees(const CalicoPodSelector& selector, const CalicoNetworkSet& set,
          const Snapshot& snapshot) {
  if (!MatchesAny(selector.pods, set.labels)) return false;
  if (!selector.namespaces) return selector.ns.empty() || set.ns == selector.ns;
  if (set.ns.empty()) {
    // It is in no namespace, so that one must ask for it.
    const LabelRequirement global{std::string(kGlobalKey), Operator::kExists, {}};
    return std::any_of(selector.namespaces->begin(), selector.namespaces->end(),
                       [&](const LabelSelector& term) {
                         const auto& all = term.requirements;
                         return std::find(all.begin(), all.end(), global) != all.end() &&
                                term.Matches({{std::string(kGlobalKey), ""}});
                       });
  }
  const Namespace* const ns = snapshot.FindNamespace(set.ns);
  Labels labels;
  if (ns != nullptr) labels = ns->labels;
  labels[kMetadataName] = set.ns;
  labels[std::string(kNameLabel)] = set.ns;
  return MatchesAny(*selector.namespaces, labels);
}

/// Takes addresses away from what a peer matches.
void Exclude(const std::vector<Cidr>& nets, RulePeer& peer) {
  if (nets.empty()) return;
  if (!peer.blocks) peer.blocks = {{*Cidr::Parse("0.0.0.0/0"), {}}, {*Cidr::Parse("::/0"), {}}};
  for (auto& block : *peer.blocks)
    block.except.insert(block.except.end(), nets.begin(), nets.end());
}

/// The addresses of the network sets that a notSelector names, wherever they are.
std::vector<Cidr> ExcludedNets(const Field& entity, const CalicoWorld& world) {
  std::vector<Cidr> nets;
  const Field not_selector = entity.At("notSelector");
  if (!not_selector.present() || not_selector.Text().empty()) return nets;
  const auto named = ReadCalicoSelector(not_selector);
  for (const auto& set : world.network_sets) {
    if (MatchesAny(named, set.labels)) nets.insert(nets.end(), set.nets.begin(), set.nets.end());
  }
  return nets;
}

/// The addresses that a network set and, where there are any, the blocks beside it hold.
std::vector<IpBlock> Within(const CalicoNetworkSet& set,
                            const std::optional<std::vector<IpBlock>>& blocks) {
  std::vector<IpBlock> found;
  for (const auto& net : set.nets) {
    if (!blocks) found.push_back({net, {}});
    for (const auto& block : blocks.value_or(std::vector<IpBlock>{})) {
      // Of two CIDRs one holds the other, or they have nothing in common.
      if (block.cidr.Contains(net)) {
        found.push_back({net, block.except});
      } else if (net.Contains(block.cidr)) {
        found.push_back(block);
      }
    }
  }
  return found;
}

}  // namespace

AnySelector ReadCalicoSelector(const Field& field, bool denied) {
  const std::string text = field.Text();
  if (text.empty() && !denied) return {LabelSelector{}};
  auto parsed = ParseCalicoSelector(denied ? "!(" + text + ")" : text);
  if (parsed) return *std::move(parsed);
  field.AddProblem(parsed.error().message);
  return {LabelSelector{}};
}

std::vector<PodPeer> CalicoPods(const CalicoPodSelector& selector, const Field& field) {
  std::vector<PodPeer> found;
  const AnySelector everywhere{LabelSelector{}};
  const auto& scopes = selector.namespaces ? *selector.namespaces : everywhere;
  for (const auto& scope : scopes) {
    const auto namespaces = NamespacesOfTerm(scope);
    if (!namespaces) continue;
    for (const auto& term : selector.pods) {
      LabelSelector of_namespace = *namespaces;
      auto pods = PodsOfTerm(term, field, of_namespace);
      if (!pods) continue;
      if (selector.namespaces || selector.ns.empty()) {
        pods->namespaces = std::move(of_namespace);
      } else if (of_namespace.empty()) {
        pods->ns = selector.ns;
      } else {
        of_namespace.requirements.push_back({kMetadataName, Operator::kIn, {selector.ns}});
        pods->namespaces = std::move(of_namespace);
      }
      found.push_back(*std::move(pods));
    }
  }
  return found;
}

std::vector<RulePeer> ReadCalicoEntity(const Field& entity, const std::string& ns,
                                       const CalicoWorld& world) {
  DocumentReader::Expect(entity, {"nets", "notNets", "selector", "notSelector", "namespaceSelector",
                                  "serviceAccounts", "ports", "notPorts"});
  const auto conditions = ReadConditions(entity, ns);
  auto everyone = RulePeer::Everyone(entity.path());
  everyone.blocks = conditions.blocks;
  if (conditions.blocks) {
    everyone.text = "nets";
    for (const auto& block : *conditions.blocks) everyone.text += " " + block.cidr.ToString();
  }
  Exclude(ExcludedNets(entity, world), everyone);
  if (!conditions.selects && !conditions.only_denied) return {everyone};

  RulePeer pods = everyone;
  pods.nodes = pods.outside = false;
  pods.any_of = CalicoPods(conditions.pods, entity);
  pods.text = "selector " + Quoted(entity.At("selector").Text("all()"));
  if (entity.Has("namespaceSelector"))
    pods.text += " in namespaces " + Quoted(entity.At("namespaceSelector").Text());
  std::vector<RulePeer> peers{std::move(pods)};
  if (conditions.only_denied) {
    peers.push_back(std::move(everyone));
    peers.back().pods = false;
    return peers;
  }
  for (const auto& set : world.network_sets) {
    if (!Sees(conditions.pods, set, world.snapshot)) continue;
    auto blocks = Within(set, conditions.blocks);
    if (blocks.empty()) continue;
    auto& peer = peers.emplace_back(RulePeer::Everyone(entity.path()));
    peer.text = "network set " + set.name;
    peer.blocks = std::move(blocks);
    Exclude(ExcludedNets(entity, world), peer);
    // Pods whose address the set holds, but not those that the notSelector names.
    const Field not_selector = entity.At("notSelector");
    if (not_selector.present() && !not_selector.Text().empty()) {
      peer.any_of =
          CalicoPods({{}, std::nullopt, ReadCalicoSelector(not_selector, true)}, not_selector);
    }
  }
  return peers;
}

}  // namespace podreach::policy
