// Where the node vantages look before anything is asked, and whose turn it is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "podreach/net/service_catalog.h"
#include "tests/plan/plan_world.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Texts = std::set<std::string>;

/// The pods that are looked at, as "shop/web-0"; swept ones alone, or the others alone.
Texts Hosts(const Planned& planned, bool all_ports, const std::string& node = "") {
  Texts names;
  for (std::size_t v = 0; v < planned.discovery.hosts.size(); ++v) {
    if (!node.empty() && planned.plan.vantages[v].node != node) continue;
    for (const DiscoveryPlan::Host& host : planned.discovery.hosts[v]) {
      const Pod& pod = planned.evaluator.snapshot().pods[host.pod];
      EXPECT_EQ(planned.plan.vantages[v].kind, VantageKind::kNode);
      EXPECT_EQ(pod.node, planned.plan.vantages[v].node) << "its own node looks";
      EXPECT_EQ(host.address, pod.ips.front());
      EXPECT_EQ(host.all_ports, host.tcp == PortSet::All());
      if (host.all_ports == all_ports) names.insert(pod.ns + "/" + pod.name);
    }
  }
  return names;
}

/// Two nodes and a third that can't be used; web everywhere, db on n1, and a hostNetwork pod.
Cluster ThreeNodes() {
  Cluster cluster;
  cluster.Namespace("shop").Node("n1").Node("n2").Node("n3");
  cluster.Deployment("shop", "web", {"n1", "n2", "n3"}).Deployment("shop", "db", {"n1"}, {8123});
  cluster.Deployment("shop", "proxy", {"n1"});
  cluster.snapshot().pods.back().host_network = true;
  cluster.snapshot().nodes[2].ready = false;
  return cluster;
}

TEST(DiscoveryTest, EveryPodOfALargeClusterIsLookedAtByItsOwnNode) {
  const Planned planned(ThreeNodes().snapshot(), Options(Depth::kQuick));
  EXPECT_EQ(Hosts(planned, false, "n1"), (Texts{"shop/web-0", "shop/db-0"}));
  EXPECT_EQ(Hosts(planned, false, "n2"), (Texts{"shop/web-1"}));
  EXPECT_THAT(Hosts(planned, true), IsEmpty());
  for (const auto& hosts : planned.discovery.hosts)
    EXPECT_TRUE(std::ranges::is_sorted(hosts, {}, &DiscoveryPlan::Host::address));
}

TEST(DiscoveryTest, WhatIsDeclaredAndWhatTheCatalogueHasIsWorthALook) {
  PortSet catalogue;
  for (const CatalogPort& port : PortCatalog()) catalogue.Add(port.port);
  PortSet all = catalogue;
  all.Add(PortOf(8123));
  struct Case {
    bool sensitive_ports;
    std::optional<PortSet> ports;
    PortSet expected;
  };
  for (const Case& of : {Case{true, {}, all}, Case{false, {}, *PortSet::Parse("8123")},
                         Case{true, PortSet::Parse("22,443"), *PortSet::Parse("22,443")}}) {
    PlanOptions options = Options(Depth::kQuick);
    options.sensitive_ports = of.sensitive_ports;
    options.ports = of.ports;
    Cluster cluster = ThreeNodes();
    const Planned planned(cluster.snapshot(), options);
    bool found = false;
    for (const auto& hosts : planned.discovery.hosts) {
      for (const auto& host : hosts) {
        if (host.pod != cluster.Find("shop/db-0")) continue;
        found = true;
        EXPECT_EQ(host.tcp.ToString(), of.expected.ToString());
      }
    }
    EXPECT_TRUE(found);
  }
}

TEST(DiscoveryTest, WithoutNodeVantagesNobodyLooks) {
  PlanOptions options = Options(Depth::kFull);
  options.node_vantages = false;
  const Planned planned(ThreeNodes().snapshot(), options);
  EXPECT_THAT(Hosts(planned, true), IsEmpty());
  EXPECT_EQ(planned.discovery.swept_groups, 0U);
}

// What a small cluster listens at is asked anyway.
TEST(DiscoveryTest, ASmallClusterIsSweptAndNotLookedAt) {
  const Planned planned(ThreeNodes().snapshot(), Options(Depth::kStandard));
  ASSERT_TRUE(planned.plan.enumerated);
  EXPECT_THAT(Hosts(planned, false), IsEmpty());
  EXPECT_THAT(Hosts(planned, true), SizeIs(2));
}

TEST(DiscoveryTest, QuickSweepsNothingAndNeitherDoesWhoNamesPorts) {
  EXPECT_THAT(Hosts(Planned(ThreeNodes().snapshot(), Options(Depth::kQuick)), true), IsEmpty());
  for (const Depth depth : {Depth::kStandard, Depth::kFull}) {
    PlanOptions options = Options(depth);
    options.ports = *PortSet::Parse("22");
    EXPECT_THAT(Hosts(Planned(ThreeNodes().snapshot(), options), true), IsEmpty());
  }
}

// A pod that is swept isn't looked at besides.
TEST(DiscoveryTest, APodIsAHostOnce) {
  PlanOptions options = Options(Depth::kStandard);
  options.enumerate_below = 0;
  const Planned planned(ThreeNodes().snapshot(), options);
  const Texts swept = Hosts(planned, true);
  const Texts looked_at = Hosts(planned, false);
  EXPECT_EQ(swept.size() + looked_at.size(), 3U);
  for (const std::string& pod : swept) EXPECT_FALSE(looked_at.contains(pod)) << pod;
}

struct BudgetCase {
  std::size_t flows_per_node;
  std::size_t swept;  ///< of one node's six pods
};

class BudgetTest : public testing::TestWithParam<BudgetCase> {};

/// Pods of as many workloads, all on one node.
Cluster ManyWorkloads(int count, const std::string& node = "n1") {
  Cluster cluster;
  cluster.Namespace("shop").Node(node);
  for (int i = 0; i < count; ++i) cluster.Deployment("shop", "app" + std::to_string(i), {node});
  return cluster;
}

TEST_P(BudgetTest, ANodeSweepsAsManyPodsAsItsFlowsAllow) {
  PlanOptions options = Options(Depth::kStandard);
  options.flows_per_node = GetParam().flows_per_node;
  const Planned planned(ManyWorkloads(6).snapshot(), options);
  EXPECT_THAT(Hosts(planned, true), SizeIs(GetParam().swept));
  EXPECT_EQ(planned.discovery.swept_groups, GetParam().swept);
  EXPECT_EQ(planned.discovery.groups, 6U);
}

INSTANTIATE_TEST_SUITE_P(All, BudgetTest,
                         testing::Values(BudgetCase{0, 1},  // one at least, however long it takes
                                         BudgetCase{65'534, 1}, BudgetCase{65'536, 1},
                                         BudgetCase{131'069, 1}, BudgetCase{131'070, 2},
                                         BudgetCase{4 * 65'535, 4}, BudgetCase{1'000'000, 6}));

TEST(DiscoveryTest, TheBudgetIsEachNodes) {
  Cluster cluster;
  cluster.Namespace("shop").Node("n1").Node("n2");
  for (int i = 0; i < 6; ++i) {
    cluster.Deployment("shop", "a" + std::to_string(i), {"n1"});
    cluster.Deployment("shop", "b" + std::to_string(i), {"n2"});
  }
  PlanOptions options = Options(Depth::kStandard);
  options.flows_per_node = 2 * 65'535;
  const Planned planned(cluster.snapshot(), options);
  EXPECT_THAT(Hosts(planned, true, "n1"), SizeIs(2));
  EXPECT_THAT(Hosts(planned, true, "n2"), SizeIs(2));
}

TEST(DiscoveryTest, FullSweepsEveryGroup) {
  PlanOptions options = Options(Depth::kFull);
  options.flows_per_node = 1;
  Cluster cluster = ManyWorkloads(6);
  cluster.Node("n2").Deployment("shop", "web", {"n1", "n2", "n2"});
  const Planned planned(cluster.snapshot(), options);
  EXPECT_EQ(planned.discovery.swept_groups, 7U);
  EXPECT_EQ(planned.discovery.groups, 7U);
  Texts workloads;
  for (const std::string& pod : Hosts(planned, true))
    workloads.insert(pod.substr(0, pod.find('-')));
  EXPECT_EQ(workloads.size(), 7U);
  EXPECT_THAT(planned.discovery.next, IsEmpty());
}

TEST(DiscoveryTest, SaysWhoseTurnComesNext) {
  EXPECT_THAT(Planned(ManyWorkloads(3).snapshot(), Options(Depth::kStandard)).discovery.next,
              ElementsAre("shop/app1[Deployment]", "shop/app2[Deployment]"));
  EXPECT_THAT(Planned(ManyWorkloads(3).snapshot(), Options(Depth::kStandard, 1)).discovery.next,
              ElementsAre("shop/app2[Deployment]", "shop/app0[Deployment]"));
  EXPECT_THAT(Planned(ManyWorkloads(9).snapshot(), Options(Depth::kStandard)).discovery.next,
              SizeIs(5));
}

/// Pods by deployment, each with the nodes of its pods.
struct SweepCase {
  const char* shows;
  std::vector<std::vector<std::string>> deployments;
  std::size_t flows_per_node;
  Depth depth = Depth::kStandard;
};

class SweepRotationTest : public testing::TestWithParam<SweepCase> {};

// An undeclared listener in any one member is found in the end.
TEST_P(SweepRotationTest, ReachesEveryPod) {
  Cluster cluster;
  cluster.Namespace("shop").Node("n1").Node("n2");
  Texts pods;
  for (std::size_t d = 0; d < GetParam().deployments.size(); ++d)
    cluster.Deployment("shop", "app" + std::to_string(d), GetParam().deployments[d]);
  for (const Pod& pod : cluster.snapshot().pods) pods.insert(pod.ns + "/" + pod.name);
  PlanOptions options = Options(GetParam().depth);
  options.flows_per_node = GetParam().flows_per_node;
  Texts swept;
  for (options.rotation = 0; options.rotation < 4 * pods.size(); ++options.rotation) {
    const Texts now = Hosts(Planned(cluster.snapshot(), options), true);
    swept.insert(now.begin(), now.end());
  }
  EXPECT_EQ(swept, pods);
}

INSTANTIATE_TEST_SUITE_P(
    All, SweepRotationTest,
    testing::Values(
        SweepCase{"workloads_of_one_pod", {{"n1"}, {"n1"}, {"n1"}, {"n1"}, {"n1"}}, 65'535},
        SweepCase{"two_a_scan", {{"n1"}, {"n1"}, {"n1"}, {"n1"}, {"n1"}}, 2 * 65'535},
        SweepCase{"replicas_on_one_node", {{"n1", "n1"}, {"n1"}}, 65'535},
        SweepCase{"replicas_and_room_for_both", {{"n1", "n1"}}, 2 * 65'535},
        SweepCase{"replicas_and_room_for_all", {{"n1", "n1", "n1"}, {"n1"}}, 10 * 65'535},
        SweepCase{"a_replica_on_each_node", {{"n1", "n2"}}, 65'535},
        SweepCase{"replicas_across_nodes", {{"n1", "n2", "n2"}, {"n2", "n1"}, {"n2"}}, 65'535},
        SweepCase{"full", {{"n1", "n2", "n2"}, {"n2", "n1"}}, 65'535, Depth::kFull}),
    [](const auto& param_info) { return param_info.param.shows; });

// Later scans look at other workloads before they look at other members.
TEST(DiscoveryTest, FirstMembersHaveTheirTurnFirst) {
  Cluster cluster;
  cluster.Namespace("shop").Node("n1");
  cluster.Deployment("shop", "a", {"n1", "n1"}).Deployment("shop", "b", {"n1", "n1"});
  std::vector<std::string> order;
  for (std::uint64_t rotation = 0; rotation < 4; ++rotation) {
    for (const std::string& pod :
         Hosts(Planned(cluster.snapshot(), Options(Depth::kStandard, rotation)), true))
      order.push_back(pod);
  }
  EXPECT_THAT(order, ElementsAre("shop/a-0", "shop/b-0", "shop/a-1", "shop/b-1"));
}

}  // namespace
}  // namespace podreach
