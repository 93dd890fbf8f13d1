#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collect/objects.h"

namespace podreach {
namespace {

NetworkPolicy PolicyOf(const std::string& spec) {
  const Snapshot snapshot = SnapshotOf(
      Object("networking.k8s.io/v1", "NetworkPolicy", spec.empty() ? "" : "\"spec\": " + spec));
  EXPECT_EQ(snapshot.network_policies.size(), 1U);
  EXPECT_EQ(GapText(snapshot), "");
  return snapshot.network_policies.at(0);
}

std::string Join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : "\n") + text;
  return joined;
}

std::string PeerText(const NetworkPolicyPeer& peer) {
  std::string text;
  if (peer.pod_selector) text += "pods " + peer.pod_selector->ToString() + " ";
  if (peer.namespace_selector) text += "namespaces " + peer.namespace_selector->ToString() + " ";
  if (peer.ip_block) {
    text += peer.ip_block->cidr.ToString();
    for (const Cidr& except : peer.ip_block->except) text += " but " + except.ToString();
  }
  return text;
}

std::string PortText(const NetworkPolicyPort& port) {
  std::string text(ToString(port.protocol));
  if (const auto* number = std::get_if<Port>(&port.port))
    text += " " + std::to_string(number->number());
  if (const auto* name = std::get_if<std::string>(&port.port)) text += " " + *name;
  if (port.end_port) text += "-" + std::to_string(port.end_port->number());
  return text;
}

TEST(ParsePolicyTest, PolicyTypesAreDefaulted) {
  const struct {
    std::string spec;
    bool ingress;
    bool egress;
  } cases[] = {
      {"", true, false},
      {"null", true, false},
      {R"({"podSelector": {}})", true, false},
      {R"({"podSelector": {}, "policyTypes": []})", true, false},
      {R"({"podSelector": {}, "policyTypes": null})", true, false},
      {R"({"podSelector": {}, "egress": []})", true, false},
      {R"({"podSelector": {}, "egress": [{}]})", true, true},
      {R"({"podSelector": {}, "policyTypes": ["Ingress"], "egress": [{}]})", true, false},
      {R"({"podSelector": {}, "policyTypes": ["Egress"]})", false, true},
      {R"({"podSelector": {}, "policyTypes": ["Egress", "Ingress"]})", true, true},
  };
  for (const auto& test : cases) {
    const NetworkPolicy policy = PolicyOf(test.spec);
    EXPECT_EQ(policy.ingress_type, test.ingress) << test.spec;
    EXPECT_EQ(policy.egress_type, test.egress) << test.spec;
    EXPECT_EQ(Join(policy.problems), "") << test.spec;
    EXPECT_TRUE(policy.pod_selector.empty()) << test.spec;
  }
}

TEST(ParsePolicyTest, NoRuleAnEmptyRuleAndEmptyPeersDiffer) {
  EXPECT_EQ(PolicyOf(R"({"ingress": []})").ingress.size(), 0U);
  EXPECT_EQ(PolicyOf(R"({"ingress": null})").ingress.size(), 0U);
  for (const char* rule : {"{}", R"({"from": []})", R"({"from": null, "ports": []})"}) {
    const NetworkPolicy policy = PolicyOf(R"({"ingress": [)" + std::string(rule) + "]}");
    ASSERT_EQ(policy.ingress.size(), 1U) << rule;
    EXPECT_TRUE(policy.ingress[0].peers.empty()) << rule;
    EXPECT_TRUE(policy.ingress[0].ports.empty()) << rule;
  }
}

TEST(ParsePolicyTest, Peers) {
  const struct {
    std::string peer;
    std::string text;
    std::string problems;  // after "spec.ingress[0].from[0]"
  } cases[] = {
      {R"({"podSelector": {}})", "pods <all> ", ""},
      {R"({"podSelector": {}, "namespaceSelector": null})", "pods <all> ", ""},
      {R"({"namespaceSelector": {}})", "namespaces <all> ", ""},
      {R"({"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}})",
       "pods a=b namespaces <all> ", ""},
      {R"({"podSelector": {"matchExpressions": [
           {"key": "t", "operator": "In", "values": ["a", "b"]},
           {"key": "d", "operator": "DoesNotExist"}]}})",
       "pods t in (a,b),!d ", ""},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}})",
       "10.0.0.0/8 but 10.1.0.0/16", ""},
      {R"({"ipBlock": {"cidr": "fd00::/8"}})", "fd00::/8", ""},
      {"{}", "", ": has neither podSelector nor namespaceSelector nor ipBlock"},
      {"7", "",
       ": is number, not an object\n"
       "spec.ingress[0].from[0]: has neither podSelector nor namespaceSelector nor ipBlock"},
      {R"({"ipBlock": {}})", "", ".ipBlock.cidr: is missing"},
      {R"({"ipBlock": {"cidr": "10.0.0"}})", "", ".ipBlock.cidr: not a CIDR: \"10.0.0\""},
      {R"({"ipBlock": {"cidr": 10}})", "", ".ipBlock.cidr: is number, not a text"},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16", "x"]}})", "10.0.0.0/8",
       ".ipBlock.except[0]: 11.0.0.0/16 is not inside of 10.0.0.0/8\n"
       "spec.ingress[0].from[0].ipBlock.except[1]: not a CIDR: \"x\""},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}})", "10.0.0.0/8",
       ".ipBlock.except[0]: 10.0.0.0/8 is not inside of 10.0.0.0/8"},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}})", "pods <all> 10.0.0.0/8",
       ": ipBlock excludes podSelector and namespaceSelector"},
      {R"({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Like"}]}})",
       "pods <all> ", ".podSelector.matchExpressions[0].operator: unknown operator: \"Like\""},
      {R"({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}})", "pods <all> ",
       ".podSelector.matchExpressions[0].values: In needs at least one value"},
      {R"({"podSelector": {"matchExpressions": [
           {"key": "a", "operator": "Exists", "values": ["b"]}]}})",
       "pods a ", ".podSelector.matchExpressions[0].values: Exists takes no values"},
      {R"({"podSelector": {"matchExpressions": [{"operator": "Exists"}]}})", "pods <all> ",
       ".podSelector.matchExpressions[0].key: is missing"},
      {R"({"podSelector": {"matchLabels": {"a": 1, "b": "c"}}})", "pods b=c ",
       ".podSelector.matchLabels.a: isn't a text"},
  };
  for (const auto& test : cases) {
    const NetworkPolicy policy = PolicyOf(R"({"ingress": [{"from": [)" + test.peer + "]}]}");
    ASSERT_EQ(policy.ingress.size(), 1U);
    ASSERT_EQ(policy.ingress[0].peers.size(), 1U);
    EXPECT_EQ(PeerText(policy.ingress[0].peers[0]), test.text) << test.peer;
    EXPECT_EQ(Join(policy.problems),
              test.problems.empty() ? "" : "spec.ingress[0].from[0]" + test.problems);
  }
}

TEST(ParsePolicyTest, Ports) {
  const struct {
    std::string port;
    std::string text;
    std::string problem;  // after "spec.egress[0].ports[0]."
  } cases[] = {
      {"{}", "TCP", ""},
      {R"({"protocol": "SCTP"})", "SCTP", ""},
      {R"({"port": 80})", "TCP 80", ""},
      {R"({"protocol": "UDP", "port": "dns"})", "UDP dns", ""},
      {R"({"port": 80, "endPort": 90})", "TCP 80-90", ""},
      {R"({"port": 80, "endPort": 80})", "TCP 80-80", ""},
      {R"({"port": 90, "endPort": 80})", "TCP 90", "endPort: is below port: 80 < 90"},
      {R"({"port": "web", "endPort": 80})", "TCP web", "endPort: can't go with a named port"},
      {R"({"endPort": 80})", "TCP", "endPort: needs a port"},
      {R"({"port": 0})", "", "port: not a port: 0"},
      {R"({"port": 65536})", "", "port: not a port: 65536"},
      {R"({"port": 18446744073709551615})", "", "port: is too large a number"},
      {R"({"port": 1.5})", "", "port: is number, not a whole number"},
      {R"({"port": "80"})", "", "port: not a port's name: \"80\""},
      {R"({"port": ""})", "", "port: not a port's name: \"\""},
      {R"({"port": "Web"})", "", "port: not a port's name: \"Web\""},
      {R"({"protocol": "tcp"})", "", "protocol: unknown protocol: \"tcp\""},
      {R"({"protocol": "ICMP\u001b[2J"})", "", "protocol: unknown protocol: \"ICMP [2J\""},
  };
  for (const auto& test : cases) {
    const NetworkPolicy policy = PolicyOf(R"({"egress": [{"ports": [)" + test.port + "]}]}");
    ASSERT_EQ(policy.egress.size(), 1U);
    const auto& ports = policy.egress[0].ports;
    EXPECT_EQ(ports.empty() ? "" : PortText(ports[0]), test.text) << test.port;
    EXPECT_EQ(Join(policy.problems),
              test.problem.empty() ? "" : "spec.egress[0].ports[0]." + test.problem);
  }
}

TEST(ParsePolicyTest, OtherProblems) {
  const struct {
    std::string spec;
    std::string problem;
  } cases[] = {
      {"7", "spec: is number, not an object"},
      {R"({"policyTypes": ["Ingres"]})", "spec.policyTypes[0]: unknown policy type: \"Ingres\""},
      {R"({"policyTypes": "Ingress"})", "spec.policyTypes: is string, not a list"},
      {R"({"ingress": {}})", "spec.ingress: is object, not a list"},
      {R"({"podSelector": []})", "spec.podSelector: is array, not an object"},
  };
  for (const auto& test : cases) EXPECT_EQ(Join(PolicyOf(test.spec).problems), test.problem);
}

TEST(ParsePolicyTest, ProblemsAreBounded) {
  std::string peers = "{}";
  for (int i = 0; i < 999; ++i) peers += ",{}";
  const NetworkPolicy policy = PolicyOf(R"({"ingress": [{"from": [)" + peers + "]}]}");
  EXPECT_EQ(policy.problems.size(), 21U);
  EXPECT_EQ(policy.problems.back(), "and 980 more");
}

}  // namespace
}  // namespace podreach
