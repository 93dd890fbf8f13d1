#include "tests/sim/network_policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace podreach::sim {

using nlohmann::json;

namespace {

const json& Member(const json& object, const char* key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

bool Lists(const json& list, const char* word) {
  return list.is_array() && std::find(list.begin(), list.end(), json(word)) != list.end();
}

}  // namespace

bool Allowance::Has(Protocol protocol, std::uint16_t port) const {
  if (all) return true;
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return range.protocol == protocol && range.first <= port && port <= range.last;
  });
}

PolicySet::Block PolicySet::ParseBlock(const std::string& text) {
  const std::size_t slash = text.find('/');
  return {IpAddress::Parse(text.substr(0, slash)).value_or(IpAddress()),
          slash == std::string::npos ? 128 : std::stoi(text.substr(slash + 1))};
}

/// Compared bit by bit, so that it is seen to be right.
bool PolicySet::Covers(const Block& block, const IpAddress& address) {
  const auto net = block.network.bytes();
  const auto own = address.bytes();
  if (net.size() != own.size()) return false;
  for (int bit = 0; bit < block.length; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int shift = 7 - bit % 8;
    if ((net[byte] >> shift & 1) != (own[byte] >> shift & 1)) return false;
  }
  return true;
}

PolicySet::Peer PolicySet::ParsePeer(const json& peer) const {
  Peer parsed;
  if (const json& pods = Member(peer, "podSelector"); pods.is_object())
    parsed.pods = Selector::Parse(pods, texts_);
  if (const json& namespaces = Member(peer, "namespaceSelector"); namespaces.is_object())
    parsed.namespaces = Selector::Parse(namespaces, texts_);
  if (const json& block = Member(peer, "ipBlock"); block.is_object()) {
    parsed.block = ParseBlock(block.at("cidr").get<std::string>());
    for (const json& except : block.value("except", json::array()))
      parsed.except.push_back(ParseBlock(except.get<std::string>()));
  }
  return parsed;
}

PolicySet::PortRule PolicySet::ParsePort(const json& port) const {
  PortRule parsed;
  // "If not specified, this field defaults to TCP" (NetworkPolicyPort.protocol).
  parsed.protocol = ParseProtocol(port.value("protocol", "TCP")).value_or(Protocol::kTcp);
  const json& value = Member(port, "port");
  if (value.is_number()) {
    parsed.kind = PortRule::Kind::kNumber;
    parsed.first = value.get<std::uint16_t>();
    parsed.last = port.value("endPort", parsed.first);
  } else if (value.is_string()) {
    parsed.kind = PortRule::Kind::kName;
    parsed.name = texts_.Add(value.get<std::string>());
  }
  return parsed;
}

std::vector<PolicySet::Rule> PolicySet::ParseRules(const json& spec, const char* direction,
                                                   const char* peers) const {
  std::vector<Rule> rules;
  const json& list = Member(spec, direction);
  if (!list.is_array()) return rules;
  for (const json& entry : list) {
    Rule rule;
    if (const json& from = Member(entry, peers); from.is_array())
      for (const json& peer : from) rule.peers.push_back(ParsePeer(peer));
    if (const json& ports = Member(entry, "ports"); ports.is_array())
      for (const json& port : ports) rule.ports.push_back(ParsePort(port));
    rules.push_back(std::move(rule));
  }
  return rules;
}

void PolicySet::Add(const json& policy) {
  const json& spec = policy.at("spec");
  Policy parsed;
  parsed.name = policy.at("metadata").at("name").get<std::string>();
  parsed.subjects = Selector::Parse(spec.value("podSelector", json::object()), texts_);
  parsed.in = ParseRules(spec, "ingress", "from");
  parsed.out = ParseRules(spec, "egress", "to");
  // "If this field is not specified, it will default based on the existence of ingress or egress
  // rules; policies that contain an egress section are assumed to affect egress, and all policies
  // (whether or not they contain an ingress section) are assumed to affect ingress."
  const json& types = Member(spec, "policyTypes");
  const bool typed = types.is_array() && !types.empty();
  parsed.ingress = !typed || Lists(types, "Ingress");
  parsed.egress = typed ? Lists(types, "Egress") : !parsed.out.empty();
  const std::uint32_t ns = texts_.Add(policy.at("metadata").at("namespace").get<std::string>());
  const std::string name = parsed.name;
  policies_[ns].insert_or_assign(name, std::move(parsed));
  selected_.clear();
}

void PolicySet::Remove(const std::string& ns, const std::string& name) {
  const auto found = policies_.find(texts_.Add(ns));
  if (found == policies_.end() || found->second.erase(name) == 0) return;
  selected_.clear();
}

const PolicySet::Selected& PolicySet::SelectedBy(const End& subject) const {
  const auto [memo, added] = selected_.try_emplace({subject.ns, subject.labels});
  if (!added) return memo->second;
  const auto of_namespace = policies_.find(subject.ns);
  if (of_namespace == policies_.end()) return memo->second;
  for (const auto& [name, policy] : of_namespace->second) {
    if (policy.subjects.Matches(labels_.At(subject.labels)))
      memo->second.policies.push_back(&policy);
  }
  return memo->second;
}

bool PolicySet::PeerIs(const Peer& peer, std::uint32_t policy_ns, const End& other,
                       bool& by_address) const {
  if (peer.block) {
    by_address = true;
    return Covers(*peer.block, other.address) &&
           std::none_of(peer.except.begin(), peer.except.end(),
                        [&](const Block& block) { return Covers(block, other.address); });
  }
  // Selectors select pods; what is on its node's network isn't told from the node.
  if (other.kind != End::Kind::kPod) return false;
  if (peer.pods && !peer.pods->Matches(labels_.At(other.labels))) return false;
  if (!peer.namespaces) return other.ns == policy_ns;
  const auto ns = namespaces_.find(other.ns);
  return ns != namespaces_.end() && peer.namespaces->Matches(labels_.At(ns->second));
}

/// Adds what a rule's ports let through; `named` is the pod whose declared ports have the names,
/// null where there is none. True where everything passes.
bool PolicySet::AddPorts(const Rule& rule, const End* named, Allowance& allowance) {
  if (rule.ports.empty()) return true;
  for (const PortRule& port : rule.ports) {
    switch (port.kind) {
      case PortRule::Kind::kAny:
        allowance.ranges.push_back({port.protocol, 1, 65535});
        break;
      case PortRule::Kind::kNumber:
        allowance.ranges.push_back({port.protocol, port.first, port.last});
        break;
      case PortRule::Kind::kName:
        if (named == nullptr) break;
        for (const DeclaredPort& declared : named->ports) {
          if (declared.name == port.name && declared.protocol == port.protocol)
            allowance.ranges.push_back({port.protocol, declared.port, declared.port});
        }
        break;
    }
  }
  return false;
}

Allowance PolicySet::Side(bool ingress, const End& subject, const End& other,
                          const End& destination) const {
  Allowance allowance;
  if (subject.kind != End::Kind::kPod) return allowance;
  const End* pod = destination.kind == End::Kind::kPod ? &destination : nullptr;
  for (const Policy* policy : SelectedBy(subject).policies) {
    if (!(ingress ? policy->ingress : policy->egress)) continue;
    allowance.all = false;
    for (const Rule& rule : ingress ? policy->in : policy->out) {
      bool all = rule.peers.empty() && AddPorts(rule, pod, allowance);
      for (const Peer& peer : rule.peers) {
        if (!PeerIs(peer, subject.ns, other, allowance.by_address)) continue;
        // An egress ipBlock is a range of addresses: nothing there has named ports.
        const bool nameless = !ingress && peer.block.has_value();
        if (AddPorts(rule, nameless ? nullptr : pod, allowance)) all = true;
      }
      if (all) return {true, {}, allowance.by_address};
    }
  }
  return allowance;
}

Allowance PolicySet::Egress(const End& source, const End& destination) const {
  return Side(false, source, destination, destination);
}

Allowance PolicySet::Ingress(const End& source, const End& destination) const {
  if (source.kind == End::Kind::kNode && source.node != kAbsent && source.node == destination.node)
    return {};
  return Side(true, destination, source, destination);
}

}  // namespace podreach::sim
