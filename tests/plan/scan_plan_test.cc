#include "podreach/plan/scan_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/plan/plan_world.h"
#include "tests/reach/words.h"

namespace podreach {
namespace {

using oracle::NetworkPolicy;
using oracle::NetworkPolicyPort;
using testing::HasSubstr;

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

ScanPlan Plan(const Snapshot& snapshot, const PlanOptions& options = {.scan_id = "s1"}) {
  Evaluator evaluator(std::make_shared<const Snapshot>(snapshot), {});
  ScanPlan plan = PlanVantages(evaluator, options);
  PlanTargets(evaluator, options, {}, plan);
  return plan;
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
  EXPECT_EQ(plan.not_covered[0].why, NotCovered::Why::kNoticed);
  EXPECT_EQ(plan.twins_missing, 1U);
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
    const Endpoint endpoint = EndpointOf(plan.places[Index(target.place)], target);
    EXPECT_TRUE(seen.insert(endpoint).second) << endpoint.ToString();
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

/// What can't be probed is said, with a code for why.
TEST(ScanPlanTest, NamespacesAndNodesThatTakeNoProbeAreReported) {
  Cluster cluster;
  cluster.Namespace("shop").Namespace("old").Namespace("podreach").Namespace("out");
  cluster.Node("n1").Node("n2").Node("n3").Node("n4");
  Snapshot& snapshot = cluster.snapshot();
  snapshot.namespaces[1].terminating = true;
  snapshot.nodes[1].ready = false;
  snapshot.nodes[2].unschedulable = true;
  PlanOptions options{.scan_id = "s1"};
  options.exclude_namespaces = {"out"};
  const ScanPlan plan = Plan(snapshot, options);
  const std::vector<NotCovered> expected = {
      {"namespace old", "it is being deleted", NotCovered::Why::kTerminating},
      {"namespace podreach", "it is podreach's own", NotCovered::Why::kOwn},
      {"namespace out", "excluded by --exclude-namespaces", NotCovered::Why::kExcluded},
      {"n2", "not Ready", NotCovered::Why::kNode},
      {"n3", "cordoned", NotCovered::Why::kNode}};
  EXPECT_EQ(plan.not_covered, expected);
  std::vector<std::string> names;
  for (const Vantage& vantage : plan.vantages) names.push_back(vantage.name);
  EXPECT_THAT(names, testing::ElementsAre("shop (bare)", "n1 (node)", "n4 (node)", "canary source",
                                          "canary target"));
}

TEST(ScanPlanTest, VantagesAreNumberedInTheirOrder) {
  const ScanPlan plan = Plan(Bank());
  for (std::size_t i = 0; i < plan.vantages.size(); ++i) {
    EXPECT_EQ(Index(plan.vantages[i].id), i);
    EXPECT_EQ(plan.vantages[i].pod_name, "podreach-s1-" + std::to_string(i));
  }
  EXPECT_EQ(plan.asks.size(), plan.vantages.size());
}

TEST(ScanPlanTest, ATwinRunsWhereMostOfItsPodsRun) {
  Cluster cluster;
  cluster.Namespace("shop").Node("n1").Node("n2");
  cluster.Deployment("shop", "web", {"n1", "n2", "n2"}).Isolate("shop", "web");
  const ScanPlan plan = Plan(cluster.snapshot());
  ASSERT_NE(FindVantage(plan, VantageKind::kTwin), nullptr);
  EXPECT_EQ(FindVantage(plan, VantageKind::kTwin)->prefer_node, "n2");
}

// A place's targets stand together, and asks go by address, then TCP before UDP, then port.
TEST(ScanPlanTest, PlacesTargetsAndAsksAreInOrder) {
  Snapshot snapshot = Bank();
  snapshot.pods[0].ips.push_back(*IpAddress::Parse("fd00::1"));
  snapshot.pods[0].ports.push_back({"dns", Protocol::kUdp, PortOf(53), std::nullopt});
  for (const Depth depth : {Depth::kQuick, Depth::kFull}) {
    const ScanPlan plan = Plan(snapshot, Options(depth));
    ASSERT_EQ(plan.pod_of_place.size(), plan.places.size());
    EXPECT_TRUE(std::ranges::is_sorted(plan.targets, {}, &Target::place));
    for (const TargetList& ask : plan.asks) {
      if (ask == nullptr) continue;
      EXPECT_TRUE(std::ranges::is_sorted(
          *ask, {}, [&](TargetId id) { return EndpointOf(plan.place(id), plan.target(id)); }));
      EXPECT_EQ(std::set<TargetId>(ask->begin(), ask->end()).size(), ask->size());
    }
  }
}

TEST(DepthTest, EveryDepthHasItsWord) {
  ExpectWords<Depth>(
      {{Depth::kQuick, "quick"}, {Depth::kStandard, "standard"}, {Depth::kFull, "full"}},
      ParseDepth);
}

struct DepthCase {
  Depth depth;
  std::size_t enumerate_below;
  bool enumerated;
};

// `standard` asks every pod of a small cluster; `full` always does, `quick` never.
TEST(DepthTest, SaysWhetherEveryPodIsAsked) {
  for (const DepthCase& of :
       {DepthCase{Depth::kQuick, 1'000'000, false}, DepthCase{Depth::kStandard, 1'000'000, true},
        DepthCase{Depth::kStandard, 1, false}, DepthCase{Depth::kFull, 1, true}}) {
    PlanOptions options = Options(of.depth);
    options.enumerate_below = of.enumerate_below;
    EXPECT_EQ(Plan(Bank(), options).enumerated, of.enumerated)
        << ToString(of.depth) << " " << of.enumerate_below;
  }
}

// Cells are counted by pods, their addresses and the ports that would be asked of each.
TEST(DepthTest, StandardEnumeratesUpToItsLimitOfCells) {
  PlanOptions options = Options(Depth::kStandard);
  options.ports = *PortSet::Parse("1-10");
  const auto cells = std::size_t{2} * 10 * 2;  // two pods, ten ports; a bare vantage and a twin
  options.enumerate_below = cells;
  EXPECT_TRUE(Plan(Bank(), options).enumerated);
  options.enumerate_below = cells - 1;
  EXPECT_FALSE(Plan(Bank(), options).enumerated);
  Snapshot dual = Bank();
  dual.pods[0].ips.push_back(*IpAddress::Parse("fd00::1"));
  options.enumerate_below = cells;
  EXPECT_FALSE(Plan(dual, options).enumerated);
}

}  // namespace
}  // namespace podreach
