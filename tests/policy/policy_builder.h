#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "podreach/policy/evaluator.h"
#include "tests/oracle/network_policy.h"

/// Policies, a small cluster and connections in a line each, for tables of cases.
namespace podreach::testing_policy {

using oracle::Documents;
using oracle::NetworkPolicy;
using oracle::NetworkPolicyPeer;
using oracle::NetworkPolicyPort;
using oracle::NetworkPolicyRule;

inline std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

/// "app=web,tier in a|b,tier notin a|b,debug,!debug"; "" is the empty selector.
inline LabelSelector Select(const std::string& text) {
  using Operator = LabelRequirement::Operator;
  LabelSelector selector;
  for (const auto& part : Split(text, ',')) {
    const auto listed = [&](const std::string& word, Operator op) {
      const auto at = part.find(word);
      if (at == std::string::npos) return false;
      selector.requirements.push_back(
          {part.substr(0, at), op, Split(part.substr(at + word.size()), '|')});
      return true;
    };
    if (listed(" notin ", Operator::kNotIn) || listed(" in ", Operator::kIn) ||
        listed("=", Operator::kIn)) {
      continue;
    }
    if (part[0] == '!') {
      selector.requirements.push_back({part.substr(1), Operator::kDoesNotExist, {}});
    } else {
      selector.requirements.push_back({part, Operator::kExists, {}});
    }
  }
  return selector;
}

inline Labels LabelsOf(const std::string& text) {
  Labels labels;
  for (const auto& part : Split(text, ',')) {
    const auto equals = part.find('=');
    labels[part.substr(0, equals)] = part.substr(equals + 1);
  }
  return labels;
}

inline NetworkPolicyPeer Pods(const std::string& pods) { return {Select(pods), {}, {}}; }
inline NetworkPolicyPeer Spaces(const std::string& namespaces) {
  return {{}, Select(namespaces), {}};
}
inline NetworkPolicyPeer Both(const std::string& namespaces, const std::string& pods) {
  return {Select(pods), Select(namespaces), {}};
}
inline NetworkPolicyPeer Block(const char* cidr, std::initializer_list<const char*> except = {}) {
  IpBlock block{*Cidr::Parse(cidr), {}};
  for (const auto* part : except) block.except.push_back(*Cidr::Parse(part));
  return {{}, {}, std::move(block)};
}

/// "TCP 80", "TCP 80-90", "UDP dns", "SCTP".
inline NetworkPolicyPort ToPort(const std::string& text) {
  const auto words = Split(text, ' ');
  NetworkPolicyPort port{*ParseProtocol(words.at(0)), {}, {}};
  if (words.size() == 1) return port;
  const auto ends = Split(words[1], '-');
  const auto first = Port::Parse(ends[0]);
  if (first) {
    port.port = *first;
  } else {
    port.port = ends[0];
  }
  if (ends.size() == 2) port.end_port = Port::Parse(ends[1]);
  return port;
}

using Peers = std::vector<NetworkPolicyPeer>;
using PortTexts = std::vector<std::string>;

inline NetworkPolicyRule ToRule(Peers peers, const PortTexts& ports) {
  NetworkPolicyRule rule{std::move(peers), {}};
  for (const auto& port : ports) rule.ports.push_back(ToPort(port));
  return rule;
}

/// A NetworkPolicy, built up. Without In, Out or a Deny it would isolate nothing.
class Policy {
 public:
  explicit Policy(const std::string& name, const std::string& pods = "") {
    policy_.ns = Split(name, '/').at(0);
    policy_.name = Split(name, '/').at(1);
    policy_.pod_selector = Select(pods);
    policy_.ingress_type = false;
  }
  Policy& DenyIn() {
    policy_.ingress_type = true;
    return *this;
  }
  Policy& DenyOut() {
    policy_.egress_type = true;
    return *this;
  }
  Policy& In(Peers peers = {}, const PortTexts& ports = {}) {
    policy_.ingress.push_back(ToRule(std::move(peers), ports));
    return DenyIn();
  }
  Policy& Out(Peers peers = {}, const PortTexts& ports = {}) {
    policy_.egress.push_back(ToRule(std::move(peers), ports));
    return DenyOut();
  }
  /// Something else stands at a place of the document: "/spec/egress".
  Policy& Damage(const std::string& pointer, nlohmann::json value) {
    policy_.damage.emplace_back(pointer, std::move(value));
    return *this;
  }
  operator NetworkPolicy() const { return policy_; }   // NOLINT(google-explicit-constructor)
  operator PolicyDocument() const { return policy_; }  // NOLINT(google-explicit-constructor)

 private:
  NetworkPolicy policy_;
};

inline ContainerPort Named(const std::string& text) {
  const auto words = Split(text, ' ');  // "http TCP 80"
  return {words.at(0), *ParseProtocol(words.at(1)), *Port::Parse(words.at(2)), std::nullopt};
}

inline Pod MakePod(const std::string& name, const std::string& labels, const std::string& node,
                   std::initializer_list<const char*> addresses,
                   std::initializer_list<const char*> ports = {}) {
  Pod pod;
  pod.ns = Split(name, '/').at(0);
  pod.name = Split(name, '/').at(1);
  pod.workload = {"Pod", pod.ns, pod.name};
  pod.labels = LabelsOf(labels);
  pod.node = node;
  pod.phase = PodPhase::kRunning;
  for (const auto* address : addresses) pod.ips.push_back(*IpAddress::Parse(address));
  for (const auto* port : ports) pod.ports.push_back(Named(port));
  return pod;
}

inline Namespace MakeNamespace(const std::string& name, const std::string& labels) {
  Namespace ns{name, "", LabelsOf(labels), false};
  ns.labels["kubernetes.io/metadata.name"] = name;
  return ns;
}

/// Two teams' namespaces and one without labels; a hostNetwork pod with the labels of a web pod on
/// n1; a terminated pod whose address the web pod has by now.
inline Snapshot Shop(const std::vector<NetworkPolicy>& policies) {
  Snapshot snapshot;
  snapshot.namespaces = {MakeNamespace("shop", "team=a"), MakeNamespace("bank", "team=b"),
                         MakeNamespace("lab", "")};
  snapshot.pods = {
      MakePod("shop/web", "app=web,tier=front", "n1", {"10.0.1.1", "fd00::1:1"}, {"http TCP 8080"}),
      MakePod("shop/db", "app=db", "n2", {"10.0.1.2", "fd00::1:2"},
              {"http TCP 80", "dns UDP 53", "sql TCP 5432", "twin TCP 9000", "twin TCP 9001"}),
      MakePod("shop/db2", "app=db", "n2", {"10.0.1.3"}, {"http TCP 81"}),
      MakePod("bank/api", "app=api", "n1", {"10.0.2.1"}),
      MakePod("bank/web", "app=web", "n2", {"10.0.2.2"}),
      MakePod("lab/any", "", "n2", {"10.0.3.1"}),
      MakePod("lab/host", "app=web", "n1", {"192.168.0.1"}, {"http TCP 80"}),
      MakePod("shop/done", "app=old", "n1", {"10.0.1.1"})};
  snapshot.pods[6].host_network = true;
  snapshot.pods[7].phase = PodPhase::kSucceeded;
  snapshot.policy_documents = Documents(policies);
  return snapshot;
}

/// "shop/web", "shop/web@fd00::1:1", "shop/web@?" for an address that isn't known, "node
/// n1@192.168.0.1", or an address outside.
inline PolicyPeer ToPeer(const Evaluator& evaluator, const std::string& text) {
  const auto parts = Split(text, '@');
  PolicyPeer peer;
  if (parts[0].rfind("node ", 0) == 0) {
    peer.is_node = true;
    peer.node = parts[0].substr(5);
  } else if (parts[0].find('/') == std::string::npos) {
    peer.address = IpAddress::Parse(parts[0]);
    return peer;
  } else {
    const auto& pods = evaluator.snapshot().pods;
    const auto pod = std::find_if(pods.begin(), pods.end(),
                                  [&](const Pod& p) { return p.ns + "/" + p.name == parts[0]; });
    peer.pod_class = evaluator.ClassOf(static_cast<std::size_t>(pod - pods.begin()));
    peer.node = pod->node;
    peer.address = pod->ips.at(0);
  }
  if (parts.size() == 2) peer.address = IpAddress::Parse(parts[1]);
  return peer;
}

/// "shop/web > shop/db TCP 80".
struct Connection {
  PolicyPeer source;
  PolicyPeer destination;
  Protocol protocol;
  Port port;
};

inline Connection ToConnection(const Evaluator& evaluator, const std::string& text) {
  const auto arrow = text.find(" > ");
  const auto last = text.rfind(' ');
  const auto before = text.rfind(' ', last - 1);
  return {ToPeer(evaluator, text.substr(0, arrow)),
          ToPeer(evaluator, text.substr(arrow + 3, before - arrow - 3)),
          *ParseProtocol(text.substr(before + 1, last - before - 1)),
          *Port::Parse(text.substr(last + 1))};
}

inline Judgement JudgeLine(const Evaluator& evaluator, const std::string& text) {
  const auto connection = ToConnection(evaluator, text);
  return evaluator.Judge(connection.source, connection.destination, connection.protocol,
                         connection.port);
}

/// "allow: shop/p spec.ingress[0]; shop/q"; policies and fields alone, without those that no policy
/// decided.
inline std::string Summary(const Judgement& judgement) {
  std::string text;
  for (const auto& rule : judgement.rules) {
    if (rule.policy.empty()) continue;
    text += (text.empty() ? "" : "; ") + rule.policy;
    if (!rule.field.empty()) text += " " + rule.field;
  }
  return std::string(ToString(judgement.expectation)) + (text.empty() ? "" : ": " + text);
}

inline Evaluator Over(const std::vector<NetworkPolicy>& policies, EnforcerProfile profile = {}) {
  return {std::make_shared<const Snapshot>(Shop(policies)), std::move(profile)};
}

}  // namespace podreach::testing_policy
