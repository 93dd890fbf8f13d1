#include "podreach/fleet/probe_fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <span>

#include "podreach/wire/report_writer.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fleet/fake_cluster.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const IpAddress kHost = *IpAddress::Parse("10.9.9.9");
constexpr VantageId kShop{0};
constexpr VantageId kBank{1};

/// A bare vantage in each of these namespaces.
std::vector<Vantage> Vantages(const std::vector<std::string>& namespaces) {
  std::vector<Vantage> vantages;
  for (const std::string& ns : namespaces) {
    Vantage vantage;
    vantage.id = VantageId{static_cast<std::uint32_t>(vantages.size())};
    vantage.ns = ns;
    vantage.name = ns + " (bare)";
    vantage.pod_name = "podreach-x7-" + std::to_string(vantages.size());
    vantage.labels = ProbeLabels("x7");
    vantages.push_back(vantage);
  }
  return vantages;
}

SweepAsk AskFor(std::vector<HostOrder> hosts) {
  return {std::make_shared<const std::vector<HostOrder>>(std::move(hosts))};
}

SweepAsk AskPorts(const char* tcp) { return AskFor({{kHost, *PortSet::Parse(tcp), {}}}); }

/// What this probe is asked.
std::vector<HostOrder> AskOf(const ProbeOrder& order, const std::string& pod) {
  const auto& ask = order.probes.at(pod).ask;
  return ask ? *ParseHosts(order.asks.at(*ask)) : std::vector<HostOrder>();
}

PortGroup All(Outcome state) { return {Protocol::kTcp, state, {}, {}, 0, false, true}; }

/// The frames of one round in which every port of these hosts ends in this state.
std::string Round(ReportWriter& writer, std::uint32_t round, const std::vector<HostOrder>& hosts,
                  Outcome state) {
  writer.BeginRound(round);
  SweepTotals totals;
  for (const HostOrder& host : hosts) totals.ports += host.tcp.size();
  totals.attempts = totals.ports;
  const AlikeHosts alike{{{0, static_cast<std::uint32_t>(hosts.size())}}, {All(state)}};
  const std::string frames = writer.Hosts(std::span(&alike, 1));
  return frames + writer.Close(totals);
}

/// The log of an honest probe that finds every port in this state.
std::string HonestLog(const std::string& pod, const ProbeOrder& order, Outcome state) {
  ReportWriter writer(order.scan, order.probes.at(pod).nonce);
  const std::string log = writer.Hello();
  const auto hosts = AskOf(order, pod);
  return order.go && !hosts.empty() ? log + Round(writer, order.round, hosts, state) : log;
}

std::string OpenLog(const std::string& pod, const ProbeOrder& order) {
  return HonestLog(pod, order, Outcome::kOpen);
}

/// The log of all rounds up to the order's: the first finds ports 80 and 443 open, later ones find
/// what they are asked filtered.
std::string TwoRounds(const std::string& pod, const ProbeOrder& order) {
  ReportWriter writer(order.scan, order.probes.at(pod).nonce);
  std::string log = writer.Hello();
  if (order.go) log += Round(writer, 0, {{kHost, *PortSet::Parse("80,443"), {}}}, Outcome::kOpen);
  if (order.round > 0) log += Round(writer, order.round, AskOf(order, pod), Outcome::kFiltered);
  return log;
}

/// Writes down what it is given, a line each.
class RecordingSink final : public ReportSink {
 public:
  void OnHosts(VantageId vantage, std::uint32_t first, std::uint32_t count,
               const std::vector<PortGroup>& groups) override {
    std::string line =
        std::to_string(Index(vantage)) + ": " + std::to_string(first) + "+" + std::to_string(count);
    for (const PortGroup& group : groups) {
      line += " " + std::string(ToString(group.state)) + " " +
              (group.all ? "all" : group.ports.ToString());
    }
    lines.push_back(line);
  }
  void OnService(VantageId vantage, const ServiceReport& service) override {
    lines.push_back(std::to_string(Index(vantage)) + ": " + service.endpoint.ToString() + " is " +
                    service.service.name);
  }
  std::vector<std::string> lines;
};

class ProbeFleetTest : public testing::Test {
 protected:
  static FleetOptions Options() {
    FleetOptions options;
    options.scan_id = "x7";
    options.image = "probe:1";
    options.start_timeout = std::chrono::seconds(20);
    options.sweep_timeout = std::chrono::seconds(180);
    return options;
  }
  /// Deploys and sweeps two ports of one host once; what was seen is in sink_.
  std::vector<VantageEnd> SweepOnce(FakeCluster& cluster, const std::vector<Vantage>& vantages) {
    sink_.lines.clear();
    KubeClient client(cluster, sleeper_);
    ProbeFleet fleet(
        client, Options(), [](const std::string&) {}, clock_);
    auto deployed = fleet.Deploy(vantages, {});
    EXPECT_TRUE(deployed) << deployed.error().ToString();
    started_ = deployed ? *deployed : std::vector<StartedProbe>();
    const std::vector<SweepAsk> asks(vantages.size(), AskPorts("80,443"));
    auto ends = fleet.Sweep(asks, false, sink_, {});
    EXPECT_TRUE(ends) << ends.error().ToString();
    return ends ? *ends : std::vector<VantageEnd>();
  }
  FakeSleeper sleeper_;
  FakeClock clock_;
  RecordingSink sink_;
  std::vector<StartedProbe> started_;
};

TEST_F(ProbeFleetTest, ReadsWhatEveryProbeSawAndLeavesNothing) {
  FakeCluster cluster(OpenLog, clock_);
  const auto ends = SweepOnce(cluster, Vantages({"shop", "bank"}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all", "1: 0+1 open all"));
  for (const VantageEnd& end : ends) {
    EXPECT_EQ(end.fault, ReportFault::kNone) << end.words;
    EXPECT_EQ(end.attempts, 2U);
  }
  for (const StartedProbe& probe : started_) {
    EXPECT_TRUE(probe.running);
    EXPECT_EQ(probe.node, "node1");
    EXPECT_EQ(probe.ips.size(), 1U);
  }
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

TEST_F(ProbeFleetTest, HostsInARowThatEndedAlikeComeTogether) {
  FakeCluster cluster(OpenLog, clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const char* ports = i == 40 ? "22" : "80,443";
    hosts.push_back({IpAddress::V4(0x0A000000U + 2 * i), *PortSet::Parse(ports), {}});
  }
  const SweepAsk asks[] = {AskFor(hosts)};
  ASSERT_TRUE(fleet.Sweep(asks, false, sink_, {}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+100 open all"));
}

TEST_F(ProbeFleetTest, AHostileLogCostsItsOwnCellsAlone) {
  const std::pair<std::string, ReportFault> kHostile[] = {
      {"", ReportFault::kReportCut},
      {std::string(20'000, 'x') + "\n", ReportFault::kReportBroken},
      {"podreach v1 \x1b[2J\xff\xfe {\"type\":\"close\"}\n", ReportFault::kReportCut},
      {std::string(3U << 20U, '\n'), ReportFault::kReportBroken},
  };
  for (const auto& [noise, fault] : kHostile) {
    FakeCluster cluster(
        [&](const std::string& pod, const ProbeOrder& order) {
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
      [](const std::string& pod, const ProbeOrder& order) {
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
      [](const std::string& pod, const ProbeOrder& order) {
        const std::string log = OpenLog(pod, order);
        return log.substr(0, log.rfind('\n', log.size() - 2) + 1);
      },
      clock_);
  EXPECT_EQ(SweepOnce(cluster, Vantages({"shop"})).at(0).fault, ReportFault::kReportCut);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all"));
}

TEST_F(ProbeFleetTest, OneStreamServesAllRoundsAndAStuckProbeHoldsUpNobody) {
  FakeCluster cluster(
      [](const std::string& pod, const ProbeOrder& order) {
        return pod == "podreach-x7-1" ? std::string() : TwoRounds(pod, order);
      },
      clock_);
  for (const char* pod : {"podreach-x7-0", "podreach-x7-1", "podreach-x7-2"}) cluster.KeepOpen(pod);
  cluster.Trickle(10);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
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
      [](const std::string& pod, const ProbeOrder& order) {
        // The first two say nothing.
        return pod < "podreach-x7-2" ? std::string() : OpenLog(pod, order);
      },
      clock_);
  for (const Vantage& vantage : vantages) cluster.KeepOpen(vantage.pod_name);
  cluster.SetCapacity(2);
  const auto ends = SweepOnce(cluster, vantages);
  EXPECT_THAT(sink_.lines,
              UnorderedElementsAre("2: 0+1 open all", "3: 0+1 open all", "4: 0+1 open all"));
  EXPECT_EQ(ends.at(0).fault, ReportFault::kReportCut);
}

TEST_F(ProbeFleetTest, AProbeThatSaysWhatItWasNotAskedIsBroken) {
  FakeCluster cluster(
      [](const std::string& pod, const ProbeOrder& order) {
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

TEST_F(ProbeFleetTest, AnAskTooLongForAnOrderComesInRounds) {
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
      [&](const std::string& pod, const ProbeOrder& order) {
        if (!order.go) return OpenLog(pod, order);
        rounds.insert(order.round);
        EXPECT_LE(EncodeOrder(order).size(), 900'000U);
        // Each round's frames follow those before, so the log begins with them.
        static std::map<std::uint32_t, std::vector<HostOrder>> asked;
        asked[order.round] = AskOf(order, pod);
        ReportWriter writer(order.scan, order.probes.at(pod).nonce);
        std::string log = writer.Hello();
        for (const auto& [round, part] : asked) log += Round(writer, round, part, Outcome::kOpen);
        return log;
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  const SweepAsk asks[] = {AskFor(hosts)};
  const auto ends = fleet.Sweep(asks, false, sink_, {});
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->at(0).fault, ReportFault::kNone) << ends->at(0).words;
  EXPECT_EQ(rounds.size(), 2U);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+30000 open all", "0: 30000+30000 open all"));
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
      client, Options(), [](const std::string&) {}, clock_);
  auto deployed = fleet.Deploy(Vantages({"shop"}), {});
  ASSERT_FALSE(deployed);
  EXPECT_THAT(deployed.error().message, HasSubstr("exceeded quota: pods"));
}

TEST_F(ProbeFleetTest, ASecondRoundAsksWhatItIsGivenAndNoMore) {
  FakeCluster cluster(TwoRounds, clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
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
      [](const std::string& pod, const ProbeOrder& order) {
        EXPECT_TRUE(!order.go || pod == "podreach-x7-0") << "a probe without work was followed";
        return OpenLog(pod, order);
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
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
      [](const std::string& pod, const ProbeOrder& order) {
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
      client, Options(), [](const std::string&) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  const SweepAsk asks[] = {AskPorts("443")};
  ASSERT_TRUE(fleet.Sweep(asks, true, sink_, {}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all", "0: 10.9.9.9:443/TCP is etcd"));
}

TEST_F(ProbeFleetTest, ASecondWaveIsDeployedAndTheFirstIsRemoved) {
  FakeCluster cluster(OpenLog, clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
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

TEST_F(ProbeFleetTest, ProbesShareTheBudgets) {
  std::map<std::string, SweepLimits> limits;
  FakeCluster cluster(
      [&](const std::string& pod, const ProbeOrder& order) {
        if (order.go) limits[pod] = order.probes.at(pod).limits.value_or(order.limits);
        return OpenLog(pod, order);
      },
      clock_);
  FleetOptions options = Options();
  options.flows_per_node_in_two_minutes = 1000;
  options.rate_per_target_host = 50;
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, options, [](const std::string&) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop", "bank"}), {}));
  const std::vector<SweepAsk> both(2, AskPorts("80"));
  ASSERT_TRUE(fleet.Sweep(both, false, sink_, {}));
  for (const auto& [pod, own] : limits) {
    EXPECT_EQ(own.flows_per_two_minutes, 500U) << pod;
    EXPECT_EQ(own.rate_per_host, 25U) << pod;
  }
  EXPECT_EQ(limits.size(), 2U);
  // Alone on its node, and the node's own limit.
  fleet.LimitNode("node1", 70);
  const SweepAsk one[] = {AskPorts("80")};
  ASSERT_TRUE(fleet.Sweep(one, false, sink_, {}));
  EXPECT_EQ(limits["podreach-x7-0"].flows_per_two_minutes, 70U);
  EXPECT_EQ(limits["podreach-x7-0"].rate_per_host, 50U);
}

TEST_F(ProbeFleetTest, MoreProbesThanMayStandAreRefused) {
  FakeCluster cluster(OpenLog, clock_);
  FleetOptions options = Options();
  options.max_probes = 2;
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, options, [](const std::string&) {}, clock_);
  const auto vantages = Vantages({"a", "b", "c"});
  const std::span<const Vantage> all(vantages);
  EXPECT_FALSE(fleet.Deploy(all, {}));
  ASSERT_TRUE(fleet.Deploy(all.first(2), {}));
  EXPECT_FALSE(fleet.Deploy(all.subspan(2), {}));
  ASSERT_TRUE(fleet.Remove(std::vector<VantageId>{kShop}, {}));
  EXPECT_TRUE(fleet.Deploy(all.subspan(2), {}));
}

TEST_F(ProbeFleetTest, ANodesProbeTellsHowFullItsTableIs) {
  FakeCluster cluster(
      [](const std::string& pod, const ProbeOrder& order) {
        ReportWriter writer(order.scan, order.probes.at(pod).nonce);
        HelloReport hello;
        hello.conntrack = ConntrackUse{262144, 100};
        return writer.Hello(hello);
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
  auto vantages = Vantages({"podreach", "shop"});
  vantages[0].kind = VantageKind::kNode;
  const auto started = fleet.Deploy(vantages, {});
  ASSERT_TRUE(started);
  EXPECT_EQ(started->at(0).conntrack, (ConntrackUse{262144, 100}));
  // A pod's own network namespace says nothing of its node.
  EXPECT_EQ(started->at(1).conntrack, std::nullopt);
  EXPECT_EQ(cluster.log_requests("podreach-x7-1"), 0U);
}

TEST_F(ProbeFleetTest, RequestsGrowWithNamespacesAndVantages) {
  std::vector<std::string> namespaces;
  for (int i = 0; i < 90; ++i) namespaces.push_back("ns-" + std::to_string(i / 3));
  const auto vantages = Vantages(namespaces);
  std::map<std::string, std::string> logs;
  FakeCluster cluster(
      [&](const std::string& pod, const ProbeOrder& order) {
        std::string& log = logs[pod];
        static std::map<std::string, std::pair<ReportWriter, std::uint32_t>> writers;
        auto [entry, is_new] =
            writers.try_emplace(pod, ReportWriter(order.scan, order.probes.at(pod).nonce), 0);
        auto& [writer, next_round] = entry->second;
        if (is_new) log = writer.Hello();
        if (order.go && order.round >= next_round) {
          log += Round(writer, order.round, AskOf(order, pod), Outcome::kOpen);
          next_round = order.round + 1;
        }
        return log;
      },
      clock_);
  for (const Vantage& vantage : vantages) cluster.KeepOpen(vantage.pod_name);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
  ASSERT_TRUE(fleet.Deploy(vantages, {}));
  const std::vector<SweepAsk> asks(vantages.size(), AskPorts("80"));
  for (int round = 0; round < 3; ++round) {
    const auto ends = fleet.Sweep(asks, false, sink_, {});
    ASSERT_TRUE(ends);
    for (const VantageEnd& end : *ends) ASSERT_EQ(end.fault, ReportFault::kNone) << end.words;
  }
  ASSERT_TRUE(fleet.Cleanup());
  EXPECT_THAT(cluster.objects(), IsEmpty());
  EXPECT_EQ(client.counts().log, vantages.size());
  EXPECT_LE(client.counts().total(), 6 * (30 + vantages.size()));
  EXPECT_EQ(client.counts().retried, 0U);
}

TEST_F(ProbeFleetTest, AStopKeepsWhatWasReported) {
  std::stop_source stop;
  FakeCluster cluster(
      [&](const std::string& pod, const ProbeOrder& order) {
        if (pod == "podreach-x7-0") return OpenLog(pod, order);
        if (order.go) stop.request_stop();
        return std::string();
      },
      clock_);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(
      client, Options(), [](const std::string&) {}, clock_);
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
