#include "podreach/fleet/probe_fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_transport.h"
#include "tests/fleet/fake_cluster.h"

namespace podreach {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const IpAddress kHost = *IpAddress::Parse("10.9.9.9");
constexpr TargetId kFirst{0};
constexpr TargetId kSecond{1};

/// A bare vantage in each of these namespaces, and two ports of one host.
ScanPlan Plan(const std::vector<std::string>& namespaces) {
  ScanPlan plan;
  for (const std::string& ns : namespaces) {
    Vantage vantage;
    vantage.id = VantageId{static_cast<std::uint32_t>(plan.vantages.size())};
    vantage.ns = ns;
    vantage.name = ns + " (bare)";
    vantage.pod_name = "podreach-x7-" + std::to_string(plan.vantages.size());
    vantage.labels = ProbeLabels("x7");
    plan.vantages.push_back(vantage);
  }
  for (const char* port : {"80", "443"}) {
    const TargetId id{static_cast<std::uint32_t>(plan.targets.size())};
    plan.targets.push_back({id,
                            TargetKind::kPod,
                            {kHost, Protocol::kTcp, *Port::Parse(port)},
                            {},
                            {},
                            {},
                            {},
                            false,
                            false,
                            {},
                            {},
                            {},
                            {}});
  }
  return plan;
}

/// The log of an honest probe that finds every port in this state.
std::string HonestLog(const std::string& pod, const ProbeOrder& order, ProbeState state) {
  const ProbeIdentity& identity = order.probes.at(pod);
  ReportWriter writer(order.scan, identity.nonce);
  std::string log = writer.Hello();
  if (!order.go) return log;
  writer.BeginRound(order.round);
  SweepTotals totals;
  for (const HostOrder& host : identity.hosts.value_or(order.hosts)) {
    log += writer.Host({host.address, {{Protocol::kTcp, state, host.tcp, {}, 0}}});
    totals.ports += host.tcp.size();
    totals.attempts += host.tcp.size();
  }
  return log + writer.Close(totals);
}

std::string OpenLog(const std::string& pod, const ProbeOrder& order) {
  return HonestLog(pod, order, ProbeState::kOpen);
}

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
  /// Deploys and sweeps once; what was seen.
  ReachMatrix SweepOnce(FakeCluster& cluster, ScanPlan& plan) {
    KubeClient client(cluster, sleeper_);
    ProbeFleet fleet(client, Options(), [](const std::string&) {});
    auto deployed = fleet.Deploy(plan, {});
    EXPECT_TRUE(deployed) << deployed.error().ToString();
    ReachMatrix matrix(plan.vantages.size(), plan.targets.size());
    auto swept = fleet.Sweep(plan, std::nullopt, matrix, {});
    EXPECT_TRUE(swept) << swept.error().ToString();
    return matrix;
  }
  FakeSleeper sleeper_;
};

TEST_F(ProbeFleetTest, ReadsWhatEveryProbeSawAndLeavesNothing) {
  FakeCluster cluster(OpenLog);
  ScanPlan plan = Plan({"shop", "bank"});
  const ReachMatrix matrix = SweepOnce(cluster, plan);
  for (const Vantage& vantage : plan.vantages) {
    EXPECT_EQ(vantage.node, "node1");
    for (const Target& target : plan.targets) {
      EXPECT_EQ(matrix.At(vantage.id, target.id).outcome, Outcome::kOpen);
    }
  }
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

TEST_F(ProbeFleetTest, AHostileLogCostsItsOwnCellsAlone) {
  const std::string kHostile[] = {
      "",
      std::string(20'000, 'x') + "\n",
      "podreach v1 \x1b[2J\xff\xfe {\"type\":\"close\"}\n",
      std::string(3U << 20U, '\n'),
  };
  for (const std::string& noise : kHostile) {
    FakeCluster cluster([&](const std::string& pod, const ProbeOrder& order) {
      return pod == "podreach-x7-0" ? noise : OpenLog(pod, order);
    });
    ScanPlan plan = Plan({"shop", "bank"});
    const ReachMatrix matrix = SweepOnce(cluster, plan);
    const Observation& lost = matrix.At(plan.vantages[0].id, kFirst);
    EXPECT_EQ(lost.outcome, Outcome::kNotProbed);
    EXPECT_NE(lost.note, "");
    EXPECT_EQ(matrix.At(plan.vantages[1].id, kFirst).outcome, Outcome::kOpen);
    EXPECT_THAT(cluster.objects(), IsEmpty());
  }
}

TEST_F(ProbeFleetTest, ForgedFramesAreNotBelieved) {
  // Right in every way but the nonce, before the honest ones.
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    ProbeOrder forged = order;
    forged.probes.at(pod).nonce = std::string(32, '0');
    return OpenLog(pod, forged) + HonestLog(pod, order, ProbeState::kFiltered);
  });
  ScanPlan plan = Plan({"shop"});
  const ReachMatrix matrix = SweepOnce(cluster, plan);
  EXPECT_EQ(matrix.At(plan.vantages[0].id, kFirst).outcome, Outcome::kFiltered);
}

TEST_F(ProbeFleetTest, ALogThatStopsBeforeItsEndIsNoReport) {
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    const std::string log = OpenLog(pod, order);
    return log.substr(0, log.rfind('\n', log.size() - 2) + 1);
  });
  ScanPlan plan = Plan({"shop"});
  const ReachMatrix matrix = SweepOnce(cluster, plan);
  EXPECT_EQ(matrix.At(plan.vantages[0].id, kFirst).outcome, Outcome::kNotProbed);
}

TEST_F(ProbeFleetTest, ANamespaceThatTakesNoProbeIsNotCovered) {
  FakeCluster cluster(OpenLog);
  cluster.RefusePodsIn("bank");
  ScanPlan plan = Plan({"shop", "bank"});
  const ReachMatrix matrix = SweepOnce(cluster, plan);
  ASSERT_EQ(plan.not_covered.size(), 1U);
  EXPECT_EQ(plan.not_covered[0].what, "bank (bare)");
  EXPECT_THAT(plan.not_covered[0].reason, HasSubstr("exceeded quota: pods"));
  EXPECT_EQ(matrix.At(plan.vantages[1].id, kFirst).outcome, Outcome::kNotProbed);
  EXPECT_THAT(matrix.At(plan.vantages[1].id, kFirst).note, HasSubstr("exceeded quota: pods"));
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

TEST_F(ProbeFleetTest, WhereNoProbeStartsTheFirstReasonIsTheError) {
  FakeCluster cluster(OpenLog);
  cluster.RefusePodsIn("shop");
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
  ScanPlan plan = Plan({"shop"});
  auto deployed = fleet.Deploy(plan, {});
  ASSERT_FALSE(deployed);
  EXPECT_THAT(deployed.error().message, HasSubstr("exceeded quota: pods"));
  EXPECT_THAT(deployed.error().hint, HasSubstr("probe:1"));
}

TEST_F(ProbeFleetTest, ASecondRoundAsksForTheGivenCellsAlone) {
  // Open at first, silent when asked again.
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    if (order.round == 0) return OpenLog(pod, order);
    const ProbeIdentity& identity = order.probes.at(pod);
    ReportWriter writer(order.scan, identity.nonce);
    std::string log = writer.Hello();
    for (std::uint32_t round = 0; round <= order.round; ++round) {
      writer.BeginRound(round);
      const PortSet ports = round == 0 ? *PortSet::Parse("80,443") : identity.hosts->front().tcp;
      const auto state = round == 0 ? ProbeState::kOpen : ProbeState::kFiltered;
      log += writer.Host({kHost, {{Protocol::kTcp, state, ports, {}, 0}}});
      log += writer.Close({ports.size(), ports.size(), 0, {}, 0});
    }
    return log;
  });
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
  ScanPlan plan = Plan({"shop"});
  ASSERT_TRUE(fleet.Deploy(plan, {}));
  ReachMatrix matrix(1, 2);
  ASSERT_TRUE(fleet.Sweep(plan, std::nullopt, matrix, {}));
  ASSERT_TRUE(fleet.Sweep(plan, std::vector<std::set<TargetId>>{{kSecond}}, matrix, {}));
  EXPECT_EQ(matrix.At(plan.vantages[0].id, kFirst).outcome, Outcome::kOpen);
  EXPECT_EQ(matrix.At(plan.vantages[0].id, kSecond).outcome, Outcome::kFiltered);
  EXPECT_EQ(fleet.attempts(), 3U);
}

TEST_F(ProbeFleetTest, AsksWhatAnswersInARoundOfItsOwn) {
  FakeCluster cluster([](const std::string& pod, const ProbeOrder& order) {
    const std::string log = OpenLog(pod, order);
    if (!order.identify) return log;
    // The whole log once more, with what the second port is.
    const ProbeIdentity& identity = order.probes.at(pod);
    ReportWriter writer(order.scan, identity.nonce);
    std::string both = writer.Hello();
    writer.BeginRound(0);
    both += writer.Host(
        {kHost, {{Protocol::kTcp, ProbeState::kOpen, *PortSet::Parse("80,443"), {}, 0}}});
    both += writer.Close({2, 2, 0, {}, 0});
    writer.BeginRound(1);
    const PortSet ports = identity.hosts->front().tcp;
    both += writer.Host({kHost, {{Protocol::kTcp, ProbeState::kOpen, ports, {}, 0}}});
    both += writer.Service({{kHost, Protocol::kTcp, *Port::From(443)},
                            {"etcd", "", "3.5", Access::kAnswers, "GET /version: 200", {}}});
    return both + writer.Close({ports.size(), ports.size(), 0, {}, 0});
  });
  KubeClient client(cluster, sleeper_);
  ProbeFleet fleet(client, Options(), [](const std::string&) {});
  ScanPlan plan = Plan({"shop"});
  ASSERT_TRUE(fleet.Deploy(plan, {}));
  ReachMatrix matrix(1, 2);
  ASSERT_TRUE(fleet.Sweep(plan, std::nullopt, matrix, {}));
  const auto services = fleet.Identify(plan, {{kSecond}}, {});
  ASSERT_TRUE(services) << services.error().ToString();
  ASSERT_EQ(services->size(), 1U);
  EXPECT_EQ(services->at(kSecond).service.name, "etcd");
  EXPECT_EQ(services->at(kSecond).asked_from, plan.vantages[0].id);
  // What isn't there is not made up, and the matrix stays as it was.
  const auto none = fleet.Identify(plan, {{kFirst}}, {});
  EXPECT_TRUE(!none || none->empty());
  EXPECT_EQ(matrix.At(plan.vantages[0].id, kFirst).outcome, Outcome::kOpen);
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
  ScanPlan plan = Plan({"shop", "bank"});
  ASSERT_TRUE(fleet.Deploy(plan, {}));
  ReachMatrix matrix(2, 2);
  auto swept = fleet.Sweep(plan, std::nullopt, matrix, stop.get_token());
  ASSERT_FALSE(swept);
  EXPECT_EQ(swept.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(matrix.At(plan.vantages[1].id, kFirst).outcome, Outcome::kNotProbed);
  ASSERT_TRUE(fleet.Cleanup());
  EXPECT_THAT(cluster.objects(), IsEmpty());
}

}  // namespace
}  // namespace podreach
