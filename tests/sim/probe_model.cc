#include "tests/sim/probe_model.h"

#include <algorithm>
#include <map>

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

  [[nodiscard]] std::vector<PortGroup> Sweep(const HostOrder& host) {
    std::vector<PortGroup> groups;
    const std::uint64_t before = cost_.attempts;
    for (const auto& [protocol, ports] :
         {std::pair{Protocol::kTcp, &host.tcp}, std::pair{Protocol::kUdp, &host.udp}}) {
      for (const PortRange& range : ports->ranges()) {
        for (unsigned port = range.first.number(); port <= range.last.number(); ++port)
          Add({host.address, protocol, *Port::From(static_cast<std::uint16_t>(port))}, groups);
      }
    }
    cost_.most_to_one_host = std::max(cost_.most_to_one_host, cost_.attempts - before);
    return groups;
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
  void Add(const Endpoint& target, std::vector<PortGroup>& groups) {
    const Protocol protocol = target.protocol;
    const Seen seen = connector_.Connect(target.address, protocol, target.port.number());
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
    const auto group = std::ranges::find_if(groups, [&](const PortGroup& known) {
      return known.protocol == protocol && known.state == seen.state && known.icmp == seen.icmp;
    });
    PortGroup& into = group != groups.end()
                          ? *group
                          : groups.emplace_back(PortGroup{protocol, seen.state, {}, seen.icmp});
    into.ports.Add(target.port);
  }

  Connector connector_;
  const SweepLimits& limits_;
  SweepCost& cost_;
  std::uint64_t silent_attempts_ = 0;
};

/// Collects the hosts of a round, those that ended alike together.
class Alike {
 public:
  void Add(std::uint32_t host, const HostOrder& asked, std::vector<PortGroup> groups) {
    std::string key;
    for (PortGroup& group : groups) {
      if (group.ports == (group.protocol == Protocol::kUdp ? asked.udp : asked.tcp)) {
        group.all = true;
        group.ports = {};
      }
      key += std::to_string(static_cast<int>(group.protocol)) + " " +
             std::to_string(static_cast<int>(group.state)) + " " + group.ports.ToString();
      if (group.icmp) {
        key += " " + group.icmp->from.ToString() + " " + std::to_string(group.icmp->type) + " " +
               std::to_string(group.icmp->code);
      }
      key += ";";
    }
    AlikeHosts& alike = alike_[key];
    if (alike.groups.empty()) alike.groups = std::move(groups);
    if (!alike.runs.empty() && alike.runs.back().first + alike.runs.back().count == host) {
      ++alike.runs.back().count;
    } else {
      alike.runs.push_back({host, 1});
    }
  }
  [[nodiscard]] std::vector<AlikeHosts> Take() {
    std::vector<AlikeHosts> taken;
    for (auto& [key, alike] : alike_) taken.push_back(std::move(alike));
    return taken;
  }

 private:
  std::map<std::string, AlikeHosts> alike_;
};

}  // namespace

std::string ProbeModel::Look(const Result<ProbeOrder>& order, VirtualSeconds time,
                             std::optional<SweepCost>& cost) {
  if (!order) return Complain(order.error());
  const auto own = order->probes.find(name_);
  if (own == order->probes.end()) return {};
  std::string log;
  if (!writer_) log = Greet(*order, own->second);
  if (!order->go || order->round < next_round_ || !own->second.ask) return log;
  next_round_ = order->round + 1;
  const auto hosts = ParseHosts(order->asks[*own->second.ask]);
  if (!hosts) return log + Complain(hosts.error());
  cost.emplace();
  cost->node = cluster_.pods()[pod_].node;
  cost->start = time;
  return log + Sweep(*order, own->second.limits.value_or(order->limits), *hosts, *cost);
}

std::string ProbeModel::Complain(const Error& error) {
  if (std::exchange(complained_, true)) return {};
  return "podreach-probe: /podreach/order.json: " + error.ToString() + "\n";
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
  return writer_->Hello({identity.listen_tcp, identity.listen_udp, {}, {}});
}

std::string ProbeModel::Sweep(const ProbeOrder& order, const SweepLimits& limits,
                              const std::vector<HostOrder>& hosts, SweepCost& cost) {
  writer_->BeginRound(order.round);
  Sweeper sweeper(cluster_, pod_, limits, cost);
  Alike alike;
  std::vector<std::pair<std::uint32_t, Endpoint>> open;
  for (std::uint32_t i = 0; i < hosts.size(); ++i) {
    std::vector<PortGroup> groups = sweeper.Sweep(hosts[i]);
    for (const PortGroup& group : groups) {
      if (!order.identify || group.state != Outcome::kOpen) continue;
      for (const PortRange& range : group.ports.ranges()) {
        for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
          open.push_back(
              {i,
               {hosts[i].address, group.protocol, *Port::From(static_cast<std::uint16_t>(port))}});
        }
      }
    }
    alike.Add(i, hosts[i], std::move(groups));
  }
  std::string log = writer_->Hosts(alike.Take());
  ServiceIdentity unknown;
  unknown.name = "unknown";
  unknown.evidence = "simulated";
  for (const auto& [host, endpoint] : open)
    log += writer_->Service(host, endpoint.protocol, endpoint.port, unknown);
  cost.length = sweeper.Length();
  SweepTotals totals;
  totals.attempts = cost.attempts;
  totals.ports = cost.ports;
  totals.peak_in_flight = std::min<std::uint64_t>(limits.in_flight, cost.attempts);
  totals.sweep_time = std::chrono::milliseconds(static_cast<std::int64_t>(cost.length * 1000));
  totals.resident_kib = 4096;
  return log + writer_->Close(totals);
}

}  // namespace podreach::sim
