#pragma once

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "tests/oracle/network_policy.h"

/// Small clusters at random: few names, few labels and few ports, so that policies and pods meet
/// often.
namespace podreach::oracle {

inline Port PortOf(int number) { return *Port::From(static_cast<std::uint16_t>(number)); }

class RandomCluster {
 public:
  explicit RandomCluster(std::uint64_t seed) : random_(seed) {}

  /// Uniform in 0 to n-1.
  int Below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool OneIn(int n) { return Below(n) == 0; }
  Protocol AnyProtocol() {
    return OneIn(2) ? Protocol::kTcp : OneIn(3) ? Protocol::kSctp : Protocol::kUdp;
  }
  Port AnyPort() {
    static constexpr int kPorts[] = {1, 79, 80, 81, 443, 4143, 8080, 8081, 65535};
    return PortOf(kPorts[Below(9)]);
  }
  IpAddress AnyAddress() {
    if (OneIn(5)) return *IpAddress::Parse("fd00::" + std::to_string(Below(8)));
    return *IpAddress::Parse("10.0." + std::to_string(Below(2)) + "." + std::to_string(Below(8)));
  }
  std::string AnyNode() { return OneIn(6) ? "" : "node" + std::to_string(Below(2)); }

  Snapshot Make() {
    Snapshot snapshot;
    const int namespaces = 1 + Below(3);
    for (int i = 0; i < namespaces; ++i) {
      Namespace ns{"ns" + std::to_string(i), "", AnyLabels(), false};
      ns.labels["kubernetes.io/metadata.name"] = ns.name;
      snapshot.namespaces.push_back(ns);
    }
    const int pods = 2 + Below(5);
    for (int i = 0; i < pods; ++i) snapshot.pods.push_back(MakePod(namespaces, i));
    const int policies = 1 + Below(6);
    policies_.clear();
    for (int i = 0; i < policies; ++i) policies_.push_back(MakePolicy(namespaces, i));
    snapshot.policy_documents = Documents(policies_);
    return snapshot;
  }
  /// Those of the cluster that was made last.
  [[nodiscard]] const std::vector<NetworkPolicy>& policies() const { return policies_; }

  NetworkPolicy MakePolicy(int namespaces, int index) {
    NetworkPolicy policy;
    policy.ns = "ns" + std::to_string(Below(namespaces));
    policy.name = "policy" + std::to_string(index);
    if (!OneIn(3)) policy.pod_selector = AnySelector();
    policy.egress_type = OneIn(2);
    policy.ingress_type = !policy.egress_type || OneIn(2);
    for (auto* rules : {&policy.ingress, &policy.egress}) {
      for (int i = Below(3); i > 0; --i) rules->push_back(MakeRule());
    }
    if (OneIn(25)) Spoil(policy);
    return policy;
  }

  NetworkPolicyRule MakeRule() {
    NetworkPolicyRule rule;
    for (int i = Below(3); i > 0; --i) rule.peers.push_back(MakePeer());
    for (int i = Below(3); i > 0; --i) rule.ports.push_back(MakePort());
    return rule;
  }

 private:
  Labels AnyLabels() {
    Labels labels;
    for (const char* key : {"app", "tier", "team"}) {
      if (OneIn(2)) labels[key] = std::string(1, static_cast<char>('a' + Below(3)));
    }
    return labels;
  }

  LabelSelector AnySelector() {
    static constexpr const char* kKeys[] = {"app", "tier", "team"};
    LabelSelector selector;
    for (int i = OneIn(4) ? 2 : Below(2) + (OneIn(3) ? 0 : 1); i > 0; --i) {
      LabelRequirement requirement;
      requirement.key = kKeys[Below(3)];
      requirement.op = static_cast<LabelRequirement::Operator>(OneIn(2) ? 0 : Below(4));
      const bool values = requirement.op == LabelRequirement::Operator::kIn ||
                          requirement.op == LabelRequirement::Operator::kNotIn;
      for (int v = values ? 1 + Below(2) : 0; v > 0; --v) {
        requirement.values.emplace_back(1, static_cast<char>('a' + Below(3)));
      }
      selector.requirements.push_back(std::move(requirement));
    }
    return selector;
  }

  Pod MakePod(int namespaces, int index) {
    Pod pod;
    pod.ns = "ns" + std::to_string(Below(namespaces));
    pod.name = "pod" + std::to_string(index);
    pod.labels = AnyLabels();
    pod.node = AnyNode();
    pod.host_network = OneIn(8);
    pod.phase = OneIn(12) ? PodPhase::kSucceeded : PodPhase::kRunning;
    pod.ips.push_back(FreshAddress());
    if (OneIn(4)) pod.ips.push_back(FreshAddress());
    for (int i = Below(4); i > 0; --i) {
      pod.ports.push_back({OneIn(4)   ? ""
                           : OneIn(2) ? "http"
                                      : "dns",
                           AnyProtocol(),
                           AnyPort(),
                           {}});
    }
    return pod;
  }

  NetworkPolicyPeer MakePeer() {
    NetworkPolicyPeer peer;
    if (OneIn(3)) {
      static constexpr const char* kBlocks[] = {"0.0.0.0/0",   "10.0.0.0/16", "10.0.0.0/29",
                                                "10.0.1.4/30", "10.0.0.3/32", "::/0",
                                                "fd00::/125"};
      peer.ip_block = IpBlock{*Cidr::Parse(kBlocks[Below(7)]), {}};
      for (int i = Below(3); i > 0; --i) {
        const Cidr except = OneIn(2) ? Cidr::Of(AnyAddress()) : *Cidr::Parse("10.0.0.0/30");
        const Cidr& cidr = peer.ip_block->cidr;
        // An except outside of its block is malformed: seldom.
        if ((cidr.Contains(except) && cidr != except) || OneIn(40)) {
          peer.ip_block->except.push_back(except);
        }
      }
      if (OneIn(60)) peer.pod_selector = AnySelector();
      return peer;
    }
    const int form = Below(3);
    if (form != 0) peer.pod_selector = OneIn(3) ? LabelSelector{} : AnySelector();
    if (form != 1) peer.namespace_selector = OneIn(3) ? LabelSelector{} : AnyNamespaceSelector();
    return peer;
  }

  LabelSelector AnyNamespaceSelector() {
    if (!OneIn(3)) return AnySelector();
    const auto name = "ns" + std::to_string(Below(3));
    return {{{"kubernetes.io/metadata.name", LabelRequirement::Operator::kIn, {name}}}};
  }

  NetworkPolicyPort MakePort() {
    NetworkPolicyPort port;
    port.protocol = AnyProtocol();
    const int form = Below(8);
    if (form == 0) return port;
    if (form < 3) {
      port.port = std::string(OneIn(2) ? "http" : "dns");
      if (OneIn(60)) port.end_port = PortOf(90);
      return port;
    }
    const auto first = AnyPort();
    port.port = first;
    if (OneIn(3)) port.end_port = AnyPort();
    // An endPort below its port is malformed: seldom.
    if (port.end_port && *port.end_port < first && !OneIn(20)) port.end_port = first;
    return port;
  }

  void Spoil(NetworkPolicy& policy) {
    const std::pair<const char*, nlohmann::json> damages[] = {
        {"/spec/ingress/-", nlohmann::json::parse(R"({"from": [{"ipBlock": {"cidr": "10.0"}}]})")},
        {"/spec/egress", "not a list"},
        {"/spec/podSelector/matchLabels", "not a map"},
        {"/spec/policyTypes", nlohmann::json::array({"Both"})},
        {"/spec", "not a map"}};
    policy.damage.emplace_back(damages[Below(5)]);
  }

  /// Live pods share no address.
  IpAddress FreshAddress() {
    for (;;) {
      const auto address = AnyAddress();
      if (taken_.insert(address).second) return address;
    }
  }

  std::mt19937_64 random_;
  std::set<IpAddress> taken_;
  std::vector<NetworkPolicy> policies_;
};

}  // namespace podreach::oracle
