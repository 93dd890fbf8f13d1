#include "tests/sim/network.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/load.h"
#include "tests/sim/pod_maker.h"
#include "tests/sim/resources.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

/// Two nodes; "shop/db" on node-0, whose policy lets in "shop/web" alone, and a free "shop/other".
class NetworkTest : public testing::Test {
 protected:
  NetworkTest() {
    Cluster& cluster = world_.cluster;
    for (const Resource& resource : BuiltInResources()) world_.store.Of(resource);
    cluster.AddNodes(2, 10);
    cluster.policies().SetNamespace(cluster.texts().Add("shop"), cluster.labels().Add({}));
    AddPod("db", "node-0", {5432});
    AddPod("web", "node-1", {80});
    AddPod("other", "node-1", {80});
    cluster.policies().Add(
        {{"metadata", {{"namespace", "shop"}, {"name", "db"}}},
         {"spec",
          {{"podSelector", {{"matchLabels", {{"app", "db"}}}}},
           {"policyTypes", {"Ingress"}},
           {"ingress", {{{"from", {{{"podSelector", {{"matchLabels", {{"app", "web"}}}}}}}}}}}}}});
  }

  void AddPod(const std::string& name, const std::string& node, std::vector<int> ports) {
    json declared = json::array();
    for (const int port : ports) declared.push_back({{"containerPort", port}});
    PodMaker(world_).Add(
        {{"apiVersion", "v1"},
         {"kind", "Pod"},
         {"metadata", {{"namespace", "shop"}, {"name", name}, {"labels", {{"app", name}}}}},
         {"spec",
          {{"nodeName", node}, {"containers", {{{"name", "main"}, {"ports", declared}}}}}}});
  }

  [[nodiscard]] Seen Connect(const std::string& from, const std::string& to, std::uint16_t port,
                             Protocol protocol = Protocol::kTcp) {
    const Cluster& cluster = world_.cluster;
    return Connector(cluster, *cluster.FindPod("shop", from))
        .Connect(cluster.pods()[*cluster.FindPod("shop", to)].address, protocol, port);
  }

  World world_;
};

TEST_F(NetworkTest, EachWayOfDenyingLooksAsItDoesOnAWire) {
  const struct {
    Denial denial;
    Outcome tcp, udp;
    bool icmp;
  } kCases[] = {
      {Denial::kDrop, Outcome::kFiltered, Outcome::kOpenFiltered, false},
      {Denial::kReject, Outcome::kRejected, Outcome::kRejected, true},
      {Denial::kReset, Outcome::kClosed, Outcome::kOpenFiltered, false},
      {Denial::kNone, Outcome::kOpen, Outcome::kClosed, false},
  };
  for (const auto& one : kCases) {
    world_.cluster.denial = one.denial;
    const Seen tcp = Connect("other", "db", 5432);
    EXPECT_EQ(tcp.state, one.tcp);
    EXPECT_EQ(tcp.icmp.has_value(), one.icmp);
    if (one.icmp) {
      EXPECT_EQ(tcp.icmp->from, world_.cluster.nodes()[0].address);
    }
    EXPECT_EQ(Connect("other", "db", 5432, Protocol::kUdp).state, one.udp);
    EXPECT_EQ(Connect("web", "db", 5432).state, Outcome::kOpen);
    EXPECT_EQ(Connect("web", "db", 5433).state, Outcome::kClosed);
  }
}

TEST_F(NetworkTest, ANodeReachesItsOwnPodsAlone) {
  json pod = {{"apiVersion", "v1"},
              {"kind", "Pod"},
              {"metadata", {{"namespace", "shop"}, {"name", "agent"}}},
              {"spec", {{"hostNetwork", true}, {"containers", {{{"name", "main"}}}}}}};
  pod["spec"]["nodeName"] = "node-0";
  PodMaker(world_).Add(pod);
  EXPECT_EQ(Connect("agent", "db", 5432).state, Outcome::kOpen);
  pod["metadata"]["name"] = "agent-1";
  pod["spec"]["nodeName"] = "node-1";
  PodMaker(world_).Add(pod);
  EXPECT_EQ(Connect("agent-1", "db", 5432).state, Outcome::kFiltered);
}

TEST_F(NetworkTest, WhereAnEnforcerIsOffEverythingPasses) {
  world_.cluster.nodes()[0].enforces = false;
  EXPECT_EQ(Connect("other", "db", 5432).state, Outcome::kOpen);
}

TEST_F(NetworkTest, AServiceLeadsToItsBackendsAndNoneRejects) {
  Cluster& cluster = world_.cluster;
  const auto service = *IpAddress::Parse("192.168.0.9");
  const auto db = cluster.pods()[*cluster.FindPod("shop", "db")].address;
  cluster.AddService(service, {Protocol::kTcp, 80}, {{db, 5432}});
  cluster.AddService(service, {Protocol::kTcp, 81}, {});
  Connector web(cluster, *cluster.FindPod("shop", "web"));
  EXPECT_EQ(web.Connect(service, Protocol::kTcp, 80).state, Outcome::kOpen);
  const Seen none = web.Connect(service, Protocol::kTcp, 81);
  EXPECT_EQ(none.state, Outcome::kRejected);
  EXPECT_EQ(none.icmp->from, cluster.nodes()[1].address);
  Connector other(cluster, *cluster.FindPod("shop", "other"));
  EXPECT_EQ(other.Connect(service, Protocol::kTcp, 80).state, Outcome::kFiltered);
}

TEST_F(NetworkTest, APodThatIsGoneAnswersOnlyQuestionsAboutThePast) {
  Cluster& cluster = world_.cluster;
  const std::uint32_t db = *cluster.FindPod("shop", "db");
  cluster.RemovePod(db);
  EXPECT_EQ(Connect("web", "db", 5432).state, Outcome::kUnreachable);
  Connector past(cluster, *cluster.FindPod("shop", "web"), Past::kSeen);
  EXPECT_EQ(past.Connect(cluster.pods()[db].address, Protocol::kTcp, 5432).state, Outcome::kOpen);
}

}  // namespace
}  // namespace podreach::sim
