#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

#include "tests/fleet/fleet_fixture.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(ProbeFleetTest, ReadsWhatEveryProbeSawAndLeavesNothing) {
  FakeCluster cluster(OpenLog, clock_);
  const auto ends = SweepOnce(cluster, Vantages({"shop", "bank"}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all", "1: 0+1 open all"));
  for (const VantageEnd &end : ends) {
    EXPECT_EQ(end.fault, ReportFault::kNone) << end.words;
    EXPECT_EQ(end.attempts, 2U);
  }
  for (const StartedProbe &probe : started_) {
    EXPECT_TRUE(probe.running);
    EXPECT_EQ(probe.node, "node1");
    EXPECT_EQ(probe.ips.size(), 1U);
  }
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

TEST_F(ProbeFleetTest, AHostileLogCostsItsOwnCellsAlone) {
  const std::pair<std::string, ReportFault> kHostile[] = {
      {"", ReportFault::kReportCut},
      {std::string(20'000, 'x') + "\n", ReportFault::kReportBroken},
      {"podreach v1 \x1b[2J\xff\xfe {\"type\":\"close\"}\n", ReportFault::kReportCut},
      {std::string(3U << 20U, '\n'), ReportFault::kReportBroken},
  };
  for (const auto &[noise, fault] : kHostile) {
    FakeCluster cluster(
        [&](const std::string &pod, const ProbeOrder &order) {
          return pod == "podreach-x7-0" ? noise : OpenLog(pod, order);
        },
        clock_);
    const auto ends = SweepOnce(cluster, Vantages({"shop", "bank"}));
    EXPECT_EQ(ends.at(0).fault, fault);
    EXPECT_NE(ends.at(0).words, "");
    EXPECT_EQ(ends.at(1).fault, ReportFault::kNone);
    EXPECT_THAT(sink_.lines, ElementsAre("1: 0+1 open all"));
    EXPECT_THAT(cluster.objects(), IsEmpty());
  }
}

TEST_F(ProbeFleetTest, ForgedFramesAreNotBelieved) {
  // Right in every way but the nonce, before the honest ones.
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        ProbeOrder forged = order;
        forged.probes.at(pod).nonce = std::string(32, '0');
        return OpenLog(pod, forged) + HonestLog(pod, order, Outcome::kFiltered);
      },
      clock_);
  SweepOnce(cluster, Vantages({"shop"}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 filtered all"));
}

TEST_F(ProbeFleetTest, ALogThatStopsBeforeItsEndIsCutAndWhatItSaidCounts) {
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        const std::string log = OpenLog(pod, order);
        return log.substr(0, log.rfind('\n', log.size() - 2) + 1);
      },
      clock_);
  EXPECT_EQ(SweepOnce(cluster, Vantages({"shop"})).at(0).fault, ReportFault::kReportCut);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all"));
}

TEST_F(ProbeFleetTest, OneStreamServesAllRoundsAndAStuckProbeHoldsUpNobody) {
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        return pod == "podreach-x7-1" ? std::string() : TwoRounds(pod, order);
      },
      clock_);
  for (const char *pod : {"podreach-x7-0", "podreach-x7-1", "podreach-x7-2"}) cluster.KeepOpen(pod);
  cluster.Trickle(10);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop", "bank", "post"}), {}));
  const std::vector<SweepAsk> asks(3, AskPorts("80,443"));
  const auto ends = fleet.Sweep(asks, false, sink_, {});
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->at(0).fault, ReportFault::kNone);
  EXPECT_EQ(ends->at(1).fault, ReportFault::kReportCut);
  EXPECT_EQ(ends->at(2).fault, ReportFault::kNone);
  const std::vector<SweepAsk> again = {AskPorts("80"), {}, AskPorts("443")};
  ASSERT_TRUE(fleet.Sweep(again, false, sink_, {}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all", "2: 0+1 open all", "0: 0+1 filtered all",
                                       "2: 0+1 filtered all"));
  EXPECT_EQ(cluster.log_requests("podreach-x7-0"), 1U);
  EXPECT_EQ(cluster.log_requests("podreach-x7-2"), 1U);
}

TEST_F(ProbeFleetTest, WhereFewLogsCanBeOpenStuckOnesGiveWay) {
  const auto vantages = Vantages({"a", "b", "c", "d", "e"});
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        // The first two say nothing.
        return pod < "podreach-x7-2" ? std::string() : OpenLog(pod, order);
      },
      clock_);
  for (const Vantage &vantage : vantages) cluster.KeepOpen(vantage.pod_name);
  cluster.SetCapacity(2);
  const auto ends = SweepOnce(cluster, vantages);
  EXPECT_THAT(sink_.lines,
              UnorderedElementsAre("2: 0+1 open all", "3: 0+1 open all", "4: 0+1 open all"));
  EXPECT_EQ(ends.at(0).fault, ReportFault::kReportCut);
}

TEST_F(ProbeFleetTest, AProbeThatSaysWhatItWasNotAskedIsBroken) {
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        if (!order.go || pod == "podreach-x7-1") return OpenLog(pod, order);
        ReportWriter writer(order.scan, order.probes.at(pod).nonce);
        const std::vector<HostOrder> more(2, {kHost, *PortSet::Parse("80,443"), {}});
        const std::string hello = writer.Hello();
        return hello + Round(writer, order.round, more, Outcome::kOpen);
      },
      clock_);
  const auto ends = SweepOnce(cluster, Vantages({"shop", "bank"}));
  EXPECT_EQ(ends.at(0).fault, ReportFault::kReportBroken);
  EXPECT_THAT(sink_.lines, ElementsAre("1: 0+1 open all"));
}

TEST_F(ProbeFleetTest, ANamespaceThatTakesNoProbeSaysSo) {
  FakeCluster cluster(OpenLog, clock_);
  cluster.RefusePodsIn("bank");
  const auto ends = SweepOnce(cluster, Vantages({"shop", "bank"}));
  EXPECT_TRUE(started_.at(0).running);
  EXPECT_FALSE(started_.at(1).running);
  EXPECT_EQ(started_.at(1).fault, ReportFault::kNotStarted);
  EXPECT_THAT(started_.at(1).words, HasSubstr("exceeded quota: pods"));
  EXPECT_EQ(ends.at(1).fault, ReportFault::kNotStarted);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all"));
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

TEST_F(ProbeFleetTest, WhereNoProbeStartsTheFirstReasonIsTheError) {
  FakeCluster cluster(OpenLog, clock_);
  cluster.RefusePodsIn("shop");
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  auto deployed = fleet.Deploy(Vantages({"shop"}), {});
  ASSERT_FALSE(deployed);
  EXPECT_THAT(deployed.error().message, HasSubstr("exceeded quota: pods"));
}

TEST_F(ProbeFleetTest, ASecondRoundAsksWhatItIsGivenAndNoMore) {
  FakeCluster cluster(TwoRounds, clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  const SweepAsk all[] = {AskPorts("80,443")};
  ASSERT_TRUE(fleet.Sweep(all, false, sink_, {}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all"));
  sink_.lines.clear();
  const SweepAsk one[] = {AskPorts("443")};
  const auto ends = fleet.Sweep(one, false, sink_, {});
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->at(0).attempts, 1U);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 filtered all"));
}

TEST_F(ProbeFleetTest, WhoHasNothingToDoIsNotAsked) {
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        EXPECT_TRUE(!order.go || pod == "podreach-x7-0") << "a probe without work was followed";
        return OpenLog(pod, order);
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop", "bank", "post"}), {}));
  const SweepAsk asks[] = {AskPorts("80"), AskFor({})};
  const auto ends = fleet.Sweep(asks, false, sink_, {});
  ASSERT_TRUE(ends);
  ASSERT_EQ(ends->size(), 2U);
  EXPECT_EQ(ends->at(1).fault, ReportFault::kNone);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all"));
}

TEST_F(ProbeFleetTest, AsksWhatAnswersWhereItIsToldTo) {
  FakeCluster cluster(
      [](const std::string &pod, const ProbeOrder &order) {
        ReportWriter writer(order.scan, order.probes.at(pod).nonce);
        std::string log = writer.Hello();
        if (!order.identify) return log;
        writer.BeginRound(order.round);
        const AlikeHosts open{{{0, 1}}, {All(Outcome::kOpen)}};
        log += writer.Hosts(std::span(&open, 1));
        log += writer.Service(0, Protocol::kTcp, *Port::From(443),
                              {"etcd", "", "3.5", Access::kAnswers, "GET /version: 200", {}});
        return log + writer.Close({1, 1, 0, {}, 0});
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  const SweepAsk asks[] = {AskPorts("443")};
  ASSERT_TRUE(fleet.Sweep(asks, true, sink_, {}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all", "0: 10.9.9.9:443/TCP is etcd"));
}

TEST_F(ProbeFleetTest, AStopKeepsWhatWasReported) {
  std::stop_source stop;
  FakeCluster cluster(
      [&](const std::string &pod, const ProbeOrder &order) {
        if (pod == "podreach-x7-0") return OpenLog(pod, order);
        if (order.go) stop.request_stop();
        return std::string();
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string &) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop", "bank"}), {}));
  const std::vector<SweepAsk> asks(2, AskPorts("80,443"));
  const auto ends = fleet.Sweep(asks, false, sink_, stop.get_token());
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->at(Index(kBank)).fault, ReportFault::kStopped);
  ASSERT_TRUE(fleet.Cleanup());
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

}  // namespace
}  // namespace podreach
