#include "tests/sim/probe_model.h"

#include <algorithm>

#include "tests/sim/network.h"

namespace podreach::sim {
namespace {

bool IsSilence(Outcome state) {
  return state == Outcome::kFiltered || state == Outcome::kOpenFiltered;
}

/// Sweeps hosts, and counts what that takes.
class Sweeper {
 public:
  Sweeper(const Cluster& cluster, std::uint32_t pod, const SweepLimits& limits, SweepCost& cost)
      : connector_(cluster, pod), limits_(limits), cost_(cost) {
    cost_.by_target_node.assign(cluster.nodes().size(), 0);
  }

  [[nodiscard]] HostReport Sweep(const HostOrder& host) {
    HostReport report{host.address, {}};
    const std::uint64_t before = cost_.attempts;
    for (const auto& [protocol, ports] :
         {std::pair{Protocol::kTcp, &host.tcp}, std::pair{Protocol::kUdp, &host.udp}}) {
      for (const PortRange& range : ports->ranges()) {
        for (unsigned port = range.first.number(); port <= range.last.number(); ++port)
          Add(protocol, static_cast<std::uint16_t>(port), report);
      }
    }
    cost_.most_to_one_host = std::max(cost_.most_to_one_host, cost_.attempts - before);
    return report;
  }

  /// How long all of it takes under the order's limits: whichever is slowest sets the pace.
  [[nodiscard]] VirtualSeconds Length() const {
    const auto attempts = static_cast<double>(cost_.attempts);
    const double timeout = std::chrono::duration<double>(limits_.timeout).count();
    const double silent = static_cast<double>(silent_attempts_);
    constexpr double kRoundTrip = 0.001;
    double length = (silent * timeout + (attempts - silent) * kRoundTrip) / limits_.in_flight;
    // Silence is only known after all tries of the last port.
    if (silent_attempts_ > 0) length = std::max(length, timeout * limits_.tries);
    if (limits_.rate > 0) length = std::max(length, attempts / limits_.rate);
    if (limits_.rate_per_host > 0) {
      length =
          std::max(length, static_cast<double>(cost_.most_to_one_host) / limits_.rate_per_host);
    }
    if (limits_.flows_per_two_minutes > 0) {
      // A window's worth goes at once, the rest as the window moves on.
      const double windows = attempts / limits_.flows_per_two_minutes;
      if (windows > 1) length = std::max(length, (windows - 1) * 120);
    }
    return length;
  }

 private:
  void Add(Protocol protocol, std::uint16_t port, HostReport& report) {
    const Seen seen = connector_.Connect(report.address, protocol, port);
    const bool silent = IsSilence(seen.state);
    // An open TCP port is confirmed by a second connection, and so is unreachability.
    const bool twice = (seen.state == Outcome::kOpen && protocol == Protocol::kTcp) ||
                       seen.state == Outcome::kUnreachable;
    const std::uint32_t attempts = silent ? limits_.tries : twice ? 2U : 1U;
    ++cost_.ports;
    cost_.attempts += attempts;
    if (silent) silent_attempts_ += attempts;
    if (seen.node != kAbsent && seen.node != cost_.node)
      cost_.by_target_node[seen.node] += attempts;
    const auto group =
        std::find_if(report.groups.begin(), report.groups.end(), [&](const PortGroup& known) {
          return known.protocol == protocol && known.state == seen.state && known.icmp == seen.icmp;
        });
    PortGroup& into =
        group != report.groups.end()
            ? *group
            : report.groups.emplace_back(PortGroup{protocol, seen.state, {}, seen.icmp, 0, false});
    into.ports.Add(*Port::From(port));
  }

  Connector connector_;
  const SweepLimits& limits_;
  SweepCost& cost_;
  std::uint64_t silent_attempts_ = 0;
};

}  // namespace

std::string ProbeModel::Look(const Result<ProbeOrder>& order, VirtualSeconds time,
                             std::optional<SweepCost>& cost) {
  if (!order) {
    if (std::exchange(complained_, true)) return {};
    return "podreach-probe: /podreach/order.json: " + order.error().ToString() + "\n";
  }
  const auto own = order->probes.find(name_);
  if (own == order->probes.end()) return {};
  std::string log;
  if (!writer_) log = Greet(*order, own->second);
  if (!order->go || order->round < next_round_) return log;
  next_round_ = order->round + 1;
  cost.emplace();
  cost->node = cluster_.pods()[pod_].node;
  cost->start = time;
  return log + Sweep(*order, own->second, *cost);
}

std::string ProbeModel::Greet(const ProbeOrder& order, const ProbeIdentity& identity) {
  std::vector<Listener> listeners;
  const auto listen = [&](Protocol protocol, const PortSet& ports) {
    for (const PortRange& range : ports.ranges()) {
      listeners.push_back(
          {protocol, range.first.number(), range.last.number(), Listener::Kind::kAnswers});
    }
  };
  listen(Protocol::kTcp, identity.listen_tcp);
  listen(Protocol::kUdp, identity.listen_udp);
  cluster_.pod(pod_).listeners = cluster_.AddListeners(std::move(listeners));
  writer_.emplace(order.scan, identity.nonce);
  return writer_->Hello(identity.listen_tcp, identity.listen_udp, {});
}

std::string ProbeModel::Sweep(const ProbeOrder& order, const ProbeIdentity& identity,
                              SweepCost& cost) {
  std::string log;
  writer_->BeginRound(order.round);
  Sweeper sweeper(cluster_, pod_, order.limits, cost);
  std::vector<ServiceReport> services;
  for (const HostOrder& host : identity.hosts ? *identity.hosts : order.hosts) {
    const HostReport report = sweeper.Sweep(host);
    log += writer_->Host(report);
    if (!order.identify) continue;
    for (const PortGroup& group : report.groups) {
      if (group.state != Outcome::kOpen) continue;
      for (const PortRange& range : group.ports.ranges()) {
        for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
          ServiceIdentity unknown;
          unknown.name = "unknown";
          unknown.evidence = "simulated";
          services.push_back(
              {{host.address, group.protocol, *Port::From(static_cast<std::uint16_t>(port))},
               unknown});
        }
      }
    }
  }
  for (const std::string& name : order.names)
    log += writer_->Name({name, {}, "the simulator has no name server"});
  for (const ServiceReport& service : services) log += writer_->Service(service);
  cost.length = sweeper.Length();
  SweepTotals totals;
  totals.attempts = cost.attempts;
  totals.ports = cost.ports;
  totals.peak_in_flight = std::min<std::uint64_t>(order.limits.in_flight, cost.attempts);
  totals.sweep_time = std::chrono::milliseconds(static_cast<std::int64_t>(cost.length * 1000));
  totals.resident_kib = 4096;
  return log + writer_->Close(totals);
}

}  // namespace podreach::sim
