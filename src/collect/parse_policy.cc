#include <algorithm>
#include <nlohmann/json.hpp>

#include "collect/parse.h"

namespace podreach {
namespace {

/// A port's name: IANA_SVC_NAME (RFC 6335, section 5.1), as the API server checks it.
bool IsPortName(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_allowed = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 15 && std::ranges::all_of(name, is_allowed) &&
         std::ranges::any_of(name, is_letter) && !name.starts_with('-') && !name.ends_with('-') &&
         name.find("--") == std::string_view::npos;
}

std::optional<IpBlock> ParseIpBlock(const Field& field) {
  const Field cidr_field = field.At("cidr");
  if (!cidr_field.present()) cidr_field.AddProblem("is missing");
  const std::optional<Cidr> cidr = cidr_field.ReadCidr();
  std::vector<Cidr> except;
  for (const Field& entry : field.At("except").Items()) {
    const std::optional<Cidr> hole = entry.ReadCidr();
    if (!hole) continue;
    // networking validation, ValidateIPBlock: "must be a strict subset of `cidr`".
    if (cidr && (!cidr->Contains(*hole) || hole->prefix_length() <= cidr->prefix_length())) {
      entry.AddProblem(hole->ToString() + " is not inside of " + cidr->ToString());
      continue;
    }
    except.push_back(*hole);
  }
  if (!cidr) return std::nullopt;
  return IpBlock{*cidr, std::move(except)};
}

NetworkPolicyPeer ParsePeer(const Field& field) {
  const Field block = field.At("ipBlock");
  NetworkPolicyPeer peer;
  peer.pod_selector = field.At("podSelector").ReadSelector();
  peer.namespace_selector = field.At("namespaceSelector").ReadSelector();
  if (block.present()) peer.ip_block = ParseIpBlock(block);
  const bool selects = peer.pod_selector || peer.namespace_selector;
  if (block.present() && selects) {
    field.AddProblem("ipBlock excludes podSelector and namespaceSelector");
  }
  if (!block.present() && !selects) {
    field.AddProblem("has neither podSelector nor namespaceSelector nor ipBlock");
  }
  return peer;
}

std::optional<NetworkPolicyPort> ParsePolicyPort(const Field& field) {
  const std::optional<Protocol> protocol = field.At("protocol").ReadProtocol();
  if (!protocol) return std::nullopt;
  NetworkPolicyPort port;
  port.protocol = *protocol;
  const Field number = field.At("port");
  const Field end = field.At("endPort");
  if (number.is_string()) {
    std::string name = number.Text();
    if (!IsPortName(name)) {
      number.AddProblem("not a port's name: " + Quoted(name));
      return std::nullopt;
    }
    port.port = std::move(name);
  } else if (number.present()) {
    const std::optional<Port> first = number.ReadPort();
    if (!first) return std::nullopt;
    port.port = *first;
  }
  if (!end.present()) return port;
  port.end_port = end.ReadPort();
  if (!port.end_port) return port;
  const auto* const first = std::get_if<Port>(&port.port);
  if (first == nullptr) {
    end.AddProblem(number.present() ? "can't go with a named port" : "needs a port");
    port.end_port.reset();
  } else if (*port.end_port < *first) {
    end.AddProblem("is below port: " + std::to_string(port.end_port->number()) + " < " +
                   std::to_string(first->number()));
    port.end_port.reset();
  }
  return port;
}

std::vector<NetworkPolicyRule> ParseRules(const Field& field, const char* peers_key) {
  std::vector<NetworkPolicyRule> rules;
  for (const Field& entry : field.Items()) {
    NetworkPolicyRule rule;
    for (const Field& peer : entry.At(peers_key).Items()) rule.peers.push_back(ParsePeer(peer));
    for (const Field& port : entry.At("ports").Items()) {
      if (auto parsed = ParsePolicyPort(port)) rule.ports.push_back(*std::move(parsed));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

/// "If this field is not specified, it will default based on the existence of ingress or egress
/// rules" (networking/v1 NetworkPolicySpec.policyTypes): Ingress always, Egress where there is an
/// egress rule.
void ParsePolicyTypes(const Field& field, NetworkPolicy& policy) {
  const std::vector<Field> types = field.Items();
  if (types.empty()) {
    policy.ingress_type = true;
    policy.egress_type = !policy.egress.empty();
    return;
  }
  policy.ingress_type = false;
  policy.egress_type = false;
  for (const Field& type : types) {
    const std::string text = type.Text();
    if (text == "Ingress") {
      policy.ingress_type = true;
    } else if (text == "Egress") {
      policy.egress_type = true;
    } else {
      type.AddProblem("unknown policy type: " + Quoted(text));
    }
  }
}

}  // namespace

std::optional<PolicyDocument> ParsePolicyDocument(const Field& object, const nlohmann::json& json,
                                                  const PolicyKind& kind) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  const std::string api_version = object.At("apiVersion").Text();
  PolicyDocument document;
  document.group = std::string(kind.group);
  document.version = api_version.substr(api_version.find('/') + 1);
  document.kind = std::string(kind.kind);
  if (kind.namespaced) document.ns = name->ns;
  document.name = name->name;
  auto kept = json;
  kept.erase("status");
  if (auto metadata = kept.find("metadata"); metadata != kept.end()) {
    metadata->erase("managedFields");
    if (auto notes = metadata->find("annotations"); notes != metadata->end() && notes->is_object())
      notes->erase("kubectl.kubernetes.io/last-applied-configuration");
  }
  document.object = std::make_shared<const nlohmann::json>(std::move(kept));
  return document;
}

std::optional<NetworkPolicy> ParseNetworkPolicy(const Field& object) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  const Field spec = object.At("spec");
  NetworkPolicy policy;
  policy.ns = name->ns;
  policy.name = name->name;
  policy.uid = name->uid;
  // Not a pointer in the API: a selector that is left out is the empty one, which selects every
  // pod.
  policy.pod_selector = spec.At("podSelector").ReadSelector().value_or(LabelSelector{});
  policy.ingress = ParseRules(spec.At("ingress"), "from");
  policy.egress = ParseRules(spec.At("egress"), "to");
  ParsePolicyTypes(spec.At("policyTypes"), policy);
  return policy;
}

}  // namespace podreach
