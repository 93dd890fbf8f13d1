// The part of ClassTable that changes it.

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "policy/dialects/support/mesh.h"
#include "policy/policy_class.h"

namespace podreach::policy {
namespace {

bool LooksUpNames(const PolicyRules& policy) {
  const auto has_names = [](const Rule& rule) { return rule.ports.has_names(); };
  return std::ranges::any_of(policy.ingress_rules, has_names) ||
         std::ranges::any_of(policy.egress_rules, has_names);
}

bool AsksForMoreThanLabels(const LabelSelector& selector) {
  return std::ranges::any_of(selector.requirements, [](const LabelRequirement& requirement) {
    return std::ranges::find(PseudoLabels(), requirement.key) != PseudoLabels().end();
  });
}

}  // namespace

bool ClassTable::Covers(const PodPeer& pods, const std::string& ns) const {
  if (!pods.namespaces) return pods.ns == ns;
  return pods.namespaces->empty() || pods.namespaces->Matches(namespaces_.at(ns).labels);
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
  const bool everywhere = std::ranges::any_of(sets, [](const NewSet& set) {
    return set.pods->namespaces && set.pods->namespaces->empty();
  });
  const bool names_of_everyone = std::ranges::any_of(policy.egress_rules, [](const Rule& rule) {
    return rule.ports.has_names() &&
           std::ranges::any_of(rule.peers, [](const RulePeer& peer) { return !peer.any_of; });
  });
  if (everywhere || names_of_everyone) {
    for (const auto& one : classes_) classes.push_back(one.id);
    return classes;
  }
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
  if (LooksUpNames(policy)) {
    std::set<KindId> kinds;
    EachPodPeer(policy, [&](const PodPeer& pods) {
      kinds.insert(KindsIn(pods.set).begin(), KindsIn(pods.set).end());
    });
    for (const auto& one : classes_) {
      if (kinds.contains(KindOf(one.id))) classes.push_back(one.id);
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
  const bool by_names = LooksUpNames(policies_[index]);
  for (const auto id : MayBeParted(policies_[index], sets)) Part(id, sets, by_names, moved);
  return moved;
}

/// Tells the pods of a class apart by sets that are new, and names that are looked up by now.
void ClassTable::Part(ClassId id, const std::vector<NewSet>& sets, bool by_names,
                      std::vector<std::size_t>& moved) {
  const auto old_kind = KindOf(id);
  const auto& [host_network, old_signature, old_ports] = *sights_[old_kind];
  if (host_network) return;
  const std::string ns = classes_[static_cast<std::size_t>(id)].ns;  // classes_ may move
  std::vector<NewSet> here;
  std::ranges::copy_if(sets, std::back_inserter(here),
                       [&](const NewSet& set) { return Covers(*set.pods, ns); });
  const bool sees_more = std::ranges::any_of(
      here, [](const NewSet& set) { return AsksForMoreThanLabels(set.pods->pods); });
  const auto is_in = [&](std::size_t i, const NewSet& set) {
    const auto& pod = snapshot_.pods[i];
    return set.pods->pods.Matches(sees_more ? Seen(pod) : pod.labels);
  };
  const auto& pods = classes_[static_cast<std::size_t>(id)].pods;
  const bool by_sets = std::ranges::any_of(pods, [&](std::size_t i) {
    return std::ranges::any_of(here, [&](const NewSet& set) { return is_in(i, set); });
  });
  if (!by_sets && !by_names) return;
  // What a pod is in beside the old sets, and its ports where they are others now.
  using Difference = std::pair<Signature, std::optional<std::vector<ContainerPort>>>;
  std::map<Difference, std::vector<std::size_t>> parts;
  for (const auto i : classes_[static_cast<std::size_t>(id)].pods) {
    const auto& pod = snapshot_.pods[i];
    const Labels seen = sees_more ? Seen(pod) : Labels{};
    Difference difference;
    for (const auto& set : here) {
      if (set.pods->pods.Matches(sees_more ? seen : pod.labels)) difference.first.push_back(set.id);
    }
    if (by_names) {
      auto signature = old_signature;
      std::ranges::copy(difference.first, std::back_inserter(signature));
      auto ports = RelevantPorts(signature, pod.ports);
      if (ports != old_ports) difference.second = std::move(ports);
    }
    parts[std::move(difference)].push_back(i);
  }
  const auto same = parts.find({});
  if (parts.empty() || (parts.size() == 1 && same != parts.end())) return;
  // The part that nothing tells apart keeps the class; where there is none, the first one.
  if (same == parts.end()) by_key_.erase({ns, old_kind});
  const auto keeps = same == parts.end() ? parts.begin() : same;
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    auto signature = old_signature;
    std::ranges::copy(part->first.first, std::back_inserter(signature));
    const auto kind =
        KindFor(Sight(false, std::move(signature), part->first.second.value_or(old_ports)));
    if (part != same) std::ranges::copy(part->second, std::back_inserter(moved));
    if (part == keeps) {
      kinds_[static_cast<std::size_t>(id)] = kind;
      by_key_.try_emplace({ns, kind}, id);
      Take(id, kind, std::move(part->second));
    } else {
      Take(AddClass(ns, kind), kind, std::move(part->second));
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
