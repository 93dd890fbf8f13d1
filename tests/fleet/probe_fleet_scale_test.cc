#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <span>

#include "tests/fleet/fleet_fixture.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using ProbeFleetScaleTest = ProbeFleetTest;

TEST_F(ProbeFleetScaleTest, HostsInARowThatEndedAlikeComeTogether) {
  FakeCluster cluster(OpenLog, clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const char *ports = i == 40 ? "22" : "80,443";
    hosts.push_back({IpAddress::V4(0x0A000000U + 2 * i), *PortSet::Parse(ports), {}});
  }
  const SweepAsk asks[] = {AskFor(hosts)};
  ASSERT_TRUE(fleet.Sweep(asks, false, sink_, {}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+100 open all"));
}

TEST_F(ProbeFleetScaleTest, AnAskTooLongForAnOrderComesInRounds) {
  // Hosts whose ports differ: each has a pattern of its own.
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    PortSet ports;
    for (const std::uint32_t port : {1 + i % 60'000, 1 + (i * 7U) % 60'000, 60'001 + i / 20})
      ports.Add(*Port::From(static_cast<std::uint16_t>(port)));
    hosts.push_back({IpAddress::V4(0x0A000000U + 3 * i), ports, {}});
  }
  std::set<std::uint32_t> rounds;
  FakeCluster cluster(
      [&](const std::string &pod, const ProbeOrder &order) {
        if (!order.go) return OpenLog(pod, order);
        rounds.insert(order.round);
        EXPECT_LE(EncodeOrder(order).size(), 900'000U);
        // Each round's frames follow those before, so the log begins with them.
        static std::map<std::uint32_t, std::vector<HostOrder>> asked;
        asked[order.round] = AskOf(order, pod);
        ReportWriter writer(order.scan, order.probes.at(pod).nonce);
        std::string log = writer.Hello();
        for (const auto &[round, part] : asked) log += Round(writer, round, part, Outcome::kOpen);
        return log;
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  const SweepAsk asks[] = {AskFor(hosts)};
  const auto ends = fleet.Sweep(asks, false, sink_, {});
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->at(0).fault, ReportFault::kNone) << ends->at(0).words;
  EXPECT_EQ(rounds.size(), 2U);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+30000 open all", "0: 30000+30000 open all"));
}

TEST_F(ProbeFleetScaleTest, ASecondWaveIsDeployedAndTheFirstIsRemoved) {
  FakeCluster cluster(OpenLog, clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  const auto vantages = Vantages({"shop", "shop", "bank"});
  const std::span<const Vantage> all(vantages);
  ASSERT_TRUE(fleet.Deploy(all.first(1), {}));
  std::vector<SweepAsk> asks = {AskPorts("80")};
  ASSERT_TRUE(fleet.Sweep(asks, false, sink_, {}));
  ASSERT_TRUE(fleet.Remove(std::vector<VantageId>{kShop}, {}));
  EXPECT_FALSE(cluster.objects().contains("shop/pods/podreach-x7-0"));
  const auto second = fleet.Deploy(all.subspan(1), {});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->size(), 2U);
  asks = {AskPorts("80"), AskPorts("81"), AskPorts("82")};
  sink_.lines.clear();
  const auto ends = fleet.Sweep(asks, false, sink_, {});
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->at(0).fault, ReportFault::kNotStarted) << "its pod is gone";
  EXPECT_THAT(sink_.lines, ElementsAre("1: 0+1 open all", "2: 0+1 open all"));
  ASSERT_TRUE(fleet.Cleanup());
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

TEST_F(ProbeFleetScaleTest, ProbesShareTheBudgets) {
  std::map<std::string, SweepLimits> limits;
  FakeCluster cluster(
      [&](const std::string &pod, const ProbeOrder &order) {
        if (order.go) limits[pod] = order.probes.at(pod).limits.value_or(order.limits);
        return OpenLog(pod, order);
      },
      clock_);
  FleetOptions options = Options();
  options.flows_per_node_in_two_minutes = 1000;
  options.rate_per_target_host = 50;
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, options, [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop", "bank"}), {}));
  const std::vector<SweepAsk> both(2, AskPorts("80"));
  ASSERT_TRUE(fleet.Sweep(both, false, sink_, {}));
  for (const auto &[pod, own] : limits) {
    EXPECT_EQ(own.flows_per_two_minutes, 500U) << pod;
    EXPECT_EQ(own.rate_per_host, 25U) << pod;
  }
  EXPECT_EQ(limits.size(), 2U);
  // Alone on its node, and the node's own limit.
  fleet.LimitNode("node1", 70);
  const SweepAsk one[] = {AskPorts("80")};
  ASSERT_TRUE(fleet.Sweep(one, false, sink_, {}));
  EXPECT_EQ(limits["podreach-x7-0"].flows_per_two_minutes, 68U) << "the sweep before took two";
  EXPECT_EQ(limits["podreach-x7-0"].rate_per_host, 50U);
}

TEST_F(ProbeFleetScaleTest, MoreProbesThanMayStandAreRefused) {
  FakeCluster cluster(OpenLog, clock_);
  FleetOptions options = Options();
  options.max_probes = 2;
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, options, [](const std::string &) {}, clock_);
  const auto vantages = Vantages({"a", "b", "c"});
  const std::span<const Vantage> all(vantages);
  EXPECT_FALSE(fleet.Deploy(all, {}));
  ASSERT_TRUE(fleet.Deploy(all.first(2), {}));
  EXPECT_FALSE(fleet.Deploy(all.subspan(2), {}));
  ASSERT_TRUE(fleet.Remove(std::vector<VantageId>{kShop}, {}));
  EXPECT_TRUE(fleet.Deploy(all.subspan(2), {}));
}

TEST_F(ProbeFleetScaleTest, ANodesProbeTellsHowFullItsTableIs) {
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        ReportWriter writer(order.scan, order.probes.at(pod).nonce);
        HelloReport hello;
        hello.conntrack = ConntrackUse{262144, 100};
        return writer.Hello(hello);
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  auto vantages = Vantages({"podreach", "shop"});
  vantages[0].kind = VantageKind::kNode;
  const auto started = fleet.Deploy(vantages, {});
  ASSERT_TRUE(started);
  EXPECT_EQ(started->at(0).conntrack, (ConntrackUse{262144, 100}));
  // A pod's own network namespace says nothing of its node.
  EXPECT_EQ(started->at(1).conntrack, std::nullopt);
  EXPECT_EQ(cluster.log_requests("podreach-x7-1"), 0U);
}

/// Logs of honest probes through all rounds of a scan.
class HonestLogs {
 public:
  std::string operator()(const std::string &pod, const ProbeOrder &order) {
    auto [entry, is_new] =
        probes_.try_emplace(pod, ReportWriter(order.scan, order.probes.at(pod).nonce));
    Own &own = entry->second;
    if (is_new) own.log = own.writer.Hello();
    if (order.go && order.round >= own.next_round && order.probes.at(pod).ask) {
      own.log += Round(own.writer, order.round, AskOf(order, pod), Outcome::kOpen);
      own.next_round = order.round + 1;
    }
    return own.log;
  }

 private:
  struct Own {
    explicit Own(ReportWriter of) : writer(std::move(of)) {}
    ReportWriter writer;
    std::uint32_t next_round = 0;
    std::string log;
  };
  std::map<std::string, Own> probes_;
};

TEST_F(ProbeFleetScaleTest, SweepsThatFollowEachOtherStayWithinANodesBudgetTogether) {
  std::vector<std::uint32_t> flows;
  HonestLogs logs;
  FakeCluster cluster(
      [&](const std::string &pod, const ProbeOrder &order) {
        if (order.go && order.round == flows.size())
          flows.push_back(order.probes.at(pod).limits.value_or(order.limits).flows_per_two_minutes);
        return logs(pod, order);
      },
      clock_);
  FleetOptions options = Options();
  options.flows_per_node_in_two_minutes = 10;
  KubeClient client(cluster, sleeper_);
  std::vector<std::string> said;
  ProbeFleet fleet(
      client, options, [&](const std::string &line) { said.push_back(line); }, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  const SweepAsk four[] = {AskPorts("80-83")};
  const SweepAsk many[] = {AskPorts("80-89")};
  const auto start = clock_.Now();
  ASSERT_TRUE(fleet.Sweep(four, false, sink_, {}));
  ASSERT_TRUE(fleet.Sweep(four, false, sink_, {}));
  EXPECT_LT(clock_.Now() - start, std::chrono::seconds(60)) << "six are free, half of the budget";
  ASSERT_TRUE(fleet.Sweep(many, false, sink_, {}));
  EXPECT_GE(clock_.Now() - start, std::chrono::seconds(120));
  // The third begins when the first one's four no longer count, beside the four of the second.
  EXPECT_THAT(flows, ElementsAre(10, 6, testing::AnyOf(6, 10)));
  EXPECT_THAT(said, testing::Contains(testing::StartsWith("waiting ")));
}

TEST_F(ProbeFleetScaleTest, RequestsGrowWithNamespacesAndVantages) {
  std::vector<std::string> namespaces;
  for (int i = 0; i < 90; ++i) namespaces.push_back("ns-" + std::to_string(i / 3));
  const auto vantages = Vantages(namespaces);
  HonestLogs logs;
  FakeCluster cluster(
      [&](const std::string &pod, const ProbeOrder &order) { return logs(pod, order); }, clock_);
  for (const Vantage &vantage : vantages) cluster.KeepOpen(vantage.pod_name);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(vantages, {}));
  const std::vector<SweepAsk> asks(vantages.size(), AskPorts("80"));
  for (int round = 0; round < 3; ++round) {
    const auto ends = fleet.Sweep(asks, false, sink_, {});
    ASSERT_TRUE(ends);
    for (const VantageEnd &end : *ends) ASSERT_EQ(end.fault, ReportFault::kNone) << end.words;
  }
  ASSERT_TRUE(fleet.Cleanup());
  EXPECT_THAT(cluster.objects(), IsEmpty());
  EXPECT_EQ(client.counts().log, vantages.size());
  EXPECT_LE(client.counts().total(), 6 * (30 + vantages.size()));
  EXPECT_EQ(client.counts().retried, 0U);
}

}  // namespace
}  // namespace podreach
