#include "policy/dialects/network_policy.h"

#include <utility>

namespace podreach::policy {
namespace {

std::string Item(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

/// meta/v1 LabelSelectorRequirement: values must be there for In and NotIn, and absent for the
/// others.
void CheckSelector(const std::optional<LabelSelector>& selector, const std::string& field,
                   std::vector<std::string>& problems) {
  if (!selector) return;
  for (const auto& requirement : selector->requirements) {
    const bool needs_values = requirement.op == LabelRequirement::Operator::kIn ||
                              requirement.op == LabelRequirement::Operator::kNotIn;
    if (needs_values == requirement.values.empty()) {
      problems.push_back(field + ": " + requirement.key + " has " +
                         (needs_values ? "an operator that needs values, and none"
                                       : "values, and an operator that takes none"));
    }
  }
}

void CheckPeer(const NetworkPolicyPeer& peer, const std::string& field,
               std::vector<std::string>& problems) {
  const bool selects = peer.pod_selector || peer.namespace_selector;
  if (!selects && !peer.ip_block) problems.push_back(field + ": names no peer");
  if (selects && peer.ip_block) {
    problems.push_back(field + ": ipBlock stands beside a selector");
  }
  CheckSelector(peer.pod_selector, field + ".podSelector", problems);
  CheckSelector(peer.namespace_selector, field + ".namespaceSelector", problems);
  if (!peer.ip_block) return;
  for (const auto& except : peer.ip_block->except) {
    if (!peer.ip_block->cidr.Contains(except) || except == peer.ip_block->cidr) {
      problems.push_back(field + ".ipBlock.except: " + except.ToString() + " is no part of " +
                         peer.ip_block->cidr.ToString());
    }
  }
}

/// networking/v1 NetworkPolicyPort.endPort: only with a numeric port, and not below it.
void CheckPort(const NetworkPolicyPort& port, const std::string& field,
               std::vector<std::string>& problems) {
  if (!port.end_port) return;
  const auto* number = std::get_if<Port>(&port.port);
  if (number == nullptr) {
    problems.push_back(field + ".endPort: needs a port with a number");
  } else if (*port.end_port < *number) {
    problems.push_back(field + ".endPort: is below port");
  }
}

void CheckRules(const std::vector<NetworkPolicyRule>& rules, const std::string& list,
                std::string_view peers, std::vector<std::string>& problems) {
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const auto field = Item(list, r) + ".";
    for (std::size_t i = 0; i < rules[r].peers.size(); ++i) {
      CheckPeer(rules[r].peers[i], field + Item(peers, i), problems);
    }
    for (std::size_t i = 0; i < rules[r].ports.size(); ++i) {
      CheckPort(rules[r].ports[i], field + Item("ports", i), problems);
    }
  }
}

/// What the API server would refuse in a policy whose every word could be read.
std::vector<std::string> Refusals(const NetworkPolicy& policy) {
  std::vector<std::string> problems;
  CheckSelector(policy.pod_selector, "spec.podSelector", problems);
  CheckRules(policy.ingress, "spec.ingress", "from", problems);
  CheckRules(policy.egress, "spec.egress", "to", problems);
  return problems;
}

bool Concerns(std::string_view problem, std::string_view field) {
  if (!problem.starts_with(field)) return false;
  const auto rest = problem.substr(field.size());
  return rest.empty() || rest[0] == '.' || rest[0] == '[' || rest[0] == ':';
}

/// A namespace that could not be read may be any.
PodPeer PodsThere(const std::string& ns) { return ns.empty() ? AllPods() : PodsOf(ns); }

/// Widens an unread policy to what a problem leaves open: which pods, which directions.
void Widen(const NetworkPolicy& policy, PolicyRules& rules, std::string_view problem) {
  if (Concerns(problem, "spec.ingress")) {
    rules.ingress = true;
  } else if (Concerns(problem, "spec.egress")) {
    rules.egress = true;  // policyTypes may owe its default to a rule that was dropped
  } else if (Concerns(problem, "spec.podSelector")) {
    rules.subjects = {PodsThere(policy.ns)};
  } else if (Concerns(problem, "spec.policyTypes")) {
    rules.ingress = rules.egress = true;
  } else {
    rules.subjects = {PodsThere(policy.ns)};
    rules.ingress = rules.egress = true;
  }
}

RulePeer ToPeer(const NetworkPolicyPeer& peer, const std::string& ns, std::string field) {
  if (peer.ip_block) return RulePeer::Block(*peer.ip_block, std::move(field));
  return RulePeer::Pods(
      {ns, peer.namespace_selector, peer.pod_selector.value_or(LabelSelector{}), {}},
      std::move(field));
}

RulePorts ToPorts(const std::vector<NetworkPolicyPort>& ports) {
  RulePorts result;
  if (ports.empty()) result.AddAll();
  for (const auto& port : ports) {
    if (const auto* number = std::get_if<Port>(&port.port)) {
      PortSet range;
      range.Add(PortRange{*number, port.end_port.value_or(*number)});
      result.Add(port.protocol, range);
    } else if (const auto* name = std::get_if<std::string>(&port.port)) {
      result.Add(PortName{port.protocol, *name});
    } else {
      result.Add(port.protocol, PortSet::All());
    }
  }
  return result;
}

std::vector<Rule> ToRules(const std::vector<NetworkPolicyRule>& rules, const std::string& ns,
                          std::string_view list, std::string_view peers) {
  std::vector<Rule> result;
  result.reserve(rules.size());
  for (std::size_t r = 0; r < rules.size(); ++r) {
    Rule rule;
    rule.ports = ToPorts(rules[r].ports);
    rule.field = Item(list, r);
    if (rules[r].peers.empty()) rule.peers.push_back(RulePeer::Everyone(rule.field));
    for (std::size_t i = 0; i < rules[r].peers.size(); ++i) {
      rule.peers.push_back(ToPeer(rules[r].peers[i], ns, rule.field + "." + Item(peers, i)));
    }
    result.push_back(std::move(rule));
  }
  return result;
}

}  // namespace

PolicyRules FromNetworkPolicy(const NetworkPolicy& policy) {
  PolicyRules rules;
  rules.policy = policy.ns + "/" + policy.name;
  rules.place = policy.place;
  rules.subjects = {PodPeer{policy.ns, std::nullopt, policy.pod_selector, {}}};
  rules.ingress = policy.ingress_type;
  rules.egress = policy.egress_type;
  auto problems = policy.problems;
  for (const auto& problem : problems) Widen(policy, rules, problem);
  for (auto& refusal : Refusals(policy)) {
    if (Concerns(refusal, "spec.podSelector")) rules.subjects = {PodsThere(policy.ns)};
    problems.push_back(std::move(refusal));
  }
  for (const auto& problem : problems) {
    rules.unread += (rules.unread.empty() ? "" : "; ") + problem;
  }
  if (!rules.unread.empty()) return rules;
  // Rules of a direction that policyTypes leaves out say nothing.
  if (rules.ingress) {
    rules.ingress_rules = ToRules(policy.ingress, policy.ns, "spec.ingress", "from");
  }
  if (rules.egress) rules.egress_rules = ToRules(policy.egress, policy.ns, "spec.egress", "to");
  return rules;
}

std::optional<PolicyRules> NetworkPoliciesOfGap(const SnapshotGap& gap) {
  const ObjectRef& object = gap.object;
  // It was of the group `extensions` once, and nothing else of the core's group is called so.
  const bool of_kind = object.kind == "NetworkPolicy" &&
                       (object.group == "networking.k8s.io" || object.group == "extensions" ||
                        object.group.empty());
  if (!of_kind) return std::nullopt;
  PolicyRules rules;
  if (gap.kind == GapKind::kUnreadableObject || gap.kind == GapKind::kLeftOut) {
    rules.subjects = {PodsThere(object.ns)};
    rules.policy = (object.ns.empty() ? "" : object.ns + "/") + object.name;
  } else if (gap.kind == GapKind::kUnlistedKind) {
    rules.subjects = {AllPods()};
  } else {
    return std::nullopt;
  }
  rules.ingress = rules.egress = true;
  rules.unread = gap.What() + " could not be read: " + gap.Why();
  return rules;
}

}  // namespace podreach::policy
