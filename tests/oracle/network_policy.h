#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "podreach/cluster/label_selector.h"
#include "podreach/cluster/policy_document.h"
#include "podreach/net/ip_block.h"
#include "podreach/net/port.h"
#include "podreach/net/protocol.h"

/// NetworkPolicies as the tests write them, and the documents that these become.
namespace podreach::oracle {

/// networking.k8s.io/v1 NetworkPolicyPeer.
struct NetworkPolicyPeer {
  std::optional<LabelSelector> pod_selector;
  std::optional<LabelSelector> namespace_selector;  ///< absent: the policy's own namespace
  std::optional<IpBlock> ip_block;
};

/// networking.k8s.io/v1 NetworkPolicyPort.
struct NetworkPolicyPort {
  Protocol protocol = Protocol::kTcp;
  std::variant<std::monostate, Port, std::string> port;
  std::optional<Port> end_port;
};

/// One ingress or egress rule. No peers: everyone. No ports: all ports of all protocols.
struct NetworkPolicyRule {
  std::vector<NetworkPolicyPeer> peers;
  std::vector<NetworkPolicyPort> ports;
};

struct NetworkPolicy {
  std::string ns;
  std::string name;
  LabelSelector pod_selector;
  bool ingress_type = true;
  bool egress_type = false;
  std::vector<NetworkPolicyRule> ingress;
  std::vector<NetworkPolicyRule> egress;
  /// What stands in the document in place of what is above: JSON pointers and values.
  std::vector<std::pair<std::string, nlohmann::json>> damage = {};

  operator PolicyDocument() const;  // NOLINT(google-explicit-constructor)
};

inline nlohmann::json ToJson(const LabelSelector& selector) {
  using Operator = LabelRequirement::Operator;
  auto json = nlohmann::json::object();
  for (const auto& requirement : selector.requirements) {
    nlohmann::json expression{{"key", requirement.key}};
    expression["operator"] = requirement.op == Operator::kIn       ? "In"
                             : requirement.op == Operator::kNotIn  ? "NotIn"
                             : requirement.op == Operator::kExists ? "Exists"
                                                                   : "DoesNotExist";
    if (requirement.op == Operator::kIn || requirement.op == Operator::kNotIn)
      expression["values"] = requirement.values;
    json["matchExpressions"].push_back(std::move(expression));
  }
  return json;
}

inline nlohmann::json ToJson(const NetworkPolicyPeer& peer) {
  auto json = nlohmann::json::object();
  if (peer.pod_selector) json["podSelector"] = ToJson(*peer.pod_selector);
  if (peer.namespace_selector) json["namespaceSelector"] = ToJson(*peer.namespace_selector);
  if (!peer.ip_block) return json;
  json["ipBlock"]["cidr"] = peer.ip_block->cidr.ToString();
  for (const auto& except : peer.ip_block->except)
    json["ipBlock"]["except"].push_back(except.ToString());
  return json;
}

inline nlohmann::json ToJson(const NetworkPolicyPort& port) {
  nlohmann::json json{{"protocol", std::string(ToString(port.protocol))}};
  if (const auto* number = std::get_if<Port>(&port.port)) json["port"] = number->number();
  if (const auto* name = std::get_if<std::string>(&port.port)) json["port"] = *name;
  if (port.end_port) json["endPort"] = port.end_port->number();
  return json;
}

inline nlohmann::json ToJson(const std::vector<NetworkPolicyRule>& rules, const char* peers) {
  auto json = nlohmann::json::array();
  for (const auto& rule : rules) {
    auto entry = nlohmann::json::object();
    for (const auto& peer : rule.peers) entry[peers].push_back(ToJson(peer));
    for (const auto& port : rule.ports) entry["ports"].push_back(ToJson(port));
    json.push_back(std::move(entry));
  }
  return json;
}

/// As an API server gives it.
inline nlohmann::json ToJson(const NetworkPolicy& policy) {
  nlohmann::json json{{"apiVersion", "networking.k8s.io/v1"},
                      {"kind", "NetworkPolicy"},
                      {"metadata", {{"namespace", policy.ns}, {"name", policy.name}}}};
  auto& spec = json["spec"];
  spec["podSelector"] = ToJson(policy.pod_selector);
  spec["ingress"] = ToJson(policy.ingress, "from");
  spec["egress"] = ToJson(policy.egress, "to");
  spec["policyTypes"] = nlohmann::json::array();
  if (policy.ingress_type) spec["policyTypes"].push_back("Ingress");
  if (policy.egress_type) spec["policyTypes"].push_back("Egress");
  for (const auto& [pointer, value] : policy.damage)
    json[nlohmann::json::json_pointer(pointer)] = value;
  return json;
}

inline NetworkPolicy::operator PolicyDocument() const {
  return {"networking.k8s.io", "v1", "NetworkPolicy", ns, name, PackedJson(ToJson(*this)), ""};
}

inline std::vector<PolicyDocument> Documents(const std::vector<NetworkPolicy>& policies) {
  return {policies.begin(), policies.end()};
}

}  // namespace podreach::oracle
