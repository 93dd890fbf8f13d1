#include "podreach/plan/scan_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/oracle/network_policy.h"

namespace podreach {
namespace {

using oracle::NetworkPolicy;
using oracle::NetworkPolicyPort;
using testing::HasSubstr;

LabelSelector App(const std::string& value) {
  return {{{"app", LabelRequirement::Operator::kIn, {value}}}};
}

Pod MakePod(const std::string& ns, const std::string& name, const std::string& ip,
            std::uint16_t port) {
  Pod pod;
  pod.ns = ns;
  pod.name = name;
  pod.uid = "uid-" + name;
  pod.labels = {{"app", name}, {"pod-template-hash", "x"}};
  pod.workload = {"Deployment", ns, name};
  pod.phase = PodPhase::kRunning;
  pod.ips = {*IpAddress::Parse(ip)};
  pod.ports = {{"", Protocol::kTcp, *Port::From(port), std::nullopt}};
  return pod;
}

/// Namespace `bank` with pods api and db, and a policy that selects db.
Snapshot Bank(std::vector<oracle::NetworkPolicyRule> ingress = {}) {
  Snapshot snapshot;
  snapshot.namespaces = {{"bank", "n1", {{"kubernetes.io/metadata.name", "bank"}}, false}};
  snapshot.pods = {MakePod("bank", "api", "10.1.0.1", 8000),
                   MakePod("bank", "db", "10.1.0.2", 5432)};
  NetworkPolicy policy;
  policy.ns = "bank";
  policy.name = "db";
  policy.pod_selector = App("db");
  policy.ingress = std::move(ingress);
  snapshot.policy_documents = {policy};
  return snapshot;
}

ScanPlan Plan(const Snapshot& snapshot, PlanOptions options = {.scan_id = "s1"}) {
  Evaluator evaluator(std::make_shared<const Snapshot>(snapshot), {});
  return MakePlan(evaluator, options);
}

const Vantage* FindVantage(const ScanPlan& plan, VantageKind kind) {
  const auto found = std::find_if(plan.vantages.begin(), plan.vantages.end(),
                                  [&](const Vantage& v) { return v.kind == kind; });
  return found == plan.vantages.end() ? nullptr : &*found;
}

TEST(ScanPlanTest, BareStandsForUnselectedPodsAndATwinForTheOthers) {
  const ScanPlan plan = Plan(Bank());
  const Vantage* bare = FindVantage(plan, VantageKind::kBare);
  ASSERT_NE(bare, nullptr);
  ASSERT_EQ(bare->stands_for.size(), 1U);
  EXPECT_EQ(bare->stands_for[0].ToString(), "bank/api[Deployment]");
  EXPECT_TRUE(bare->labels.empty());
  const Vantage* twin = FindVantage(plan, VantageKind::kTwin);
  ASSERT_NE(twin, nullptr);
  EXPECT_EQ(twin->labels, (Labels{{"app", "db"}}));  // the smallest set: no pod-template-hash
  EXPECT_TRUE(plan.not_covered.empty());
}

struct Refusal {
  const char* shows;
  void (*add)(Snapshot&);
  const char* reason;
};

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, TwinIsRefusedAndReported) {
  Snapshot snapshot = Bank();
  GetParam().add(snapshot);
  const ScanPlan plan = Plan(snapshot);
  EXPECT_EQ(FindVantage(plan, VantageKind::kTwin), nullptr);
  EXPECT_NE(FindVantage(plan, VantageKind::kBare), nullptr);
  ASSERT_EQ(plan.not_covered.size(), 1U);
  EXPECT_EQ(plan.not_covered[0].what, "bank/db[Deployment]");
  EXPECT_THAT(plan.not_covered[0].reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    testing::Values(Refusal{"budget",
                            [](Snapshot& s) {
                              s.disruption_budgets = {{"bank", "keep-db", App("db")}};
                            },
                            "PodDisruptionBudget bank/keep-db"},
                    Refusal{"publish_not_ready",
                            [](Snapshot& s) {
                              Service service;
                              service.ns = "bank";
                              service.name = "peers";
                              service.selector = App("db");
                              service.publish_not_ready = true;
                              s.services = {service};
                            },
                            "Service bank/peers has publishNotReadyAddresses"},
                    Refusal{"webhook",
                            [](Snapshot& s) {
                              s.pod_webhooks = {{"injector", "inject.example", {}, App("db")}};
                            },
                            "mutating webhook injector/inject.example"}),
    [](const auto& param_info) { return param_info.param.shows; });

TEST(ScanPlanTest, AWebhookForEveryPodLeavesTheNamespaceUncovered) {
  Snapshot snapshot = Bank();
  snapshot.pod_webhooks = {{"all", "all.example", {}, {}}};
  const ScanPlan plan = Plan(snapshot);
  EXPECT_EQ(FindVantage(plan, VantageKind::kBare), nullptr);
  ASSERT_EQ(plan.not_covered.size(), 3U);  // and both workloads
  EXPECT_EQ(plan.not_covered[0].what, "namespace bank");
}

TEST(ScanPlanTest, TargetsAreDeclaredAndCataloguePortsOnceEach) {
  Snapshot snapshot = Bank();
  snapshot.pods.push_back(MakePod("bank", "gone", "10.1.0.2", 9));
  snapshot.pods.back().phase = PodPhase::kSucceeded;
  const ScanPlan plan = Plan(snapshot);
  std::set<Endpoint> seen;
  for (const Target& target : plan.targets) {
    if (target.probe) continue;
    EXPECT_TRUE(seen.insert(target.endpoint).second) << target.endpoint.ToString();
  }
  const auto has = [&](const char* ip, std::uint16_t port) {
    return seen.contains({*IpAddress::Parse(ip), Protocol::kTcp, *Port::From(port)});
  };
  EXPECT_TRUE(has("10.1.0.1", 8000));
  EXPECT_TRUE(has("10.1.0.1", 6379));
  EXPECT_TRUE(has("169.254.169.254", 80));
  EXPECT_FALSE(has("10.1.0.2", 9));  // a terminated pod's address belongs to another pod by now
}

TEST(ScanPlanTest, ATwinListensWhereItsPoliciesSay) {
  NetworkPolicyPort range;
  range.port = *Port::From(9000);
  range.end_port = Port::From(9010);
  const ScanPlan plan = Plan(Bank({{{}, {range}}}));
  const Vantage* twin = FindVantage(plan, VantageKind::kTwin);
  ASSERT_NE(twin, nullptr);
  EXPECT_TRUE(twin->listen_tcp.Contains(*Port::From(9000)));
  EXPECT_TRUE(twin->listen_tcp.Contains(*Port::From(9010)));
}

TEST(ScanPlanTest, ATwinListensWherePoliciesOfEveryDialectSay) {
  const struct {
    const char* group;
    const char* kind;
    const char* ns;
    const char* spec;
  } cases[] = {
      {"cilium.io", "CiliumNetworkPolicy", "bank",
       R"({"endpointSelector": {"matchLabels": {"app": "db"}},
           "ingress": [{"fromEntities": ["world"], "toPorts": [{"ports": [{"port": "9000", "endPort": 9010}]}]}]})"},
      {"crd.projectcalico.org", "NetworkPolicy", "bank",
       R"({"selector": "app == 'db'",
           "ingress": [{"action": "Allow", "protocol": "TCP", "destination": {"ports": ["9000:9010"]}}]})"},
      {"policy.networking.k8s.io", "AdminNetworkPolicy", "",
       R"({"priority": 1, "subject": {"pods": {"podSelector": {"matchLabels": {"app": "db"}}}},
           "ingress": [{"action": "Deny", "from": [{"namespaces": {}}],
                        "ports": [{"portRange": {"start": 9000, "end": 9010}}]}]})"},
  };
  for (const auto& one : cases) {
    Snapshot snapshot = Bank();
    const nlohmann::json object{{"spec", nlohmann::json::parse(one.spec)}};
    snapshot.policy_documents = {{one.group, "v1", one.kind, one.ns, "p", PackedJson(object), {}}};
    const ScanPlan plan = Plan(snapshot);
    const Vantage* twin = FindVantage(plan, VantageKind::kTwin);
    ASSERT_NE(twin, nullptr) << one.kind;
    EXPECT_TRUE(twin->listen_tcp.Contains(*Port::From(9000))) << one.kind;
    EXPECT_TRUE(twin->listen_tcp.Contains(*Port::From(9010))) << one.kind;
    EXPECT_FALSE(twin->listen_tcp.Contains(*Port::From(9005))) << one.kind;
  }
}

}  // namespace
}  // namespace podreach
