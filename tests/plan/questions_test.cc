// What a large cluster is asked: one question for each pair of policy classes, and what is worth
// more.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/plan_world.h"

namespace podreach {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using Texts = std::set<std::string>;

/// A namespace whose pods have a class, and another from which a twin asks.
Cluster TwoNamespaces() {
  Cluster cluster;
  cluster.Namespace("shop").Namespace("bank").Node("n1");
  cluster.Deployment("bank", "api", {"n1"}, {8080}).Isolate("bank", "api");
  return cluster;
}

Texts Of(const Texts& cells, const std::string& prefix) {
  Texts some;
  for (const std::string& cell : cells) {
    if (cell.starts_with(prefix)) some.insert(cell);
  }
  return some;
}

TEST(QuestionsTest, OnePodOfAClassStandsForItAndEachHasItsTurn) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1", "n1", "n1"}).Deployment("shop", "cart", {"n1", "n1"});
  Texts all;
  for (std::uint64_t rotation = 0; rotation < 5; ++rotation) {
    const Planned planned(cluster.snapshot(), Options(Depth::kQuick, rotation));
    const Texts from_twin = planned.AskedPods(planned.Find(VantageKind::kTwin));
    ASSERT_EQ(Of(from_twin, "shop/").size(), 1U) << rotation;  // and bank's own
    EXPECT_EQ(Of(from_twin, "bank/"), Texts{"bank/api-0"});
    EXPECT_EQ(planned.AskedPods(planned.Find(VantageKind::kBare)), from_twin);
    all.merge(Of(from_twin, "shop/"));
  }
  EXPECT_EQ(all, (Texts{"shop/cart-0", "shop/cart-1", "shop/web-0", "shop/web-1", "shop/web-2"}));
}

TEST(QuestionsTest, AClassIsAskedAtTwoPortsThatListenAndAtOneThatDoesNot) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1"}, {80, 81, 82, 83});
  const Listening listening = {{cluster.Find("shop/web-0"), *PortSet::Parse("81-83")}};
  Texts all;
  for (std::uint64_t rotation = 0; rotation < 3; ++rotation) {
    const Planned planned(cluster.snapshot(), Options(Depth::kQuick, rotation), listening);
    Texts asked = Of(planned.Asked(planned.Find(VantageKind::kTwin)), "shop/");
    EXPECT_EQ(asked.size(), 3U) << rotation;
    EXPECT_EQ(asked.count("shop/web-0 1/TCP"), 1U) << rotation;
    all.merge(asked);
  }
  EXPECT_EQ(all, (Texts{"shop/web-0 1/TCP", "shop/web-0 81/TCP", "shop/web-0 82/TCP",
                        "shop/web-0 83/TCP"}));
}

TEST(QuestionsTest, WhereNobodyLookedTheDeclaredPortsAreTakenToListen) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1"}, {80, 81});
  cluster.snapshot().pods.back().ports.push_back({"", Protocol::kUdp, PortOf(53), std::nullopt});
  const Planned planned(cluster.snapshot(), Options(Depth::kQuick));
  EXPECT_THAT(Of(planned.Asked(planned.Find(VantageKind::kTwin)), "shop/"),
              ElementsAre("shop/web-0 1/TCP", "shop/web-0 53/UDP", "shop/web-0 80/TCP",
                          "shop/web-0 81/TCP"));
}

TEST(QuestionsTest, ThePortsOfTheUserAreAskedInsteadOfAllOthers) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1"}, {80, 6379});
  PlanOptions options = Options(Depth::kQuick);
  options.ports = *PortSet::Parse("22,443");
  const Planned planned(cluster.snapshot(), options);
  for (const VantageKind kind : {VantageKind::kTwin, VantageKind::kBare}) {
    EXPECT_THAT(Of(planned.Asked(planned.Find(kind)), "shop/"),
                ElementsAre("shop/web-0 22/TCP", "shop/web-0 443/TCP"));
  }
}

/// shop's class is asked at web, whatever the rotation: it has one pod that isn't redis's.
struct SensitiveCase {
  const char* shows;
  std::vector<std::uint16_t> declared;
  const char* listening;  ///< empty: nobody looked
  Texts from_bare;        ///< of the redis pod
};

class SensitiveTest : public testing::TestWithParam<SensitiveCase> {};

TEST_P(SensitiveTest, PortsThatListenAreAskedFromBareVantagesAlone) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "redis", {"n1"}, GetParam().declared);
  cluster.Deployment("shop", "web", {"n1"});
  Listening listening;
  if (*GetParam().listening != 0)
    listening = {{cluster.Find("shop/redis-0"), *PortSet::Parse(GetParam().listening)}};
  const Planned planned(cluster.snapshot(), Options(Depth::kQuick, 1), listening);
  const auto bare = planned.Asked(planned.Find(VantageKind::kBare, "bank"));
  EXPECT_EQ(Of(bare, "shop/redis"), GetParam().from_bare);
  EXPECT_EQ(bare, planned.Asked(planned.Find(VantageKind::kBare, "shop")));
  const auto twin = planned.Asked(planned.Find(VantageKind::kTwin));
  EXPECT_THAT(Of(twin, "shop/redis"), IsEmpty());
  EXPECT_THAT(Of(twin, "shop/web"), Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(
    All, SensitiveTest,
    testing::Values(
        SensitiveCase{"declared_and_nobody_looked", {6379, 80}, "", {"shop/redis-0 6379/TCP"}},
        SensitiveCase{"it_listens", {6379, 80}, "80,6379", {"shop/redis-0 6379/TCP"}},
        SensitiveCase{"declared_but_it_does_not_listen", {6379, 80}, "80", {}},
        SensitiveCase{"undeclared", {80}, "80,6379", {"shop/redis-0 6379/TCP"}},
        SensitiveCase{"undeclared_and_not_sensitive", {80}, "80,31337", {"shop/redis-0 31337/TCP"}},
        SensitiveCase{"nothing_of_that", {80}, "80", {}}),
    [](const auto& param_info) { return param_info.param.shows; });

TEST(QuestionsTest, SensitivePortsMayBeLeftOut) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "redis", {"n1"}, {6379}).Deployment("shop", "web", {"n1"});
  PlanOptions options = Options(Depth::kQuick, 1);
  options.sensitive_ports = false;
  const Planned planned(cluster.snapshot(), options);
  EXPECT_THAT(Of(planned.Asked(planned.Find(VantageKind::kBare)), "shop/redis"), IsEmpty());
}

TEST(QuestionsTest, MembersWhoseListenersDifferAreAskedApart) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1", "n1", "n1", "n1"}, {6379});
  cluster.Deployment("shop", "aaa", {"n1"});
  const auto set = [](const char* text) { return *PortSet::Parse(text); };
  const Listening listening = {{cluster.Find("shop/web-0"), set("6379")},
                               {cluster.Find("shop/web-1"), set("6379,31337")},
                               {cluster.Find("shop/web-2"), set("6379")},
                               {cluster.Find("shop/web-3"), set("80")}};
  Texts alike;
  for (std::uint64_t rotation = 0; rotation < 10; rotation += 5) {  // it is aaa's turn
    const Planned planned(cluster.snapshot(), Options(Depth::kQuick, rotation), listening);
    Texts asked = Of(planned.Asked(planned.Find(VantageKind::kBare)), "shop/web");
    EXPECT_THAT(asked, Contains("shop/web-1 6379/TCP"));
    EXPECT_THAT(asked, Contains("shop/web-1 31337/TCP"));
    EXPECT_THAT(asked, Contains("shop/web-3 80/TCP"));
    EXPECT_EQ(asked.size(), 4U) << "one of those that are alike";
    alike.merge(asked);
  }
  EXPECT_THAT(alike, Contains("shop/web-0 6379/TCP"));
  EXPECT_THAT(alike, Contains("shop/web-2 6379/TCP"));
}

/// What a target is called, in either sort of plan.
TEST(QuestionsTest, WhatListensAndIsNotDeclaredIsMarkedSo) {
  for (const Depth depth : {Depth::kQuick, Depth::kFull}) {
    Cluster cluster = TwoNamespaces();
    cluster.Deployment("shop", "web", {"n1"}, {80});
    cluster.snapshot().pods.back().ports.push_back(
        {"", Protocol::kUdp, PortOf(6379), std::nullopt});
    const Listening listening = {{cluster.Find("shop/web-0"), *PortSet::Parse("80,6379,31337")}};
    const Planned planned(cluster.snapshot(), Options(depth), listening);
    std::vector<std::string> marks;
    for (const Target& target : planned.plan.targets) {
      const Place& place = planned.plan.places[Index(target.place)];
      if (place.name == "shop/web-0" && (target.declared || target.undeclared)) {
        marks.push_back(PortText(target) + (target.declared ? " declared" : "") +
                        (target.undeclared ? " undeclared" : "") +
                        (target.sensitive ? " sensitive" : ""));
      }
    }
    EXPECT_THAT(marks, UnorderedElementsAre("80/TCP declared", "6379/TCP undeclared sensitive",
                                            "31337/TCP undeclared", "6379/UDP declared"))
        << ToString(depth);
  }
}

TEST(QuestionsTest, ASmallClusterIsAskedEverythingFromEverywhere) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1", "n1"}, {8123});
  const Planned planned(cluster.snapshot(), Options(Depth::kFull));
  const Texts asked = planned.Asked(planned.Find(VantageKind::kTwin));
  for (const char* cell : {"shop/web-0 8123/TCP", "shop/web-1 8123/TCP", "shop/web-0 6379/TCP",
                           "shop/web-1 10250/TCP", "bank/api-0 8080/TCP"})
    EXPECT_THAT(asked, Contains(cell));
  EXPECT_EQ(asked, planned.Asked(planned.Find(VantageKind::kBare)));
  EXPECT_EQ(asked, planned.Asked(planned.Find(VantageKind::kNode)));
}

TEST(QuestionsTest, EveryPodIsAMemberOfItsGroup) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1", "n1"}).Deployment("shop", "db", {"n1"}, {5432});
  cluster.snapshot().pods[2].ports = {{"", Protocol::kTcp, PortOf(81), std::nullopt}};
  const Planned planned(cluster.snapshot(), Options(Depth::kFull));
  std::vector<std::string> groups;
  for (const TargetGroup& group : planned.plan.groups)
    groups.push_back(group.workload + " " + std::to_string(group.pods.size()));
  // web's pods don't declare the same ports.
  EXPECT_THAT(groups, UnorderedElementsAre("bank/api[Deployment] 1", "shop/web[Deployment] 1",
                                           "shop/web[Deployment] 1", "shop/db[Deployment] 1"));
  for (std::size_t i = 0; i < planned.plan.places.size(); ++i) {
    const Place& place = planned.plan.places[i];
    if (place.kind != TargetKind::kPod) continue;
    ASSERT_TRUE(place.group);
    EXPECT_THAT(planned.plan.groups[Index(*place.group)].pods,
                Contains(*planned.plan.pod_of_place[i]));
  }
}

TEST(QuestionsTest, NodesShareTheTargetsOfALargeCluster) {
  Cluster cluster;
  cluster.Namespace("shop").Node("n1").Node("n2").Node("n3");
  for (int i = 0; i < 12; ++i) {
    const std::string app = "app" + std::to_string(i);
    cluster.Deployment("shop", app, {"n" + std::to_string(i % 3 + 1)}).Isolate("shop", app);
  }
  const Planned planned(cluster.snapshot(), Options(Depth::kQuick));
  const TargetList& of_bare = planned.plan.asks[Index(planned.Find(VantageKind::kBare)->id)];
  std::multiset<TargetId> shared;
  for (const Vantage& vantage : planned.plan.vantages) {
    if (vantage.kind != VantageKind::kNode) continue;
    const TargetList& share = planned.plan.asks[Index(vantage.id)];
    shared.insert(share->begin(), share->end());
    for (const TargetId id : *share) {
      const Place& place = planned.plan.place(id);
      EXPECT_TRUE(place.kind != TargetKind::kPod || place.node == vantage.node) << place.name;
    }
    EXPECT_LT(share->size(), of_bare->size());
  }
  // Every target has one node as its control.
  EXPECT_EQ(shared, std::multiset<TargetId>(of_bare->begin(), of_bare->end()));
}

TEST(QuestionsTest, SomeOfManyNodesAreAskedAndEachHasItsTurn) {
  Cluster cluster = TwoNamespaces();
  for (int i = 2; i <= 10; ++i) cluster.Node("n" + std::to_string(i));
  cluster.Deployment("shop", "web", {"n1"}).Service("shop", "web", 80, 30080);
  Texts nodes;
  Texts node_ports;
  for (std::uint64_t rotation = 0; rotation < 10; ++rotation) {
    const Planned planned(cluster.snapshot(), Options(Depth::kQuick, rotation));
    Texts now;
    for (const std::string& cell :
         planned.Asked(planned.Find(VantageKind::kBare), TargetKind::kNode))
      now.insert(cell.substr(0, cell.find(' ')));
    EXPECT_EQ(now.size(), 3U);
    nodes.merge(now);
    node_ports.merge(planned.Asked(planned.Find(VantageKind::kBare), TargetKind::kNodePort));
  }
  EXPECT_EQ(nodes.size(), 10U);
  EXPECT_EQ(node_ports.size(), 10U);
  const Planned small(cluster.snapshot(), Options(Depth::kFull));
  EXPECT_EQ(small.Asked(small.Find(VantageKind::kBare), TargetKind::kNodePort).size(), 10U);
}

TEST(QuestionsTest, AServiceLeadsToItsReadyPods) {
  Cluster cluster = TwoNamespaces();
  cluster.Deployment("shop", "web", {"n1", "n1"}).Service("shop", "web", 8000);
  cluster.snapshot().endpoint_slices[0].endpoints[1].ready = false;
  const Planned planned(cluster.snapshot(), Options(Depth::kFull));
  ASSERT_EQ(planned.plan.backends.size(), 1U);
  const auto& [target, backends] = *planned.plan.backends.begin();
  EXPECT_EQ(NameOf(planned.plan.place(target), planned.plan.target(target)), "shop/web:8000");
  ASSERT_EQ(backends.size(), 1U);
  EXPECT_EQ(backends[0].pod, cluster.Find("shop/web-0"));
  EXPECT_EQ(backends[0].port, PortOf(80));
}

}  // namespace
}  // namespace podreach
