#pragma once

#include <algorithm>
#include <string_view>

#include "tests/oracle/network_policy.h"

/// The oracle's own reading of NetworkPolicies, written from the API types' documentation and
/// networking/validation. Shares nothing with src/policy.
namespace podreach::oracle::standard {

using Json = nlohmann::json;

/// A policy as it is read. What of it is malformed says which pods and directions it may be about.
struct ReadPolicy {
  NetworkPolicy policy;
  bool all_malformed = false;
  bool selector_malformed = false;
  bool types_malformed = false;
  bool ingress_malformed = false;
  bool egress_malformed = false;

  [[nodiscard]] bool IsReadable() const {
    return !all_malformed && !selector_malformed && !types_malformed && !ingress_malformed &&
           !egress_malformed;
  }
};

/// Thrown on meeting what is malformed.
struct Malformed {};

inline const Json* Member(const Json& object, const char* key) {
  if (!object.is_object()) throw Malformed();
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

inline std::vector<Json> Elements(const Json* list) {
  if (list == nullptr) return {};
  if (!list->is_array()) throw Malformed();
  return list->get<std::vector<Json>>();
}

inline std::string Word(const Json* value) {
  if (value == nullptr || !value->is_string()) throw Malformed();
  return value->get<std::string>();
}

inline Port Number(const Json& value) {
  if (!value.is_number_integer() || value < 1 || value > 65535) throw Malformed();
  return *Port::From(value.get<std::uint16_t>());
}

inline Cidr Network(const Json* value) {
  const auto cidr = Cidr::Parse(Word(value));
  if (!cidr) throw Malformed();
  return *cidr;
}

inline std::optional<LabelSelector> SelectorIn(const Json* json) {
  using Operator = LabelRequirement::Operator;
  if (json == nullptr) return std::nullopt;
  LabelSelector selector;
  if (const Json* labels = Member(*json, "matchLabels")) {
    if (!labels->is_object()) throw Malformed();
    for (const auto& [key, value] : labels->items())
      selector.requirements.push_back({key, Operator::kIn, {Word(&value)}});
  }
  for (const auto& expression : Elements(Member(*json, "matchExpressions"))) {
    LabelRequirement requirement{Word(Member(expression, "key")), Operator::kExists, {}};
    for (const auto& value : Elements(Member(expression, "values")))
      requirement.values.push_back(Word(&value));
    const auto op = Word(Member(expression, "operator"));
    const bool listed = op == "In" || op == "NotIn";
    if (!listed && op != "Exists" && op != "DoesNotExist") throw Malformed();
    if (listed == requirement.values.empty() || requirement.key.empty()) throw Malformed();
    requirement.op = op == "In"       ? Operator::kIn
                     : op == "NotIn"  ? Operator::kNotIn
                     : op == "Exists" ? Operator::kExists
                                      : Operator::kDoesNotExist;
    selector.requirements.push_back(std::move(requirement));
  }
  return selector;
}

inline NetworkPolicyPeer PeerIn(const Json& json) {
  NetworkPolicyPeer peer{
      SelectorIn(Member(json, "podSelector")), SelectorIn(Member(json, "namespaceSelector")), {}};
  const Json* block = Member(json, "ipBlock");
  const bool selectors = peer.pod_selector || peer.namespace_selector;
  if (selectors == (block != nullptr)) throw Malformed();
  if (block == nullptr) return peer;
  peer.ip_block = IpBlock{Network(Member(*block, "cidr")), {}};
  for (const auto& entry : Elements(Member(*block, "except"))) {
    const Cidr except = Network(&entry);
    const bool inside = peer.ip_block->cidr.Contains(except.network()) &&
                        except.prefix_length() > peer.ip_block->cidr.prefix_length();
    if (!inside) throw Malformed();
    peer.ip_block->except.push_back(except);
  }
  return peer;
}

inline NetworkPolicyPort PortIn(const Json& json) {
  NetworkPolicyPort port;
  if (const Json* protocol = Member(json, "protocol")) {
    const auto known = ParseProtocol(Word(protocol));
    if (!known) throw Malformed();
    port.protocol = *known;
  }
  const Json* number = Member(json, "port");
  const Json* end = Member(json, "endPort");
  if (number != nullptr && number->is_string()) {
    port.port = Word(number);
  } else if (number != nullptr) {
    port.port = Number(*number);
  }
  if (end == nullptr) return port;
  port.end_port = Number(*end);
  const auto* first = std::get_if<Port>(&port.port);
  if (first == nullptr || *port.end_port < *first) throw Malformed();
  return port;
}

inline std::vector<NetworkPolicyRule> RulesIn(const Json* list, const char* peers) {
  std::vector<NetworkPolicyRule> rules;
  for (const auto& entry : Elements(list)) {
    auto& rule = rules.emplace_back();
    for (const auto& peer : Elements(Member(entry, peers))) rule.peers.push_back(PeerIn(peer));
    for (const auto& port : Elements(Member(entry, "ports"))) rule.ports.push_back(PortIn(port));
  }
  return rules;
}

/// Each part by itself, so that what is malformed in one says nothing of the others.
inline ReadPolicy Read(const std::string& ns, const std::string& name, const Json& object) {
  ReadPolicy read;
  auto& policy = read.policy;
  policy.ns = ns;
  policy.name = name;
  const Json* given = Member(object, "spec");
  const Json spec = given == nullptr ? Json::object() : *given;
  if (!spec.is_object()) {
    read.all_malformed = true;
    return read;
  }
  const auto attempt = [](bool& malformed, const auto& part) {
    try {
      part();
    } catch (const Malformed&) {
      malformed = true;
    }
  };
  attempt(read.selector_malformed, [&] {
    policy.pod_selector = SelectorIn(Member(spec, "podSelector")).value_or(LabelSelector{});
  });
  attempt(read.ingress_malformed,
          [&] { policy.ingress = RulesIn(Member(spec, "ingress"), "from"); });
  attempt(read.egress_malformed, [&] { policy.egress = RulesIn(Member(spec, "egress"), "to"); });
  attempt(read.types_malformed, [&] {
    const auto types = Elements(Member(spec, "policyTypes"));
    policy.ingress_type = types.empty();
    policy.egress_type = types.empty() && !policy.egress.empty();
    for (const auto& type : types) {
      const auto word = Word(&type);
      if (word != "Ingress" && word != "Egress") throw Malformed();
      (word == "Ingress" ? policy.ingress_type : policy.egress_type) = true;
    }
  });
  return read;
}

inline ReadPolicy Read(const PolicyDocument& document) {
  return Read(document.ns, document.name, document.object.Unpack());
}

}  // namespace podreach::oracle::standard
