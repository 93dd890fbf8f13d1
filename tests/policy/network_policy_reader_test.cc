// How documents of NetworkPolicies are read: what they mean, and what is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "podreach/collect/source.h"
#include "podreach/policy/policy_kinds.h"
#include "policy/dialect.h"

namespace podreach {
namespace {

using policy::PolicyRules;
using testing::ElementsAre;
using testing::IsEmpty;

/// The policy shop/x with this spec; none where it is empty.
PolicyRules PolicyOf(const std::string& spec) {
  ObjectParser parser(PolicyKinds());
  nlohmann::json object{{"apiVersion", "networking.k8s.io/v1"},
                        {"kind", "NetworkPolicy"},
                        {"metadata", {{"namespace", "shop"}, {"name", "x"}}}};
  if (!spec.empty()) object["spec"] = nlohmann::json::parse(spec);
  parser.Add(std::move(object));
  const Snapshot snapshot = std::move(parser).Finish();
  EXPECT_THAT(snapshot.gaps, IsEmpty());
  auto rules = policy::ReadPolicies(snapshot);
  EXPECT_EQ(rules.size(), 1U);
  return rules.at(0);
}

/// One a line.
std::string ProblemsOf(const PolicyRules& policy) {
  std::string joined;
  for (const Problem& problem : policy.problems)
    joined += (joined.empty() ? "" : "\n") + problem.ToString();
  EXPECT_EQ(policy.unread.empty(), joined.empty());
  return joined;
}

TEST(NetworkPolicyReaderTest, PolicyTypesAreDefaulted) {
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
    const PolicyRules policy = PolicyOf(test.spec);
    EXPECT_EQ(policy.ingress, test.ingress) << test.spec;
    EXPECT_EQ(policy.egress, test.egress) << test.spec;
    EXPECT_EQ(ProblemsOf(policy), "") << test.spec;
    EXPECT_THAT(policy.subjects, ElementsAre(policy::PodsOf("shop"))) << test.spec;
    EXPECT_TRUE(policy.isolates) << test.spec;
  }
}

TEST(NetworkPolicyReaderTest, NoRuleAnEmptyRuleAndEmptyPeersDiffer) {
  EXPECT_THAT(PolicyOf(R"({"ingress": []})").ingress_rules, IsEmpty());
  EXPECT_THAT(PolicyOf(R"({"ingress": null})").ingress_rules, IsEmpty());
  for (const char* rule : {"{}", R"({"from": []})", R"({"from": null, "ports": []})"}) {
    const PolicyRules policy = PolicyOf(R"({"ingress": [)" + std::string(rule) + "]}");
    ASSERT_EQ(policy.ingress_rules.size(), 1U) << rule;
    EXPECT_EQ(policy.ingress_rules[0].peers.at(0).text, "everyone") << rule;
    EXPECT_EQ(policy.ingress_rules[0].ports.ToString(), "all ports") << rule;
  }
}

TEST(NetworkPolicyReaderTest, RulesOfADirectionThatPolicyTypesLeavesOutSayNothing) {
  const PolicyRules policy = PolicyOf(R"({"policyTypes": ["Egress"], "ingress": [{}]})");
  EXPECT_FALSE(policy.ingress);
  EXPECT_THAT(policy.ingress_rules, IsEmpty());
}

TEST(NetworkPolicyReaderTest, Peers) {
  const struct {
    std::string peer;
    std::string text;      // empty where the policy can't be evaluated
    std::string problems;  // after "spec.ingress[0].from[0]"
  } cases[] = {
      {R"({"podSelector": {}})", "all pods in shop", ""},
      {R"({"podSelector": {}, "namespaceSelector": null})", "all pods in shop", ""},
      {R"({"namespaceSelector": {}})", "all pods in all namespaces", ""},
      {R"({"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}})",
       "pods a=b in all namespaces", ""},
      {R"({"podSelector": {"matchExpressions": [
           {"key": "t", "operator": "In", "values": ["a", "b"]},
           {"key": "d", "operator": "DoesNotExist"}]}})",
       "pods t in (a,b),!d in shop", ""},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}})",
       "ipBlock 10.0.0.0/8 except 10.1.0.0/16", ""},
      {R"({"ipBlock": {"cidr": "fd00::/8"}})", "ipBlock fd00::/8", ""},
      {"{}", "", ": has neither podSelector nor namespaceSelector nor ipBlock"},
      {"7", "",
       ": is number, not an object\n"
       "spec.ingress[0].from[0]: has neither podSelector nor namespaceSelector nor ipBlock"},
      {R"({"ipBlock": {}})", "", ".ipBlock.cidr: is missing"},
      {R"({"ipBlock": {"cidr": "10.0.0"}})", "", ".ipBlock.cidr: not a CIDR: \"10.0.0\""},
      {R"({"ipBlock": {"cidr": 10}})", "", ".ipBlock.cidr: is number, not a text"},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16", "x"]}})", "",
       ".ipBlock.except[0]: 11.0.0.0/16 is not inside of 10.0.0.0/8\n"
       "spec.ingress[0].from[0].ipBlock.except[1]: not a CIDR: \"x\""},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}})", "",
       ".ipBlock.except[0]: 10.0.0.0/8 is not inside of 10.0.0.0/8"},
      {R"({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}})", "",
       ": ipBlock excludes podSelector and namespaceSelector"},
      {R"({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Like"}]}})", "",
       ".podSelector.matchExpressions[0].operator: unknown operator: \"Like\""},
      {R"({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}})", "",
       ".podSelector.matchExpressions[0].values: In needs at least one value"},
      {R"({"podSelector": {"matchExpressions": [
           {"key": "a", "operator": "Exists", "values": ["b"]}]}})",
       "", ".podSelector.matchExpressions[0].values: Exists takes no values"},
      {R"({"podSelector": {"matchExpressions": [{"operator": "Exists"}]}})", "",
       ".podSelector.matchExpressions[0].key: is missing"},
      {R"({"podSelector": {"matchLabels": {"a": 1, "b": "c"}}})", "",
       ".podSelector.matchLabels.a: isn't a text"},
  };
  for (const auto& test : cases) {
    const PolicyRules policy = PolicyOf(R"({"ingress": [{"from": [)" + test.peer + "]}]}");
    EXPECT_EQ(ProblemsOf(policy),
              test.problems.empty() ? "" : "spec.ingress[0].from[0]" + test.problems);
    EXPECT_TRUE(policy.ingress);
    EXPECT_FALSE(policy.egress);
    if (!test.problems.empty()) {
      EXPECT_THAT(policy.ingress_rules, IsEmpty()) << test.peer;
      continue;
    }
    ASSERT_EQ(policy.ingress_rules.at(0).peers.size(), 1U);
    EXPECT_EQ(policy.ingress_rules[0].peers[0].text, test.text) << test.peer;
  }
}

TEST(NetworkPolicyReaderTest, Ports) {
  const struct {
    std::string port;
    std::string text;
    std::string problem;  // after "spec.egress[0].ports[0]."
  } cases[] = {
      {"{}", "TCP all", ""},
      {R"({"protocol": "SCTP"})", "SCTP all", ""},
      {R"({"port": 80})", "TCP 80", ""},
      {R"({"protocol": "UDP", "port": "dns"})", "UDP dns", ""},
      {R"({"port": 80, "endPort": 90})", "TCP 80-90", ""},
      {R"({"port": 80, "endPort": 80})", "TCP 80", ""},
      {R"({"port": 90, "endPort": 80})", "", "endPort: is below port: 80 < 90"},
      {R"({"port": "web", "endPort": 80})", "", "endPort: can't go with a named port"},
      {R"({"endPort": 80})", "", "endPort: needs a port"},
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
    const PolicyRules policy = PolicyOf(R"({"egress": [{"ports": [)" + test.port + "]}]}");
    EXPECT_EQ(ProblemsOf(policy),
              test.problem.empty() ? "" : "spec.egress[0].ports[0]." + test.problem);
    EXPECT_TRUE(policy.egress);
    if (test.problem.empty()) {
      EXPECT_EQ(policy.egress_rules.at(0).ports.ToString(), test.text) << test.port;
    }
  }
}

/// What is malformed says which pods and which directions are unknown.
TEST(NetworkPolicyReaderTest, OtherProblems) {
  const struct {
    std::string spec;
    std::string problem;
    const char* about;
  } cases[] = {
      {"7", "spec: is number, not an object", "all pods, ingress, egress"},
      {R"({"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Ingres"]})",
       "spec.policyTypes[0]: unknown policy type: \"Ingres\"", "a=b, ingress, egress"},
      {R"({"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": "Ingress"})",
       "spec.policyTypes: is string, not a list", "a=b, ingress, egress"},
      {R"({"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Egress"], "ingress": {}})",
       "spec.ingress: is object, not a list", "a=b, ingress, egress"},
      {R"({"podSelector": {"matchLabels": {"a": "b"}}, "ingress": {}})",
       "spec.ingress: is object, not a list", "a=b, ingress"},
      {R"({"podSelector": {"matchLabels": {"a": "b"}}, "egress": 1})",
       "spec.egress: is number, not a list", "a=b, ingress, egress"},
      {R"({"podSelector": []})", "spec.podSelector: is array, not an object", "all pods, ingress"},
  };
  for (const auto& test : cases) {
    const PolicyRules policy = PolicyOf(test.spec);
    EXPECT_EQ(ProblemsOf(policy), test.problem);
    ASSERT_EQ(policy.subjects.size(), 1U);
    EXPECT_EQ(policy.subjects[0].ns, "shop");
    const auto& pods = policy.subjects[0].pods;
    EXPECT_EQ((pods.empty() ? "all pods" : pods.ToString()) +
                  std::string(policy.ingress ? ", ingress" : "") +
                  (policy.egress ? ", egress" : ""),
              test.about)
        << test.spec;
    EXPECT_FALSE(policy.may_deny);
  }
}

TEST(NetworkPolicyReaderTest, ProblemsAreBounded) {
  std::string peers = "{}";
  for (int i = 0; i < 999; ++i) peers += ",{}";
  const PolicyRules policy = PolicyOf(R"({"ingress": [{"from": [)" + peers + "]}]}");
  EXPECT_EQ(policy.problems.size(), 21U);
  EXPECT_EQ(policy.problems.back().ToString(), "and 980 more");
}

}  // namespace
}  // namespace podreach
