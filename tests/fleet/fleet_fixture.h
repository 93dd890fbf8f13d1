#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "podreach/fleet/probe_fleet.h"
#include "podreach/wire/report_writer.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fleet/fake_cluster.h"

namespace podreach {

inline const IpAddress kHost = *IpAddress::Parse("10.9.9.9");
inline constexpr VantageId kShop{0};
inline constexpr VantageId kBank{1};

/// A bare vantage in each of these namespaces.
inline std::vector<Vantage> Vantages(const std::vector<std::string> &namespaces) {
  std::vector<Vantage> vantages;
  for (const std::string &ns : namespaces) {
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

inline SweepAsk AskFor(std::vector<HostOrder> hosts) {
  return {std::make_shared<const std::vector<HostOrder>>(std::move(hosts))};
}

inline SweepAsk AskPorts(const char *tcp) { return AskFor({{kHost, *PortSet::Parse(tcp), {}}}); }

/// What this probe is asked.
inline std::vector<HostOrder> AskOf(const ProbeOrder &order, const std::string &pod) {
  const auto &ask = order.probes.at(pod).ask;
  return ask ? *ParseHosts(order.asks.at(*ask)) : std::vector<HostOrder>();
}

inline PortGroup All(Outcome state) { return {Protocol::kTcp, state, {}, {}, 0, false, true}; }

/// The frames of one round in which every port of these hosts ends in this
/// state.
inline std::string Round(ReportWriter &writer, std::uint32_t round,
                         const std::vector<HostOrder> &hosts, Outcome state) {
  writer.BeginRound(round);
  SweepTotals totals;
  for (const HostOrder &host : hosts) totals.ports += host.tcp.size();
  totals.attempts = totals.ports;
  const AlikeHosts alike{{{0, static_cast<std::uint32_t>(hosts.size())}}, {All(state)}};
  const std::string frames = writer.Hosts(std::span(&alike, 1));
  return frames + writer.Close(totals);
}

/// The log of an honest probe that finds every port in this state.
inline std::string HonestLog(const std::string &pod, const ProbeOrder &order, Outcome state) {
  ReportWriter writer(order.scan, order.probes.at(pod).nonce);
  const std::string log = writer.Hello();
  const auto hosts = AskOf(order, pod);
  return order.go && !hosts.empty() ? log + Round(writer, order.round, hosts, state) : log;
}

inline std::string OpenLog(const std::string &pod, const ProbeOrder &order) {
  return HonestLog(pod, order, Outcome::kOpen);
}

/// The log of all rounds up to the order's: the first finds ports 80 and 443
/// open, later ones find what they are asked filtered.
inline std::string TwoRounds(const std::string &pod, const ProbeOrder &order) {
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
               const std::vector<PortGroup> &groups) override {
    std::string line =
        std::to_string(Index(vantage)) + ": " + std::to_string(first) + "+" + std::to_string(count);
    for (const PortGroup &group : groups) {
      line += " " + std::string(ToString(group.state)) + " " +
              (group.all ? "all" : group.ports.ToString());
    }
    lines.push_back(line);
  }
  void OnService(VantageId vantage, const ServiceReport &service) override {
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
  std::vector<VantageEnd> SweepOnce(FakeCluster &cluster, const std::vector<Vantage> &vantages) {
    sink_.lines.clear();
    KubeClient client(cluster, sleeper_);
    ProbeFleet fleet(
        client, Options(), [](const std::string &) {}, clock_);
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

}  // namespace podreach
