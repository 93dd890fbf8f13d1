#include "policy/policy_class.h"

#include <algorithm>

namespace podreach::policy {
namespace {

/// Set by the API server on every namespace (KEP-2161), so it holds for one that the snapshot lacks
/// too.
constexpr auto kNamespaceNameLabel = "kubernetes.io/metadata.name";

}  // namespace

ClassTable::ClassTable(const Snapshot& snapshot, std::vector<PolicyRules>& policies)
    : snapshot_(snapshot), policies_(policies), subject_names_(policies.size()) {
  for (PolicyIndex i = 0; i < policies_.size(); ++i) {
    RegisterRules(i, Direction::kIngress);
    RegisterRules(i, Direction::kEgress);
  }
  for (const auto& ns : snapshot.namespaces) namespaces_[ns.name].labels = ns.labels;
  // Only now are all namespace selectors known.
  for (auto& [name, entry] : namespaces_) {
    entry.labels.try_emplace(kNamespaceNameLabel, name);
    entry.matching = namespace_selectors_.Matching(entry.labels);
  }
  for (PolicyIndex i = 0; i < policies_.size(); ++i) RegisterSubject(i);
  ClassifyAll();
}

void ClassTable::RegisterRules(PolicyIndex index, Direction direction) {
  auto& policy = policies_[index];
  auto& rules = direction == Direction::kIngress ? policy.ingress_rules : policy.egress_rules;
  for (auto& rule : rules) {
    const auto& names = rule.ports.names();
    for (const auto& name : names) all_names_.insert(name.second);
    if (direction == Direction::kIngress) subject_names_[index].insert(names.begin(), names.end());
    for (auto& peer : rule.peers) {
      if (auto* pods = std::get_if<PodPeer>(&peer.who)) {
        pods->set = RegisterPeer(*pods);
        if (direction == Direction::kIngress) continue;
        pod_sets_[static_cast<std::size_t>(pods->set)].names.insert(names.begin(), names.end());
      } else if (direction == Direction::kEgress && std::holds_alternative<EveryPeer>(peer.who)) {
        names_of_everyone_.insert(names.begin(), names.end());
      }
    }
  }
}

PodSetId ClassTable::RegisterPeer(const PodPeer& peer) {
  const auto pods = pod_selectors_.Intern(peer.pods);
  const auto next = static_cast<PodSetId>(pod_sets_.size());
  if (!peer.namespaces) {
    auto& set = namespaces_[peer.ns].uses[pods].peers;
    if (!set) {
      set = next;
      pod_sets_.emplace_back();
    }
    return *set;
  }
  const auto namespaces = namespace_selectors_.Intern(*peer.namespaces);
  const auto [found, added] = scoped_.try_emplace({namespaces, pods}, next);
  if (added) {
    pod_sets_.emplace_back();
    scoped_by_pods_[pods].emplace_back(namespaces, next);
  }
  return found->second;
}

void ClassTable::RegisterSubject(PolicyIndex index) {
  const auto& policy = policies_[index];
  if (!policy.ns) {
    everywhere_.push_back(index);
    return;
  }
  EntryOf(*policy.ns).uses[pod_selectors_.Intern(policy.subject)].subjects.push_back(index);
}

ClassTable::NamespaceEntry& ClassTable::EntryOf(const std::string& ns) {
  const auto [found, added] = namespaces_.try_emplace(ns);
  if (added) {
    found->second.labels.emplace(kNamespaceNameLabel, ns);
    found->second.matching = namespace_selectors_.Matching(found->second.labels);
  }
  return found->second;
}

void ClassTable::ClassifyAll() {
  class_of_.resize(snapshot_.pods.size());
  for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
    const auto& pod = snapshot_.pods[i];
    if (!pod.IsLive()) continue;
    const auto id =
        pod.host_network ? NodeClassFor(pod.ns) : ClassFor(pod.ns, pod.labels, pod.ports);
    class_of_[i] = id;
    classes_[static_cast<std::size_t>(id)].pods.push_back(i);
  }
}

ClassId ClassTable::Classify(const PodFacts& pod) {
  return pod.host_network ? NodeClassFor(pod.ns) : ClassFor(pod.ns, pod.labels, pod.ports);
}

ClassTable::Signature ClassTable::SignatureOf(const NamespaceEntry& ns,
                                              const Labels& labels) const {
  Signature signature;
  signature.subjects = everywhere_;
  for (const auto selector : pod_selectors_.Matching(labels)) {
    if (const auto use = ns.uses.find(selector); use != ns.uses.end()) {
      const auto& [subjects, peers] = use->second;
      signature.subjects.insert(signature.subjects.end(), subjects.begin(), subjects.end());
      if (peers) signature.peers.push_back(*peers);
    }
    const auto scoped = scoped_by_pods_.find(selector);
    if (scoped == scoped_by_pods_.end()) continue;
    for (const auto& [namespaces, set] : scoped->second) {
      if (std::binary_search(ns.matching.begin(), ns.matching.end(), namespaces)) {
        signature.peers.push_back(set);
      }
    }
  }
  std::sort(signature.subjects.begin(), signature.subjects.end());
  return signature;
}

std::vector<ContainerPort> ClassTable::RelevantPorts(
    const Signature& signature, const std::vector<ContainerPort>& ports) const {
  std::vector<ContainerPort> relevant;
  for (const auto& port : ports) {
    if (port.name.empty()) continue;
    const PortName name(port.protocol, port.name);
    const bool looked_up =
        names_of_everyone_.contains(name) ||
        std::any_of(signature.subjects.begin(), signature.subjects.end(),
                    [&](PolicyIndex i) { return subject_names_[i].contains(name); }) ||
        std::any_of(signature.peers.begin(), signature.peers.end(), [&](PodSetId set) {
          return pod_sets_[static_cast<std::size_t>(set)].names.contains(name);
        });
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
  const auto signature = SignatureOf(entry, looked_at);
  ClassKey key(ns, false, signature, RelevantPorts(signature, candidates));
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    auto& added = AddClass(ns);
    added.labels = Minimal(entry, looked_at, signature);
    added.named_ports = std::get<3>(key);
    Enrol(added, signature);
    found = by_key_.emplace(std::move(key), added.id).first;
  }
  by_group_.emplace(std::move(group), found->second);
  return found->second;
}

/// A hostNetwork pod is its node: no selector applies to it, so its labels and ports tell nothing.
ClassId ClassTable::NodeClassFor(const std::string& ns) {
  ClassKey key(ns, true, {}, {});
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) return found->second;
  auto& added = AddClass(ns);
  added.host_network = true;
  by_key_.emplace(std::move(key), added.id);
  return added.id;
}

PolicyClass& ClassTable::AddClass(const std::string& ns) {
  auto& added = classes_.emplace_back();
  added.id = static_cast<ClassId>(classes_.size() - 1);
  added.ns = ns;
  isolating_.emplace_back();
  unread_.emplace_back();
  return added;
}

void ClassTable::Enrol(PolicyClass& added, const Signature& signature) {
  const auto index = static_cast<std::size_t>(added.id);
  for (const auto set : signature.peers) {
    pod_sets_[static_cast<std::size_t>(set)].classes.Add(added.id);
  }
  const auto of_snapshot = [&](PolicyIndex i) { return i < snapshot_.network_policies.size(); };
  for (const auto i : signature.subjects) {
    const auto& policy = policies_[i];
    auto& directions = policy.unread.empty() ? isolating_[index] : unread_[index];
    if (policy.ingress) directions.ingress.push_back(i);
    if (policy.egress) directions.egress.push_back(i);
    if (!of_snapshot(i)) continue;
    if (!policy.unread.empty()) {
      added.unread_policies.push_back(i);
    } else {
      if (policy.ingress) added.ingress_policies.push_back(i);
      if (policy.egress) added.egress_policies.push_back(i);
    }
  }
}

const std::vector<std::uint32_t>& ClassTable::Isolating(ClassId id, Direction direction) const {
  const auto& directions = isolating_[static_cast<std::size_t>(id)];
  return direction == Direction::kIngress ? directions.ingress : directions.egress;
}

const std::vector<std::uint32_t>& ClassTable::Unread(ClassId id, Direction direction) const {
  const auto& directions = unread_[static_cast<std::size_t>(id)];
  return direction == Direction::kIngress ? directions.ingress : directions.egress;
}

}  // namespace podreach::policy
