#include <algorithm>
#include <nlohmann/json.hpp>

#include "fleet/probe.h"

namespace podreach {
namespace {

constexpr std::size_t kFollowers = 16;
const std::string kNoResponder = "the probe that should answer there didn't start";

Outcome FromProbe(ProbeState state) {
  switch (state) {
    case ProbeState::kOpen:
      return Outcome::kOpen;
    case ProbeState::kClosed:
      return Outcome::kClosed;
    case ProbeState::kRejected:
      return Outcome::kRejected;
    case ProbeState::kFiltered:
      return Outcome::kFiltered;
    case ProbeState::kOpenFiltered:
      return Outcome::kOpenFiltered;
    case ProbeState::kUnreachable:
      return Outcome::kUnreachable;
    case ProbeState::kLocalError:
      return Outcome::kLocalError;
  }
  return Outcome::kNotProbed;
}

std::vector<HostOrder> HostsOf(const ScanPlan& plan, const std::set<TargetId>* only) {
  std::map<IpAddress, HostOrder> hosts;
  const IpAddress unspecified;
  for (const Target& target : plan.targets) {
    if (target.endpoint.address == unspecified || (only != nullptr && !only->contains(target.id)))
      continue;
    HostOrder& host = hosts[target.endpoint.address];
    host.address = target.endpoint.address;
    (target.endpoint.protocol == Protocol::kUdp ? host.udp : host.tcp).Add(target.endpoint.port);
  }
  std::vector<HostOrder> list;
  for (auto& [address, host] : hosts) list.push_back(std::move(host));
  return list;
}

std::map<Endpoint, Observation> Flatten(const ProbeReport& report) {
  std::map<Endpoint, Observation> seen;
  for (const HostReport& host : report.hosts) {
    for (const PortGroup& group : host.groups) {
      Observation observation{FromProbe(group.state), std::nullopt, {}};
      if (group.icmp)
        observation.icmp = IcmpEvidence{group.icmp->from, group.icmp->type, group.icmp->code};
      observation.unsure = group.unsure;
      if (group.error_number != 0) observation.note = "errno " + std::to_string(group.error_number);
      for (const PortRange& range : group.ports.ranges()) {
        for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
          seen[{host.address, group.protocol, *Port::From(static_cast<std::uint16_t>(port))}] =
              observation;
        }
      }
    }
  }
  return seen;
}

}  // namespace

std::vector<ProbeFleet::Probe*> ProbeFleet::Working() {
  const std::lock_guard lock(mutex_);
  std::vector<Probe*> working;
  for (const auto& probe : probes_) {
    if (probe->HasWork()) working.push_back(probe.get());
  }
  return working;
}

Result<void> ProbeFleet::SendOrders(const ProbeOrder& common, const std::stop_token& stop) {
  const std::vector<Probe*> working = Working();
  std::map<std::string, ProbeOrder> orders;
  for (const Probe* probe : working) orders.try_emplace(probe->ns, common);
  // A namespace's order holds the parts of all of its probes.
  for (const auto& probe : probes_) {
    if (const auto order = orders.find(probe->ns); order != orders.end())
      order->second.probes.emplace(probe->pod_name, probe->identity);
  }
  std::vector<std::string> namespaces;
  for (const auto& [ns, order] : orders) namespaces.push_back(ns);
  std::map<std::string, std::string> failed;
  ForEachParallel(namespaces.size(), kFollowers, [&](std::size_t i) {
    const std::string& ns = namespaces[i];
    const nlohmann::json patch = {{"data", {{"order.json", EncodeOrder(orders.at(ns))}}}};
    auto sent = client_.Patch({"/api/v1", "configmaps", ns, ConfigMapName(options_.scan_id), ""},
                              patch, stop);
    const std::lock_guard lock(mutex_);
    if (!sent) failed[ns] = sent.error().message;
  });
  // The kubelet refreshes a pod's volumes when the pod changes: a tenth of a second instead of a
  // minute.
  ForEachParallel(working.size(), kFollowers, [&](std::size_t i) {
    Probe& probe = *working[i];
    const nlohmann::json patch = {
        {"metadata", {{"annotations", {{"podreach.io/round", std::to_string(common.round)}}}}}};
    auto touched = client_.Patch({"/api/v1", "pods", probe.ns, probe.pod_name, ""}, patch, stop);
    const std::lock_guard lock(mutex_);
    const auto order_failed = failed.find(probe.ns);
    if (touched && order_failed == failed.end()) return;
    probe.phase = Probe::Phase::kFailed;
    probe.why = touched ? order_failed->second : touched.error().message;
  });
  if (stop.stop_requested())
    return MakeError(ErrorKind::kCancelled, "stopped while orders were sent");
  return {};
}

void ProbeFleet::Follow(Probe& probe, std::uint32_t round, const std::stop_token& stop) {
  // A log is read from its start each time; the reader passes over what it knows.
  while (!stop.stop_requested() && !probe.reader->closed(round) && probe.reader->broken().empty()) {
    auto followed = client_.FollowLog(
        probe.ns, probe.pod_name, "probe",
        [&](std::string_view bytes) {
          probe.reader->Feed(bytes);
          return !probe.reader->closed(round) && probe.reader->broken().empty();
        },
        stop);
    if (!followed && followed.error().kind != ErrorKind::kUnavailable) {
      const std::lock_guard lock(mutex_);
      probe.why = followed.error().message;
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      if (probe.phase == Probe::Phase::kFailed) return;
    }
    if (!probe.reader->closed(round))
      (void)RealSleeper().Sleep(std::chrono::milliseconds(100), stop);
  }
}

void ProbeFleet::Record(const ScanPlan& plan, const Probe& probe,
                        const std::optional<std::vector<std::set<TargetId>>>& only,
                        ReachMatrix& matrix) {
  const auto index =
      static_cast<std::size_t>(std::find_if(probes_.begin(), probes_.end(),
                                            [&](const auto& p) { return p.get() == &probe; }) -
                               probes_.begin());
  const VantageId vantage{static_cast<std::uint32_t>(index)};
  std::map<Endpoint, Observation> seen;
  std::string missing = probe.why;
  if (probe.phase == Probe::Phase::kRunning) {
    auto report = probe.reader->Finish(next_round_ - 1);
    if (report) {
      attempts_ += report->totals.attempts;
      seen = Flatten(*report);
      missing = "the probe's report doesn't have it";
    } else if (missing.empty()) {
      missing = report.error().message;
    }
  }
  const IpAddress unspecified;
  for (const Target& target : plan.targets) {
    if (only && !(*only)[index].contains(target.id)) continue;
    const auto found = seen.find(target.endpoint);
    const std::string& why = target.endpoint.address == unspecified ? kNoResponder : missing;
    matrix.At(vantage, target.id) =
        found != seen.end() ? found->second : Observation{Outcome::kNotProbed, std::nullopt, why};
  }
}

Result<void> ProbeFleet::RunRound(const ProbeOrder& common, const std::stop_token& stop) {
  if (auto sent = SendOrders(common, stop); !sent) return sent.error();
  // The followers end at the deadline or with the caller's stop, whichever comes first.
  std::stop_source end;
  const std::stop_callback forward(stop, [&] { end.request_stop(); });
  std::jthread deadline([&](const std::stop_token& done) {
    if (RealSleeper().Sleep(options_.sweep_timeout, done)) end.request_stop();
  });
  const std::vector<Probe*> working = Working();
  ForEachParallel(working.size(), kFollowers,
                  [&](std::size_t i) { Follow(*working[i], common.round, end.get_token()); });
  return {};
}

Result<std::map<TargetId, IdentifiedService>> ProbeFleet::Identify(
    const ScanPlan& plan, const std::vector<std::set<TargetId>>& asked,
    const std::stop_token& stop) {
  ProbeOrder common;
  common.scan = options_.scan_id;
  common.go = true;
  common.identify = true;
  common.round = next_round_++;
  common.limits = options_.limits;
  for (std::size_t i = 0; i < probes_.size(); ++i)
    probes_[i]->identity.hosts = HostsOf(plan, &asked[i]);
  if (auto run = RunRound(common, stop); !run) return run.error();
  std::map<TargetId, IdentifiedService> services;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    const Probe& probe = *probes_[i];
    if (probe.phase != Probe::Phase::kRunning || !probe.HasWork()) continue;
    const auto report = probe.reader->Finish(common.round);
    if (!report) continue;
    attempts_ += report->totals.attempts;
    std::map<Endpoint, const ServiceIdentity*> said;
    for (const ServiceReport& service : report->services) said[service.endpoint] = &service.service;
    for (const TargetId target : asked[i]) {
      const auto found = said.find(plan.targets[Index(target)].endpoint);
      if (found != said.end())
        services[target] = {VantageId{static_cast<std::uint32_t>(i)}, *found->second};
    }
  }
  return services;
}

Result<void> ProbeFleet::Sweep(const ScanPlan& plan,
                               const std::optional<std::vector<std::set<TargetId>>>& only,
                               ReachMatrix& matrix, const std::stop_token& stop) {
  ProbeOrder common;
  common.scan = options_.scan_id;
  common.go = true;
  common.round = next_round_++;
  common.limits = options_.limits;
  if (!only) common.hosts = HostsOf(plan, nullptr);
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    probes_[i]->identity.hosts.reset();
    if (only) probes_[i]->identity.hosts = HostsOf(plan, &(*only)[i]);
  }
  if (auto run = RunRound(common, stop); !run) return run.error();
  const std::lock_guard lock(mutex_);
  for (const auto& probe : probes_) {
    // Who had nothing to do has nothing to report.
    const bool idle = probe->phase == Probe::Phase::kRunning && !probe->HasWork();
    if (!idle) Record(plan, *probe, only, matrix);
  }
  if (stop.stop_requested())
    return MakeError(ErrorKind::kCancelled, "stopped in the middle of the sweep");
  return {};
}

}  // namespace podreach
