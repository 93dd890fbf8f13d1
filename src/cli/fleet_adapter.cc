#include "cli/fleet_adapter.h"

namespace podreach::cli {
namespace {

using Hosts = std::vector<HostOrder>;

SweepAsk AskFor(const ScanPlan& plan, const std::set<TargetId>* only) {
  std::map<IpAddress, HostOrder> hosts;
  for (const Target& target : plan.targets) {
    if (target.endpoint.address == IpAddress() || (only != nullptr && !only->contains(target.id)))
      continue;
    HostOrder& host = hosts[target.endpoint.address];
    host.address = target.endpoint.address;
    (target.endpoint.protocol == Protocol::kUdp ? host.udp : host.tcp).Add(target.endpoint.port);
  }
  Hosts list;
  for (auto& [address, host] : hosts) list.push_back(std::move(host));
  return {std::make_shared<const Hosts>(std::move(list))};
}

/// Keeps what is said of every endpoint, vantage by vantage.
class Collector : public ReportSink {
 public:
  explicit Collector(const std::vector<SweepAsk>& asks) : asks_(asks) {}

  void OnHosts(VantageId vantage, std::uint32_t first, std::uint32_t count,
               const std::vector<PortGroup>& groups) override {
    for (std::uint32_t i = first; i < first + count; ++i) {
      const HostOrder& host = (*asks_[Index(vantage)].hosts)[i];
      for (const PortGroup& group : groups) {
        const PortSet& asked = group.protocol == Protocol::kUdp ? host.udp : host.tcp;
        Add(vantage, host.address, group, group.all ? asked : group.ports);
      }
    }
  }
  void OnService(VantageId vantage, const ServiceReport& service) override {
    services[{vantage, service.endpoint}] = service.service;
  }

  std::map<std::pair<VantageId, Endpoint>, Observation> seen;
  std::map<std::pair<VantageId, Endpoint>, ServiceIdentity> services;

 private:
  void Add(VantageId vantage, const IpAddress& address, const PortGroup& group,
           const PortSet& ports) {
    Observation observation{group.state, group.icmp, {}, group.unsure};
    if (group.error_number != 0) observation.note = "errno " + std::to_string(group.error_number);
    for (const PortRange& range : ports.ranges()) {
      for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
        seen[{vantage, {address, group.protocol, *Port::From(static_cast<std::uint16_t>(port))}}] =
            observation;
      }
    }
  }

  const std::vector<SweepAsk>& asks_;
};

}  // namespace

Result<void> FleetAdapter::Deploy(ScanPlan& plan, const std::stop_token& stop) {
  auto started = fleet_.Deploy(plan.vantages, stop);
  if (!started) return started.error();
  for (Vantage& vantage : plan.vantages) {
    const StartedProbe& probe = (*started)[Index(vantage.id)];
    if (!probe.running) plan.not_covered.push_back({vantage.name, probe.words});
    if (vantage.node.empty()) vantage.node = probe.node;
  }
  for (Target& target : plan.targets) {
    if (!target.probe) continue;
    const auto& ips = (*started)[Index(*target.probe)].ips;
    if (!ips.empty()) target.endpoint.address = ips.front();
  }
  return {};
}

Result<std::vector<VantageEnd>> FleetAdapter::Run(const std::vector<SweepAsk>& asks, bool identify,
                                                  ReportSink& sink, const std::stop_token& stop) {
  auto ends = fleet_.Sweep(asks, identify, sink, stop);
  if (!ends) return ends.error();
  for (const VantageEnd& end : *ends) attempts_ += end.attempts;
  return ends;
}

Result<void> FleetAdapter::Sweep(const ScanPlan& plan, const std::optional<AskedTargets>& only,
                                 ReachMatrix& matrix, const std::stop_token& stop) {
  const SweepAsk everything = only ? SweepAsk{} : AskFor(plan, nullptr);
  std::vector<SweepAsk> asks;
  for (std::size_t i = 0; i < plan.vantages.size(); ++i)
    asks.push_back(only ? AskFor(plan, &(*only)[i]) : everything);
  Collector collector(asks);
  const auto ends = Run(asks, false, collector, stop);
  if (!ends) return ends.error();
  for (const Vantage& vantage : plan.vantages) {
    const VantageEnd& end = (*ends)[Index(vantage.id)];
    for (const Target& target : plan.targets) {
      if (only && !(*only)[Index(vantage.id)].contains(target.id)) continue;
      const auto found = collector.seen.find({vantage.id, target.endpoint});
      std::string why =
          end.fault == ReportFault::kNone ? "the probe's report doesn't have it" : end.words;
      if (target.endpoint.address == IpAddress())
        why = "the probe that should answer there didn't start";
      matrix.At(vantage.id, target.id) = found != collector.seen.end()
                                             ? found->second
                                             : Observation{Outcome::kNotProbed, std::nullopt, why};
    }
  }
  if (stop.stop_requested())
    return MakeError(ErrorKind::kCancelled, "stopped in the middle of the sweep");
  return {};
}

Result<std::map<TargetId, IdentifiedService>> FleetAdapter::Identify(const ScanPlan& plan,
                                                                     const AskedTargets& asked,
                                                                     const std::stop_token& stop) {
  std::vector<SweepAsk> asks;
  for (const auto& targets : asked) asks.push_back(AskFor(plan, &targets));
  Collector collector(asks);
  const auto ends = Run(asks, true, collector, stop);
  if (!ends) return ends.error();
  std::map<TargetId, IdentifiedService> services;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const VantageId vantage{static_cast<std::uint32_t>(i)};
    for (const TargetId target : asked[i]) {
      const auto found = collector.services.find({vantage, plan.targets[Index(target)].endpoint});
      if (found != collector.services.end()) services[target] = {vantage, found->second};
    }
  }
  return services;
}

}  // namespace podreach::cli
