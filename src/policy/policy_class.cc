#include "policy/policy_class.h"

#include <algorithm>
#include <iterator>

#include "policy/dialects/support/mesh.h"

namespace podreach::policy {
namespace {

/// Set by the API server on every namespace (KEP-2161), so it holds for one that the snapshot lacks
/// too.
constexpr auto kNamespaceNameLabel = "kubernetes.io/metadata.name";

}  // namespace

ClassTable::ClassTable(const Snapshot& snapshot, std::vector<PolicyRules>& policies,
                       std::span<const std::uint32_t> known_as)
    : snapshot_(snapshot), policies_(policies), known_as_(known_as) {
  for (PolicyIndex i = 0; i < policies_.size(); ++i) {
    RegisterPolicy(i);
    Enlist(i);
  }
  for (const auto& ns : snapshot.namespaces) {
    auto& entry = namespaces_[ns.name];
    entry.object = ns;
    entry.labels = ns.labels;
  }
  for (auto& [name, entry] : namespaces_) Fill(entry, name);
  ClassifyAll();
}

void ClassTable::RegisterPolicy(PolicyIndex index) {
  auto& policy = policies_[index];
  std::set<PortName> own_names;
  for (auto& rule : policy.ingress_rules) RegisterRule(rule, Direction::kIngress, own_names);
  for (auto& rule : policy.egress_rules) RegisterRule(rule, Direction::kEgress, own_names);
  for (auto& subject : policy.subjects) {
    subject.set = RegisterSet(subject);
    Get(subject.set).names.insert(own_names.begin(), own_names.end());
  }
}

/// The policy's subjects are governed by it from now on; no policy that was enlisted has a higher
/// index.
void ClassTable::Enlist(PolicyIndex index) {
  for (const auto& subject : policies_[index].subjects) {
    auto& policies = Get(subject.set).subjects_of;
    if (policies.empty() || policies.back() != index) policies.push_back(index);
  }
}

/// A port's name is looked up on the destination: the subject of an ingress rule, the peer of an
/// egress rule.
void ClassTable::RegisterRule(Rule& rule, Direction direction, std::set<PortName>& own_names) {
  const auto names = rule.ports.Names();
  for (const auto& name : names) all_names_.insert(name.second);
  if (direction == Direction::kIngress) own_names.insert(names.begin(), names.end());
  for (auto& own : rule.own) RegisterPeers(own);
  for (auto& peer : rule.peers) {
    RegisterPeers(peer);
    if (direction == Direction::kIngress || !peer.pods || !peer.looks_up_names) continue;
    if (!peer.any_of) names_of_everyone_.insert(names.begin(), names.end());
    if (!peer.any_of || names.empty()) continue;
    for (const auto& pods : *peer.any_of) Get(pods.set).names.insert(names.begin(), names.end());
  }
}

void ClassTable::RegisterPeers(RulePeer& peer) {
  if (!peer.any_of) return;
  for (auto& pods : *peer.any_of) pods.set = RegisterSet(pods);
}

PodSetId ClassTable::RegisterSet(const PodPeer& peer) {
  const auto pods = pod_selectors_.Intern(peer.pods);
  auto& known = !peer.namespaces           ? local_[peer.ns]
                : peer.namespaces->empty() ? everywhere_
                                           : scoped_[namespace_selectors_.Intern(*peer.namespaces)];
  const auto [found, added] = known.try_emplace(pods, static_cast<PodSetId>(pod_sets_.size()));
  if (added) pod_sets_.emplace_back();
  return found->second;
}

/// To be called when every policy is registered.
void ClassTable::Fill(NamespaceEntry& entry, const std::string& ns) const {
  entry.labels.try_emplace(kNamespaceNameLabel, ns);
  const auto take = [&](const std::map<SelectorId, PodSetId>& sets) {
    for (const auto& [selector, set] : sets) entry.uses[selector].push_back(set);
  };
  if (const auto local = local_.find(ns); local != local_.end()) take(local->second);
  for (const auto selector : namespace_selectors_.Matching(entry.labels))
    take(scoped_.at(selector));
}

ClassTable::NamespaceEntry& ClassTable::EntryOf(const std::string& ns) {
  const auto [found, added] = namespaces_.try_emplace(ns);
  if (added) Fill(found->second, ns);
  return found->second;
}

void ClassTable::ClassifyAll() {
  class_of_.resize(snapshot_.pods.size());
  const bool sees_more = std::ranges::any_of(
      PseudoLabels(), [&](std::string_view key) { return pod_selectors_.LooksAt(key); });
  for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
    const auto& pod = snapshot_.pods[i];
    if (!pod.IsLive()) continue;
    const auto id = pod.host_network ? NodeClassFor(pod.ns)
                    : sees_more      ? ClassFor(pod.ns, Seen(pod), pod.ports)
                                     : ClassFor(pod.ns, pod.labels, pod.ports);
    class_of_[i] = id;
    classes_[static_cast<std::size_t>(id)].pods.push_back(i);
  }
}

ClassId ClassTable::Classify(const PodFacts& pod) {
  if (pod.host_network) return NodeClassFor(pod.ns);
  Labels labels = pod.labels;
  labels.try_emplace(std::string(kServiceAccountKey), "default");
  return ClassFor(pod.ns, labels, pod.ports);
}

/// The pod's labels, and what else selectors ask of it.
Labels ClassTable::Seen(const Pod& pod) const {
  Labels labels = pod.labels;
  const auto found = namespaces_.find(pod.ns);
  const bool known = found != namespaces_.end() && found->second.object;
  AddPseudoLabels(pod, known ? &*found->second.object : nullptr, labels);
  return labels;
}

std::vector<PolicyIndex> ClassTable::Matching(const Pod& pod) const {
  const auto found = namespaces_.find(pod.ns);
  if (found != namespaces_.end()) return SubjectOf(SignatureOf(found->second, Seen(pod)));
  NamespaceEntry entry;
  Fill(entry, pod.ns);
  return SubjectOf(SignatureOf(entry, Seen(pod)));
}

ClassTable::Signature ClassTable::SignatureOf(const NamespaceEntry& ns,
                                              const Labels& labels) const {
  Signature signature;
  for (const auto selector : pod_selectors_.Matching(labels)) {
    if (const auto use = ns.uses.find(selector); use != ns.uses.end()) {
      signature.insert(signature.end(), use->second.begin(), use->second.end());
    }
    const auto everywhere = everywhere_.find(selector);
    if (everywhere != everywhere_.end()) signature.push_back(everywhere->second);
  }
  std::sort(signature.begin(), signature.end());
  return signature;
}

std::vector<ContainerPort> ClassTable::RelevantPorts(
    const Signature& signature, const std::vector<ContainerPort>& ports) const {
  std::vector<ContainerPort> relevant;
  for (const auto& port : ports) {
    if (port.name.empty()) continue;
    const PortName name(port.protocol, port.name);
    const bool looked_up = names_of_everyone_.contains(name) ||
                           std::any_of(signature.begin(), signature.end(),
                                       [&](PodSetId set) { return Get(set).names.contains(name); });
    if (looked_up) relevant.push_back({port.name, port.protocol, port.port, std::nullopt});
  }
  std::sort(relevant.begin(), relevant.end());
  relevant.erase(std::unique(relevant.begin(), relevant.end()), relevant.end());
  return relevant;
}

Labels ClassTable::Minimal(const NamespaceEntry& ns, const Labels& labels,
                           const Signature& signature) const {
  Labels kept = labels;
  // What one label was kept for may go with a later one, so passes go on until nothing more goes.
  for (std::size_t before = kept.size() + 1; kept.size() < before;) {
    before = kept.size();
    for (const auto& [key, value] : labels) {
      if (kept.erase(key) == 1 && SignatureOf(ns, kept) != signature) kept.emplace(key, value);
    }
  }
  return kept;
}

ClassId ClassTable::ClassFor(const std::string& ns, const Labels& labels,
                             const std::vector<ContainerPort>& ports) {
  std::vector<ContainerPort> named;
  for (const auto& port : ports) {
    if (!all_names_.contains(port.name)) continue;
    named.push_back({port.name, port.protocol, port.port, std::nullopt});
  }
  Group group(ns, pod_selectors_.Relevant(labels), std::move(named));
  if (const auto known = by_group_.find(group); known != by_group_.end()) return known->second;

  const auto& [name, looked_at, candidates] = group;
  const auto& entry = EntryOf(ns);
  auto signature = SignatureOf(entry, looked_at);
  auto relevant = RelevantPorts(signature, candidates);
  const auto id =
      FindOrAdd(ns, &entry, looked_at, Sight(false, std::move(signature), std::move(relevant)));
  by_group_.emplace(std::move(group), id);
  return id;
}

/// A hostNetwork pod is its node: no selector applies to it, so its labels and ports tell nothing.
ClassId ClassTable::NodeClassFor(const std::string& ns) {
  return FindOrAdd(ns, nullptr, {}, Sight(true, {}, {}));
}

ClassId ClassTable::FindOrAdd(const std::string& ns, const NamespaceEntry* entry,
                              const Labels& labels, Sight sight) {
  const auto kind = KindFor(std::move(sight));
  const auto found = by_key_.find({ns, kind});
  if (found != by_key_.end()) return found->second;
  const auto id = AddClass(ns, kind);
  const auto& [host_network, signature, ports] = *sights_[kind];
  auto& added = classes_.back();
  added.host_network = host_network;
  added.named_ports = ports;
  if (entry == nullptr) return id;
  added.labels = Minimal(*entry, labels, signature);
  ListPolicies(added, signature);
  return id;
}

ClassId ClassTable::AddClass(const std::string& ns, KindId kind) {
  const auto id = static_cast<ClassId>(classes_.size());
  by_key_.emplace(ClassKey(ns, kind), id);
  auto& added = classes_.emplace_back();
  added.id = id;
  added.ns = ns;
  kinds_.push_back(kind);
  return id;
}

bool ClassTable::IsBefore(PolicyIndex one, PolicyIndex other) const {
  const auto place = [&](const PolicyIndex& i) {
    const auto& policy = policies_[i];
    return std::tie(policy.tier, policy.order, policy.rank, i);
  };
  return place(one) < place(other);
}

/// The policies that govern such pods, ascending.
std::vector<PolicyIndex> ClassTable::SubjectOf(const Signature& signature) const {
  std::vector<PolicyIndex> policies;
  for (const auto set : signature) {
    const auto& of = Get(set).subjects_of;
    policies.insert(policies.end(), of.begin(), of.end());
  }
  std::sort(policies.begin(), policies.end());
  policies.erase(std::unique(policies.begin(), policies.end()), policies.end());
  return policies;
}

KindId ClassTable::KindFor(Sight sight) {
  const auto [found, added] =
      by_sight_.try_emplace(std::move(sight), static_cast<KindId>(sights_.size()));
  const auto kind = found->second;
  if (!added) return kind;
  sights_.push_back(&found->first);
  const auto& signature = std::get<1>(found->first);
  for (const auto set : signature) Get(set).kinds.push_back(kind);  // the highest by now
  auto policies = SubjectOf(signature);
  std::sort(policies.begin(), policies.end(),
            [&](PolicyIndex a, PolicyIndex b) { return IsBefore(a, b); });
  auto& of = governing_.emplace_back();
  for (const auto i : policies) {
    if (policies_[i].ingress) of.ingress.push_back(i);
    if (policies_[i].egress) of.egress.push_back(i);
  }
  return kind;
}

void ClassTable::ListPolicies(PolicyClass& added, const Signature& signature) const {
  if (known_as_.empty()) return;
  // Rules of one policy stand beside each other.
  const auto add = [](std::vector<std::size_t>& to, std::size_t policy) {
    if (to.empty() || to.back() != policy) to.push_back(policy);
  };
  for (const auto i : SubjectOf(signature)) {
    if (known_as_[i] == kNoPolicy) continue;
    const auto& policy = policies_[i];
    if (!policy.unread.empty()) {
      add(added.unread_policies, known_as_[i]);
    } else {
      if (policy.ingress) add(added.ingress_policies, known_as_[i]);
      if (policy.egress) add(added.egress_policies, known_as_[i]);
    }
  }
}

}  // namespace podreach::policy
