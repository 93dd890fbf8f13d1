// The part of ClassTable that changes it.

#include <algorithm>
#include <iterator>
#include <set>

#include "policy/dialects/mesh.h"
#include "policy/policy_class.h"

namespace podreach::policy {
namespace {

template <class Visitor>
void EachPodPeer(const PolicyRules& policy, const Visitor& visit) {
  for (const auto& subject : policy.subjects) visit(subject);
  for (const auto* rules : {&policy.ingress_rules, &policy.egress_rules}) {
    for (const auto& rule : *rules) {
      for (const auto* peers : {&rule.own, &rule.peers}) {
        for (const auto& peer : *peers) {
          if (peer.any_of) std::ranges::for_each(*peer.any_of, visit);
        }
      }
    }
  }
}

bool LooksUpNames(const std::vector<Rule>& rules) {
  return std::ranges::any_of(rules, [](const Rule& rule) { return rule.ports.has_names(); });
}

bool AsksForMoreThanLabels(const LabelSelector& selector) {
  return std::ranges::any_of(selector.requirements, [](const LabelRequirement& requirement) {
    return std::ranges::find(PseudoLabels(), requirement.key) != PseudoLabels().end();
  });
}

}  // namespace

bool ClassTable::Covers(const PodPeer& pods, const std::string& ns) const {
  return pods.namespaces ? pods.namespaces->Matches(namespaces_.at(ns).labels) : pods.ns == ns;
}

std::vector<ClassId> ClassTable::ClassesIn(const std::string& ns) const {
  std::vector<ClassId> classes;
  for (auto at = by_key_.lower_bound({ns, 0}); at != by_key_.end() && at->first.first == ns; ++at)
    classes.push_back(at->second);
  return classes;
}

/// Every class that the sets, or the names that the policy looks up, may part, ascending.
std::vector<ClassId> ClassTable::MayBeParted(const PolicyRules& policy,
                                             const std::vector<NewSet>& sets) const {
  std::vector<ClassId> classes;
  const auto add_namespace = [&](const std::string& ns) {
    std::ranges::copy(ClassesIn(ns), std::back_inserter(classes));
  };
  for (const auto& set : sets) {
    if (!set.pods->namespaces) {
      add_namespace(set.pods->ns);
      continue;
    }
    for (const auto& [ns, entry] : namespaces_) {
      if (Covers(*set.pods, ns)) add_namespace(ns);
    }
  }
  if (LooksUpNames(policy.ingress_rules) || LooksUpNames(policy.egress_rules)) {
    std::set<KindId> kinds;
    EachPodPeer(policy, [&](const PodPeer& pods) {
      kinds.insert(KindsIn(pods.set).begin(), KindsIn(pods.set).end());
    });
    const bool everyone = std::ranges::any_of(policy.egress_rules, [](const Rule& rule) {
      return rule.ports.has_names() &&
             std::ranges::any_of(rule.peers, [](const RulePeer& peer) { return !peer.any_of; });
    });
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      if (everyone || kinds.contains(kinds_[i])) classes.push_back(static_cast<ClassId>(i));
    }
  }
  std::ranges::sort(classes);
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

std::vector<std::size_t> ClassTable::TakeUp(PolicyIndex index) {
  const auto known = pod_sets_.size();
  RegisterPolicy(index);
  by_group_.clear();
  std::vector<NewSet> sets;
  EachPodPeer(policies_[index], [&](const PodPeer& pods) {
    if (static_cast<std::size_t>(pods.set) < known) return;
    const auto is_same = [&](const NewSet& set) { return set.id == pods.set; };
    if (std::ranges::none_of(sets, is_same)) sets.push_back({pods.set, &pods});
  });
  std::ranges::sort(sets, {}, &NewSet::id);
  for (const auto& set : sets) {
    const auto selector = pod_selectors_.Intern(set.pods->pods);
    if (set.pods->namespaces && set.pods->namespaces->empty()) continue;  // stands in everywhere_
    for (auto& [ns, entry] : namespaces_) {
      if (Covers(*set.pods, ns)) entry.uses[selector].push_back(set.id);
    }
  }
  std::vector<std::size_t> moved;
  for (const auto id : MayBeParted(policies_[index], sets)) Part(id, sets, moved);
  return moved;
}

/// Tells the pods of a class apart by sets that are new, and names that are looked up by now.
void ClassTable::Part(ClassId id, const std::vector<NewSet>& sets,
                      std::vector<std::size_t>& moved) {
  const auto& ns = classes_[static_cast<std::size_t>(id)].ns;
  const Sight old = *sights_[KindOf(id)];
  const auto& [host_network, old_signature, old_ports] = old;
  if (host_network) return;
  std::vector<NewSet> here;
  std::ranges::copy_if(sets, std::back_inserter(here),
                       [&](const NewSet& set) { return Covers(*set.pods, ns); });
  const bool sees_more = std::ranges::any_of(
      here, [](const NewSet& set) { return AsksForMoreThanLabels(set.pods->pods); });
  std::map<Sight, std::vector<std::size_t>> parts;
  for (const auto i : classes_[static_cast<std::size_t>(id)].pods) {
    const auto& pod = snapshot_.pods[i];
    const Labels seen = sees_more ? Seen(pod) : Labels{};
    auto signature = old_signature;
    for (const auto& set : here) {
      if (set.pods->pods.Matches(sees_more ? seen : pod.labels)) signature.push_back(set.id);
    }
    auto ports = RelevantPorts(signature, pod.ports);
    parts[Sight(false, std::move(signature), std::move(ports))].push_back(i);
  }
  if (parts.empty() || (parts.size() == 1 && parts.begin()->first == old)) return;
  // The part that nothing tells apart keeps the class; where there is none, the first one.
  const auto keeps = parts.contains(old) ? parts.find(old) : parts.begin();
  if (keeps->first != old) by_key_.erase({ns, KindOf(id)});
  const std::string of = ns;  // classes_ may move
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    const auto kind = KindFor(part->first);
    if (part->first != old) std::ranges::copy(part->second, std::back_inserter(moved));
    if (part == keeps) {
      kinds_[static_cast<std::size_t>(id)] = kind;
      by_key_.try_emplace({of, kind}, id);
      Take(id, kind, std::move(part->second));
    } else {
      Take(AddClass(of, kind), kind, std::move(part->second));
    }
  }
}

void ClassTable::Take(ClassId id, KindId kind, std::vector<std::size_t> pods) {
  auto& taking = classes_[static_cast<std::size_t>(id)];
  taking.named_ports = NamedPorts(kind);
  for (const auto i : pods) class_of_[i] = id;
  taking.pods = std::move(pods);
}

void ClassTable::Govern(PolicyIndex index) {
  Enlist(index);
  const auto add = [&](std::vector<PolicyIndex>& policies) {
    const auto at = std::ranges::lower_bound(
        policies, index, [&](PolicyIndex a, PolicyIndex b) { return IsBefore(a, b); });
    if (at == policies.end() || *at != index) policies.insert(at, index);
  };
  for (const auto& subject : policies_[index].subjects) {
    for (const auto kind : KindsIn(subject.set)) {
      if (policies_[index].ingress) add(governing_[kind].ingress);
      if (policies_[index].egress) add(governing_[kind].egress);
    }
  }
}

void ClassTable::Release(PolicyIndex index) {
  for (const auto& subject : policies_[index].subjects) {
    std::erase(Get(subject.set).subjects_of, index);
    for (const auto kind : KindsIn(subject.set)) {
      std::erase(governing_[kind].ingress, index);
      std::erase(governing_[kind].egress, index);
    }
  }
}

void ClassTable::Reclassify(std::size_t i) {
  if (class_of_.size() <= i) class_of_.resize(i + 1);
  if (const auto old = class_of_[i]) std::erase(classes_[static_cast<std::size_t>(*old)].pods, i);
  class_of_[i].reset();
  const auto& pod = snapshot_.pods[i];
  if (!pod.IsLive()) return;
  const auto id = pod.host_network ? NodeClassFor(pod.ns) : ClassFor(pod.ns, Seen(pod), pod.ports);
  class_of_[i] = id;
  classes_[static_cast<std::size_t>(id)].pods.push_back(i);
}

void ClassTable::SetNamespace(const Namespace& ns) {
  NamespaceEntry entry;
  entry.object = ns;
  entry.labels = ns.labels;
  Fill(entry, ns.name);
  namespaces_[ns.name] = std::move(entry);
  by_group_.clear();
}

}  // namespace podreach::policy
