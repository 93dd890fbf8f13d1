#include "podreach/fleet/probe_fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_transport.h"
#include "tests/fleet/fake_cluster.h"

namespace podreach {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

/// The frames of one round in which every port ends in this state.
std::string Round(ReportWriter& writer, const ProbeOrder& order, const ProbeIdentity& identity,
                  Outcome state) {
  writer.BeginRound(order.round);
  std::string log;
  SweepTotals totals;
  for (const HostOrder& host : identity.hosts.value_or(order.hosts)) {
    log += writer.Host({host.address, {{Protocol::kTcp, state, host.tcp, {}, 0}}});
    totals.ports += host.tcp.size();
    totals.attempts += host.tcp.size();
  }
  return log + writer.Close(totals);
}

/// The log of an honest probe that finds every port in this state.
std::string HonestLog(const std::string& pod, const ProbeOrder& order, Outcome state) {
  const ProbeIdentity& identity = order.probes.at(pod);
  ReportWriter writer(order.scan, identity.nonce);
  std::string log = writer.Hello();
  return order.go ? log + Round(writer, order, identity, state) : log;
}

std::string OpenLog(const std::string& pod, const ProbeOrder& order) {
  return HonestLog(pod, order, Outcome::kOpen);
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
    options.sweep_timeout = std::chrono::seconds(2);
    return options;
  }
  /// Deploys and sweeps two ports of one host once; what was seen is in sink_.
  std::vector<VantageEnd> SweepOnce(FakeCluster& cluster, const std::vector<Vantage>& vantages) {
    sink_.lines.clear();
    KubeClient client(cluster, sleeper_);
    ProbeFleet fleet(client, Options(), [](const std::string&) {});
    auto deployed = fleet.Deploy(vantages, {});
    EXPECT_TRUE(deployed) << deployed.error().ToString();
    started_ = deployed ? *deployed : std::vector<StartedProbe>();
    const std::vector<SweepAsk> asks(vantages.size(), AskPorts("80,443"));
    auto ends = fleet.Sweep(asks, false, sink_, {});
    EXPECT_TRUE(ends) << ends.error().ToString();
    return ends ? *ends : std::vector<VantageEnd>();
  }
  FakeSleeper sleeper_;
  RecordingSink sink_;
  std::vector<StartedProbe> started_;
};

TEST_F(ProbeFleetTest, ReadsWhatEveryProbeSawAndLeavesNothing) {
  FakeCluster cluster(OpenLog);
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
  FakeCluster cluster(OpenLog);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
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
    FakeCluster cluster([&](const std::string& pod, const ProbeOrder& order) {
      return pod == "podreach-x7-0" ? noise : OpenLog(pod, order);
    });
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
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    ProbeOrder forged = order;
    forged.probes.at(pod).nonce = std::string(32, '0');
    return OpenLog(pod, forged) + HonestLog(pod, order, Outcome::kFiltered);
  });
  SweepOnce(cluster, Vantages({"shop"}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 filtered all"));
}

TEST_F(ProbeFleetTest, ALogThatStopsBeforeItsEndIsCut) {
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    const std::string log = OpenLog(pod, order);
    return log.substr(0, log.rfind('\n', log.size() - 2) + 1);
  });
  EXPECT_EQ(SweepOnce(cluster, Vantages({"shop"})).at(0).fault, ReportFault::kReportCut);
}

TEST_F(ProbeFleetTest, ANamespaceThatTakesNoProbeSaysSo) {
  FakeCluster cluster(OpenLog);
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
  FakeCluster cluster(OpenLog);
  cluster.RefusePodsIn("shop");
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
  auto deployed = fleet.Deploy(Vantages({"shop"}), {});
  ASSERT_FALSE(deployed);
  EXPECT_THAT(deployed.error().message, HasSubstr("exceeded quota: pods"));
}

/// The log of all rounds up to the order's: the first finds ports 80 and 443 open, later ones find
/// what they are asked filtered.
std::string TwoRounds(const std::string& pod, const ProbeOrder& order) {
  const ProbeIdentity& identity = order.probes.at(pod);
  ReportWriter writer(order.scan, identity.nonce);
  std::string log = writer.Hello();
  ProbeOrder first = order;
  first.round = 0;
  first.hosts = {{kHost, *PortSet::Parse("80,443"), {}}};
  if (order.go) {
    ProbeIdentity all = identity;
    all.hosts.reset();
    log += Round(writer, first, all, Outcome::kOpen);
  }
  if (order.round > 0) log += Round(writer, order, identity, Outcome::kFiltered);
  return log;
}

TEST_F(ProbeFleetTest, ASecondRoundAsksWhatItIsGivenAndNoMore) {
  FakeCluster cluster(TwoRounds);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
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
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    EXPECT_TRUE(!order.go || pod == "podreach-x7-0") << "a probe without work was followed";
    return OpenLog(pod, order);
  });
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop", "bank", "post"}), {}));
  const SweepAsk asks[] = {AskPorts("80"), AskFor({})};
  const auto ends = fleet.Sweep(asks, false, sink_, {});
  ASSERT_TRUE(ends);
  ASSERT_EQ(ends->size(), 2U);
  EXPECT_EQ(ends->at(1).fault, ReportFault::kNone);
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all"));
}

TEST_F(ProbeFleetTest, AsksWhatAnswersWhereItIsToldTo) {
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    const ProbeIdentity& identity = order.probes.at(pod);
    ReportWriter writer(order.scan, identity.nonce);
    std::string log = writer.Hello();
    if (!order.identify) return log;
    writer.BeginRound(order.round);
    log += writer.Host({kHost, {{Protocol::kTcp, Outcome::kOpen, *PortSet::Parse("443"), {}, 0}}});
    log += writer.Service({{kHost, Protocol::kTcp, *Port::From(443)},
                           {"etcd", "", "3.5", Access::kAnswers, "GET /version: 200", {}}});
    return log + writer.Close({1, 1, 0, {}, 0});
  });
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
  ASSERT_TRUE(fleet.Deploy(Vantages({"shop"}), {}));
  const SweepAsk asks[] = {AskPorts("443")};
  ASSERT_TRUE(fleet.Sweep(asks, true, sink_, {}));
  EXPECT_THAT(sink_.lines, ElementsAre("0: 0+1 open all", "0: 10.9.9.9:443/TCP is etcd"));
}

TEST_F(ProbeFleetTest, ASecondWaveIsDeployedAndTheFirstIsRemoved) {
  FakeCluster cluster(OpenLog);
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
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

TEST_F(ProbeFleetTest, AStopKeepsWhatWasReported) {
  std::stop_source stop;
  FakeCluster cluster([&](const std::string& pod, const ProbeOrder& order) {
    if (pod == "podreach-x7-0") return OpenLog(pod, order);
    if (order.go) stop.request_stop();
    return std::string();
  });
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
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
