// Once probes run, their responders are targets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/plan_world.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Texts = std::set<std::string>;

Cluster ShopAndBank() {
  Cluster cluster;
  cluster.Namespace("shop").Namespace("bank").Node("n1").Node("n2");
  cluster.Deployment("shop", "web", {"n1"}).Isolate("shop", "web");
  return cluster;
}

Texts Responders(const Planned& planned, const Vantage* vantage) {
  return planned.Asked(vantage, TargetKind::kProbe);
}

TEST(RespondersTest, InASmallClusterEveryProbeAsksEveryResponder) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kFull));
  planned.Start();
  const Texts all = {"shop (bare) responder 7471/TCP", "bank (bare) responder 7471/TCP",
                     "shop/web[Deployment] (twin) responder 7471/TCP"};
  EXPECT_EQ(Responders(planned, planned.Find(VantageKind::kBare, "shop")), all);
  EXPECT_EQ(Responders(planned, planned.Find(VantageKind::kBare, "bank")), all);
  EXPECT_EQ(Responders(planned, planned.Find(VantageKind::kTwin)), all);
  EXPECT_EQ(Responders(planned, planned.Find(VantageKind::kNode)), all);
}

// The canary's denied connection is its own, at one port. The node of its target is the control.
TEST(RespondersTest, TheCanaryIsAskedByItsSourceAndByItsTargetsNode) {
  for (const Depth depth : {Depth::kQuick, Depth::kFull}) {
    Planned planned(ShopAndBank().snapshot(), Options(depth));
    const std::string target_node = "n1";
    for (Vantage& vantage : planned.plan.vantages) {
      if (vantage.kind == VantageKind::kCanaryTarget) vantage.node = target_node;
    }
    planned.Start();
    const Texts of_source = Responders(planned, planned.Find(VantageKind::kCanarySource));
    EXPECT_EQ(of_source.count("canary target responder 7471/TCP"), 1U);
    EXPECT_EQ(of_source.count("canary source responder 7471/TCP"), 0U);
    for (const Vantage& vantage : planned.plan.vantages) {
      if (vantage.kind == VantageKind::kCanarySource) continue;
      const bool its_node = vantage.kind == VantageKind::kNode && vantage.node == target_node;
      EXPECT_EQ(Responders(planned, &vantage).count("canary target responder 7471/TCP"),
                its_node ? 1U : 0U)
          << vantage.name;
    }
    EXPECT_EQ(planned.plan.asks[Index(planned.Find(VantageKind::kCanaryTarget)->id)], nullptr);
  }
}

// There it would be a cell for each pair of probes.
TEST(RespondersTest, InALargeClusterItsNodeAsksAResponder) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kQuick));
  for (Vantage& vantage : planned.plan.vantages) {
    if (vantage.kind == VantageKind::kBare) vantage.node = "n1";
    if (vantage.kind == VantageKind::kTwin) vantage.node = "n2";
  }
  planned.Start();
  std::vector<Texts> of_nodes;
  for (const Vantage& vantage : planned.plan.vantages) {
    if (vantage.kind == VantageKind::kNode) of_nodes.push_back(Responders(planned, &vantage));
  }
  EXPECT_THAT(of_nodes,
              ElementsAre(Texts{"bank (bare) responder 7471/TCP", "shop (bare) responder 7471/TCP"},
                          Texts{"shop/web[Deployment] (twin) responder 7471/TCP"}));
  EXPECT_THAT(Responders(planned, planned.Find(VantageKind::kBare)), IsEmpty());
  EXPECT_THAT(Responders(planned, planned.Find(VantageKind::kTwin)), IsEmpty());
}

TEST(RespondersTest, AResponderListensWhereItsProbeDoes) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kFull));
  for (Vantage& vantage : planned.plan.vantages) {
    if (vantage.kind != VantageKind::kTwin) continue;
    vantage.listen_tcp = *PortSet::Parse("80-82,9000");
    vantage.listen_udp = *PortSet::Parse("53");
  }
  planned.Start();
  std::vector<std::string> ports;
  for (const Target& target : planned.plan.targets) {
    const Place& place = planned.plan.places[Index(target.place)];
    if (place.name.find("(twin) responder") == std::string::npos) continue;
    EXPECT_TRUE(target.declared);
    EXPECT_EQ(place.kind, TargetKind::kProbe);
    EXPECT_EQ(place.probe, planned.Find(VantageKind::kTwin)->id);
    EXPECT_EQ(place.address, *planned.Find(VantageKind::kTwin)->address);
    EXPECT_EQ(place.ns, "shop");
    ports.push_back(PortText(target));
  }
  EXPECT_THAT(ports, ElementsAre("80/TCP", "81/TCP", "82/TCP", "9000/TCP", "53/UDP"));
}

// A probe that didn't start is a target all the same: the report says that it wasn't probed.
TEST(RespondersTest, AProbeWithoutAnAddressIsATargetAllTheSame) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kFull));
  std::vector<VantageId> all;
  for (const Vantage& vantage : planned.plan.vantages) all.push_back(vantage.id);
  PlanResponders(all, planned.plan);
  EXPECT_EQ(Responders(planned, planned.Find(VantageKind::kTwin)).size(), 3U);
  for (const Place& place : planned.plan.places)
    EXPECT_TRUE(place.kind != TargetKind::kProbe || place.address == IpAddress()) << place.name;
}

TEST(RespondersTest, AWaveAsksItsOwnAlone) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kFull));
  const VantageId shop = planned.Find(VantageKind::kBare, "shop")->id;
  const VantageId bank = planned.Find(VantageKind::kBare, "bank")->id;
  PlanResponders({shop}, planned.plan);
  EXPECT_THAT(Responders(planned, planned.Find(VantageKind::kBare, "shop")),
              UnorderedElementsAre("shop (bare) responder 7471/TCP"));
  EXPECT_THAT(Responders(planned, planned.Find(VantageKind::kBare, "bank")), IsEmpty());
  PlanResponders({bank}, planned.plan);
  EXPECT_THAT(Responders(planned, planned.Find(VantageKind::kBare, "bank")),
              UnorderedElementsAre("bank (bare) responder 7471/TCP"));
  EXPECT_EQ(Responders(planned, planned.Find(VantageKind::kBare, "shop")).size(), 1U);
}

TEST(RespondersTest, WhoWasAskedTheSameStillShareTheirAsk) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kFull));
  const VantageId shop = planned.Find(VantageKind::kBare, "shop")->id;
  const VantageId bank = planned.Find(VantageKind::kBare, "bank")->id;
  ASSERT_EQ(planned.plan.asks[Index(shop)], planned.plan.asks[Index(bank)]);
  planned.Start();
  EXPECT_EQ(planned.plan.asks[Index(shop)], planned.plan.asks[Index(bank)]);
  EXPECT_NE(planned.plan.asks[Index(shop)],
            planned.plan.asks[Index(planned.Find(VantageKind::kCanarySource)->id)]);
}

TEST(RespondersTest, AsksStayInOrderAndKeepWhatTheyHad) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kFull));
  const auto before = planned.Asked(planned.Find(VantageKind::kTwin));
  planned.Start();
  EXPECT_EQ(planned.Asked(planned.Find(VantageKind::kTwin)), before);
  for (const TargetList& ask : planned.plan.asks) {
    if (ask == nullptr) continue;
    EXPECT_TRUE(std::ranges::is_sorted(*ask, {}, [&](TargetId id) {
      return EndpointOf(planned.plan.place(id), planned.plan.target(id));
    }));
  }
}

// In a large cluster a node's ask goes on: the positions that it had stay.
TEST(RespondersTest, TheAsksOfNodesGoOnBehindWhatTheyHad) {
  Planned planned(ShopAndBank().snapshot(), Options(Depth::kQuick));
  for (Vantage& vantage : planned.plan.vantages)
    if (vantage.kind != VantageKind::kNode) vantage.node = "n1";
  const VantageId node = planned.Find(VantageKind::kNode)->id;
  const std::vector<TargetId> before = *planned.plan.asks[Index(node)];
  const VantageId shop = planned.Find(VantageKind::kBare, "shop")->id;
  const VantageId bank = planned.Find(VantageKind::kBare, "bank")->id;
  for (const VantageId wave : {bank, shop}) {
    PlanResponders({wave}, planned.plan);
    const std::vector<TargetId>& now = *planned.plan.asks[Index(node)];
    ASSERT_GT(now.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), now.begin()));
  }
  EXPECT_EQ(planned.plan.asks[Index(node)]->size(), before.size() + 2);
}

}  // namespace
}  // namespace podreach
