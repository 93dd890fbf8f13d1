// NetworkPolicy (networking.k8s.io/v1). What it means is in ../SEMANTICS.md.
//
// A policy with something that can't be read, or that the API server would refuse
// (networking/validation), comes back unread. A server that has such a policy may hold other words
// than these, and a server that is given it won't have it.

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/document_reader.h"

namespace podreach::policy {
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

/// Nothing where it has no CIDR.
std::optional<IpBlock> ReadIpBlock(const Field& field) {
  const Field cidr_field = field.At("cidr");
  if (!cidr_field.present()) cidr_field.AddProblem("is missing");
  const std::optional<Cidr> cidr = cidr_field.ReadCidr();
  std::vector<Cidr> except;
  for (const Field& entry : field.At("except").Items()) {
    const std::optional<Cidr> hole = entry.ReadCidr();
    if (!hole) continue;
    // networking validation, ValidateIPBlock: "must be a strict subset of `cidr`".
    if (cidr && (!cidr->Contains(*hole) || hole->prefix_length() <= cidr->prefix_length()))
      entry.AddProblem(hole->ToString() + " is not inside of " + cidr->ToString());
    except.push_back(*hole);
  }
  if (!cidr) return std::nullopt;
  return IpBlock{*cidr, std::move(except)};
}

/// networking.k8s.io/v1 NetworkPolicyPeer: selectors, of which at least one is there, or an
/// ipBlock.
void ReadPeer(const Field& field, const std::string& ns, Rule& rule) {
  const Field block_field = field.At("ipBlock");
  auto pods = field.At("podSelector").ReadSelector();
  auto namespaces = field.At("namespaceSelector").ReadSelector();
  const bool selects = pods || namespaces;
  if (!block_field.present() && !selects)
    return field.AddProblem("has neither podSelector nor namespaceSelector nor ipBlock");
  if (!block_field.present()) {
    rule.peers.push_back(RulePeer::Pods(
        {ns, std::move(namespaces), std::move(pods).value_or(LabelSelector{}), {}}, field.path()));
    return;
  }
  auto block = ReadIpBlock(block_field);
  if (selects) field.AddProblem("ipBlock excludes podSelector and namespaceSelector");
  if (block) rule.peers.push_back(RulePeer::Block(*std::move(block), field.path()));
}

/// networking.k8s.io/v1 NetworkPolicyPort. `endPort` goes with a number alone, and is not below it.
void ReadPort(const Field& field, RulePorts& ports) {
  const auto protocol = field.At("protocol").ReadProtocol();
  const Field number = field.At("port");
  const Field end = field.At("endPort");
  if (!number.present() || number.is_string()) {
    if (end.present())
      end.AddProblem(number.present() ? "can't go with a named port" : "needs a port");
    if (!number.present()) {
      if (protocol) ports.Add(*protocol, PortSet::All());
      return;
    }
    std::string name = number.Text();
    if (!IsPortName(name)) return number.AddProblem("not a port's name: " + Quoted(name));
    if (protocol) ports.Add(PortName{*protocol, std::move(name)});
    return;
  }
  const auto first = number.ReadPort();
  const auto last = end.present() ? end.ReadPort() : first;
  if (!first || !last || !protocol) return;
  if (*last < *first) {
    return end.AddProblem("is below port: " + std::to_string(last->number()) + " < " +
                          std::to_string(first->number()));
  }
  PortSet range;
  range.Add(PortRange{*first, *last});
  ports.Add(*protocol, range);
}

class NetworkPolicyReader {
 public:
  NetworkPolicyReader(const Snapshot& snapshot, const PolicyDocument& document)
      : reader_(snapshot, document), policy_(reader_.Begin()) {}

  [[nodiscard]] PolicyRules Read() {
    const std::string& ns = reader_.document().ns;
    const Field spec = reader_.spec();
    const Field selector = spec.At("podSelector");
    const Field ingress = spec.At("ingress");
    const Field egress = spec.At("egress");
    const Field types = spec.At("policyTypes");
    // Where there is no spec to read, the policy may say anything.
    const bool no_spec = Failed();
    // Not a pointer in the API: a selector that is left out is the empty one, which selects every
    // pod.
    policy_.subjects = {{ns, std::nullopt, selector.ReadSelector().value_or(LabelSelector{}), {}}};
    if (Failed() || no_spec) policy_.subjects = {ns.empty() ? AllPods() : PodsOf(ns)};
    policy_.ingress_rules = ReadRules(ingress, "from");
    const bool ingress_failed = Failed();
    policy_.egress_rules = ReadRules(egress, "to");
    const bool egress_failed = Failed();
    ReadTypes(types);
    const bool types_failed = Failed() || no_spec;
    // policyTypes may owe its default to a rule that can't be read.
    policy_.ingress = policy_.ingress || ingress_failed || types_failed;
    policy_.egress = policy_.egress || egress_failed || types_failed;
    for (const Problem& problem : policy_.problems)
      policy_.unread += (policy_.unread.empty() ? "" : "; ") + problem.ToString();
    // Rules of a direction that policyTypes leaves out say nothing.
    if (!policy_.unread.empty() || !policy_.ingress) policy_.ingress_rules.clear();
    if (!policy_.unread.empty() || !policy_.egress) policy_.egress_rules.clear();
    return std::move(policy_);
  }

 private:
  /// Whether something in what was read since the last call is malformed.
  bool Failed() {
    if (!reader_.has_problems()) return false;
    std::ranges::move(reader_.TakeProblemList(), std::back_inserter(policy_.problems));
    return true;
  }

  [[nodiscard]] std::vector<Rule> ReadRules(const Field& list, const char* peers_key) const {
    std::vector<Rule> rules;
    for (const Field& entry : list.Items()) {
      Rule& rule = rules.emplace_back();
      rule.field = entry.path();
      const auto peers = entry.At(peers_key).Items();
      const auto ports = entry.At("ports").Items();
      // No peers: everyone, inside and outside. No ports: all ports of all protocols.
      if (peers.empty()) rule.peers.push_back(RulePeer::Everyone(rule.field));
      for (const Field& peer : peers) ReadPeer(peer, reader_.document().ns, rule);
      if (ports.empty()) rule.ports.AddAll();
      for (const Field& port : ports) ReadPort(port, rule.ports);
    }
    return rules;
  }

  /// "If this field is not specified, it will default based on the existence of ingress or egress
  /// rules" (networking/v1 NetworkPolicySpec.policyTypes): Ingress always, Egress where there is an
  /// egress rule.
  void ReadTypes(const Field& field) {
    const std::vector<Field> types = field.Items();
    if (types.empty()) {
      policy_.ingress = true;
      policy_.egress = !policy_.egress_rules.empty();
    }
    for (const Field& type : types) {
      const std::string text = type.Text();
      if (text == "Ingress") {
        policy_.ingress = true;
      } else if (text == "Egress") {
        policy_.egress = true;
      } else {
        type.AddProblem("unknown policy type: " + Quoted(text));
      }
    }
  }

  DocumentReader reader_;
  PolicyRules policy_;
};

void ReadNetworkPolicies(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                         std::vector<PolicyRules>& rules) {
  for (const auto* document : documents)
    rules.push_back(NetworkPolicyReader(snapshot, *document).Read());
}

}  // namespace

namespace network_policy {

Dialect Make() {
  Dialect dialect;
  dialect.name = "NetworkPolicy";
  // Once it was of the group `extensions`.
  dialect.kinds = {{.group = "networking.k8s.io",
                    .kind = "NetworkPolicy",
                    .plural = "networkpolicies",
                    .version = "v1",
                    .former_group = "extensions"}};
  dialect.read = ReadNetworkPolicies;
  dialect.only_allows = true;
  return dialect;
}

}  // namespace network_policy
}  // namespace podreach::policy
