// The part of Evaluator that tells of policies rather than of connections.

#include <algorithm>
#include <set>
#include <utility>

#include "policy/evaluator_state.h"

namespace podreach {
namespace {

using policy::Direction;
using policy::Origin;
using policy::PolicyRules;

constexpr std::string_view kKubernetes = "networking.k8s.io";

bool IsOneDocument(const PolicyRules& one, const PolicyRules& other) {
  return one.policy == other.policy && one.kind == other.kind && one.group == other.group;
}

/// What a policy says that can't be evaluated: of which field, and why.
using Doubts = std::set<std::pair<std::string, std::string>>;

Doubts DoubtsOf(const PolicyRules& policy) {
  Doubts doubts;
  for (const Problem& problem : policy.problems) doubts.emplace(problem.path, problem.ToString());
  if (!policy.unread.empty() && policy.problems.empty()) doubts.emplace("", policy.unread);
  for (const auto* rules : {&policy.ingress_rules, &policy.egress_rules}) {
    for (const auto& rule : *rules) {
      if (!rule.doubt.empty()) doubts.emplace(rule.field, rule.doubt);
      for (const auto& peer : rule.peers) {
        if (!peer.doubt.empty()) doubts.emplace(peer.field, peer.field + ": " + peer.doubt);
      }
    }
  }
  return doubts;
}

ObjectRef RefOf(const PolicyRules& policy) {
  const auto slash = policy.policy.find('/');
  if (slash == std::string::npos) return {policy.group, "", policy.kind, "", policy.policy};
  return {policy.group, "", policy.kind, policy.policy.substr(0, slash),
          policy.policy.substr(slash + 1)};
}

/// The addresses of live pods that have their own network, in order.
class PodAddresses {
 public:
  explicit PodAddresses(const Snapshot& snapshot) {
    for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
      const Pod& pod = snapshot.pods[i];
      if (!pod.IsLive() || pod.host_network) continue;
      for (const IpAddress& address : pod.ips) sorted_.emplace_back(address, i);
    }
    std::ranges::sort(sorted_);
  }

  void AddPodsIn(const IpBlock& block, std::set<std::size_t>& pods) const {
    auto at = std::ranges::lower_bound(sorted_, block.cidr.network(), {},
                                       [](const auto& one) { return one.first; });
    for (; at != sorted_.end() && block.cidr.Contains(at->first); ++at) {
      if (block.Contains(at->first)) pods.insert(at->second);
    }
  }

 private:
  std::vector<std::pair<IpAddress, std::size_t>> sorted_;
};

/// The pods whose addresses rules name that mean pods, too.
std::set<std::size_t> PodsByAddress(const std::vector<policy::Rule>& rules,
                                    const PodAddresses& addresses) {
  std::set<std::size_t> pods;
  for (const auto& rule : rules) {
    for (const auto& peer : rule.peers) {
      if (!peer.pods || !peer.blocks) continue;
      for (const IpBlock& block : *peer.blocks) addresses.AddPodsIn(block, pods);
    }
  }
  return pods;
}

}  // namespace

std::string PolicyInfo::Text() const {
  return (group == kKubernetes ? "" : std::string(kind) + " ") + std::string(name);
}

std::string PolicySubject::ToString() const {
  LabelSelector words = pods;
  // What stands under keys that no label has is no label to people.
  for (auto& requirement : words.requirements)
    if (requirement.key.starts_with(':')) requirement.key.erase(0, 1);
  std::string text = words.ToString();
  if (namespaces && !namespaces->empty()) text += " in the namespaces " + namespaces->ToString();
  return text;
}

PolicyList::PolicyList(const std::vector<PolicyRules>& rules) : of_rules(rules.size()) {
  const PolicyRules* last = nullptr;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const PolicyRules& policy = rules[i];
    of_rules[i] = policy::kNoPolicy;
    if (policy.origin != Origin::kWritten) continue;
    if (last == nullptr || !IsOneDocument(*last, policy)) {
      const std::string_view name = policy.policy;
      const auto slash = name.find('/');
      PolicyInfo& info = infos.emplace_back();
      info.name = name;
      if (slash != std::string_view::npos) info.ns = name.substr(0, slash);
      info.group = policy.group;
      info.kind = policy.kind;
      info.place = policy.place;
    }
    last = &policy;
    PolicyInfo& info = infos.back();
    info.ingress = info.ingress || policy.ingress;
    info.egress = info.egress || policy.egress;
    info.unread = info.unread || !policy.unread.empty();
    of_rules[i] = static_cast<std::uint32_t>(infos.size() - 1);
  }
}

std::vector<SnapshotGap> Evaluator::NotEvaluated() const {
  std::vector<SnapshotGap> gaps;
  for (const PolicyRules& policy : state_->rules) {
    if (policy.origin == Origin::kMissing) continue;  // the snapshot calls it a gap itself
    for (const auto& [field, reason] : DoubtsOf(policy))
      gaps.push_back({GapKind::kNotEvaluated, RefOf(policy), reason, policy.place, {}, field});
  }
  return gaps;
}

std::span<const PolicyInfo> Evaluator::Policies() const { return state_->policies.infos; }

std::vector<bool> Evaluator::SelectingPolicies() const {
  std::vector<bool> selecting(Policies().size());
  for (const PolicyClass& one : classes()) {
    if (one.pods.empty() || one.host_network) continue;
    for (const auto* policies : {&one.ingress_policies, &one.egress_policies, &one.unread_policies})
      for (const std::size_t policy : *policies) selecting[policy] = true;
  }
  return selecting;
}

std::vector<PolicySubject> Evaluator::SubjectsOf(std::size_t policy) const {
  std::vector<PolicySubject> subjects;
  std::vector<const policy::PodPeer*> seen;
  for (std::size_t i = 0; i < state_->rules.size(); ++i) {
    if (state_->policies.of_rules[i] != policy) continue;
    for (const auto& pods : state_->rules[i].subjects) {
      const auto is_same = [&](const policy::PodPeer* other) { return *other == pods; };
      if (std::ranges::any_of(seen, is_same)) continue;
      seen.push_back(&pods);
      subjects.push_back({pods.ns, pods.namespaces, pods.pods});
    }
  }
  return subjects;
}

std::vector<std::size_t> Evaluator::PoliciesMatching(const Pod& pod) const {
  std::vector<std::size_t> matching;
  for (const auto i : state_->table.Matching(pod)) {
    const auto policy = state_->policies.of_rules[i];
    if (policy == policy::kNoPolicy || !state_->rules[i].unread.empty()) continue;
    if (matching.empty() || matching.back() != policy) matching.push_back(policy);
  }
  return matching;
}

std::array<PortSet, 3> Evaluator::PortsAskedOf(ClassId id) const {
  std::array<PortSet, 3> asked;
  const auto& named_ports = state_->table.Get(id).named_ports;
  for (const auto i : state_->table.Governing(id, Direction::kIngress)) {
    for (const auto& rule : state_->rules[i].ingress_rules) {
      for (const auto protocol : policy::kProtocols)
        asked.at(static_cast<std::size_t>(protocol)).Add(rule.ports.Asked(protocol, named_ports));
    }
  }
  return asked;
}

std::vector<PodsInBlocks> Evaluator::RulesByAddressOfPods() const {
  std::vector<PodsInBlocks> found;
  const PodAddresses addresses(snapshot());
  for (std::size_t i = 0; i < state_->rules.size(); ++i) {
    const auto policy = state_->policies.of_rules[i];
    if (policy == policy::kNoPolicy) continue;
    for (const auto direction : {Direction::kIngress, Direction::kEgress}) {
      const auto pods = PodsByAddress(state_->rules[i].RulesFor(direction), addresses);
      if (!pods.empty()) found.push_back({policy, direction == Direction::kIngress, pods.size()});
    }
  }
  return found;
}

}  // namespace podreach
