#include <algorithm>
#include <nlohmann/json.hpp>

#include "fleet/fleet_impl.h"

namespace podreach {
namespace {

constexpr std::size_t kFollowers = 16;

/// Writes a protocol's only group as `all` where it has every port that was asked.
void Fold(std::vector<PortGroup>& groups, const HostOrder& asked) {
  for (PortGroup& group : groups) {
    if (group.ports != (group.protocol == Protocol::kUdp ? asked.udp : asked.tcp)) continue;
    group.all = true;
    group.ports = {};
  }
}

/// Hands a round's hosts on, those in a row that ended alike together.
void HandOver(const ProbeReport& report, const std::vector<HostOrder>& asked, VantageId vantage,
              ReportSink& sink) {
  std::map<std::uint32_t, std::vector<PortGroup>> by_index;
  for (const HostReport& host : report.hosts) {
    const auto found = std::ranges::lower_bound(asked, host.address, {}, &HostOrder::address);
    if (found == asked.end() || found->address != host.address || host.groups.empty()) continue;
    auto& groups = by_index[static_cast<std::uint32_t>(found - asked.begin())];
    groups = host.groups;
    Fold(groups, *found);
  }
  for (auto run = by_index.begin(); run != by_index.end();) {
    std::uint32_t count = 1;
    auto next = std::next(run);
    while (next != by_index.end() && next->first == run->first + count &&
           next->second == run->second) {
      ++count;
      ++next;
    }
    sink.OnHosts(vantage, run->first, count, run->second);
    run = next;
  }
}

}  // namespace

ProbeOrder ProbeFleet::Impl::OrderOf(const std::string& ns, const ProbeOrder& common) const {
  ProbeOrder order = common;
  std::map<const std::vector<HostOrder>*, std::size_t> uses;
  const std::vector<HostOrder>* shared = nullptr;
  for (const auto& [vantage, probe] : probes_) {
    if (probe->ns != ns || !probe->HasWork()) continue;
    const auto* hosts = probe->ask.hosts.get();
    if (++uses[hosts] > (shared == nullptr ? 0 : uses[shared])) shared = hosts;
  }
  if (shared != nullptr) order.hosts = *shared;
  for (const auto& [vantage, probe] : probes_) {
    if (probe->ns != ns) continue;
    ProbeIdentity& identity = order.probes[probe->pod_name];
    identity = {probe->nonce, probe->listen_tcp, probe->listen_udp, std::nullopt};
    if (!probe->HasWork()) {
      identity.hosts.emplace();
    } else if (probe->ask.hosts.get() != shared) {
      identity.hosts = *probe->ask.hosts;
    }
  }
  return order;
}

void ProbeFleet::Impl::SendOrders(const ProbeOrder& common, const Probes& working,
                                  std::map<VantageId, VantageEnd>& unsent,
                                  const std::stop_token& stop) {
  std::set<std::string> named;
  for (const Probe* probe : working) named.insert(probe->ns);
  const std::vector<std::string> namespaces(named.begin(), named.end());
  std::map<std::string, std::string> refused;
  ForEachParallel(namespaces.size(), kFollowers, [&](std::size_t i) {
    const std::string& ns = namespaces[i];
    const nlohmann::json patch = {{"data", {{"order.json", EncodeOrder(OrderOf(ns, common))}}}};
    auto sent = client_.Patch({"/api/v1", "configmaps", ns, ConfigMapName(options_.scan_id), ""},
                              patch, stop);
    const std::lock_guard lock(mutex_);
    if (!sent) refused[ns] = sent.error().message;
  });
  // The kubelet refreshes a pod's volumes when the pod changes: a tenth of a second instead of a
  // minute.
  ForEachParallel(working.size(), kFollowers, [&](std::size_t i) {
    const Probe& probe = *working[i];
    std::string words;
    if (const auto why = refused.find(probe.ns); why != refused.end()) {
      words = why->second;
    } else {
      const nlohmann::json patch = {
          {"metadata", {{"annotations", {{"podreach.io/round", std::to_string(common.round)}}}}}};
      auto touched = client_.Patch({"/api/v1", "pods", probe.ns, probe.pod_name, ""}, patch, stop);
      if (touched) return;
      words = touched.error().message;
    }
    const std::lock_guard lock(mutex_);
    unsent[probe.vantage] = {ReportFault::kOrderNotSent, words, 0};
  });
}

void ProbeFleet::Impl::FollowLog(Probe& probe, std::uint32_t round, const std::stop_token& stop) {
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
      probe.words = followed.error().message;
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

VantageEnd ProbeFleet::Impl::EndOf(const Probe& probe, std::uint32_t round, ReportSink& sink,
                                   const std::stop_token& stop) const {
  // What ended, restarted or was deleted meanwhile is believed nothing, though its log may be
  // whole.
  if (probe.phase == Probe::Phase::kFailed) return {probe.fault, probe.words, 0};
  const auto report = probe.reader->Finish(round);
  if (report) {
    HandOver(*report, *probe.ask.hosts, probe.vantage, sink);
    for (const ServiceReport& service : report->services) sink.OnService(probe.vantage, service);
    return {ReportFault::kNone, {}, report->totals.attempts};
  }
  if (!probe.reader->broken().empty())
    return {ReportFault::kReportBroken, report.error().message, 0};
  if (stop.stop_requested()) return {ReportFault::kStopped, "the scan was stopped", 0};
  return {ReportFault::kReportCut, probe.words.empty() ? report.error().message : probe.words, 0};
}

Result<std::vector<VantageEnd>> ProbeFleet::Impl::Sweep(std::span<const SweepAsk> asks,
                                                        bool identify, ReportSink& sink,
                                                        const std::stop_token& stop) {
  ProbeOrder common;
  common.scan = options_.scan_id;
  common.go = true;
  common.identify = identify;
  common.round = next_round_++;
  common.limits = options_.limits;
  std::map<VantageId, VantageEnd> ends;
  Probes working;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [vantage, probe] : probes_) {
      probe->ask = Index(vantage) < asks.size() ? asks[Index(vantage)] : SweepAsk{};
      if (!probe->HasWork()) continue;
      if (probe->phase == Probe::Phase::kRunning) {
        working.push_back(probe.get());
      } else {
        ends[vantage] = {probe->fault, probe->words, 0};
      }
    }
  }
  std::map<VantageId, VantageEnd> unsent;
  SendOrders(common, working, unsent, stop);
  std::erase_if(working, [&](const Probe* probe) { return unsent.contains(probe->vantage); });
  ends.merge(unsent);

  // The followers end at the deadline or with the caller's stop, whichever comes first.
  std::stop_source end;
  {
    const std::stop_callback forward(stop, [&] { end.request_stop(); });
    const std::jthread deadline([&](const std::stop_token& done) {
      if (RealSleeper().Sleep(options_.sweep_timeout, done)) end.request_stop();
    });
    ForEachParallel(working.size(), kFollowers,
                    [&](std::size_t i) { FollowLog(*working[i], common.round, end.get_token()); });
  }
  const std::lock_guard lock(mutex_);
  for (const Probe* probe : working) ends[probe->vantage] = EndOf(*probe, common.round, sink, stop);
  std::vector<VantageEnd> result(asks.size());
  for (std::size_t i = 0; i < asks.size(); ++i) {
    const VantageId vantage{static_cast<std::uint32_t>(i)};
    if (const auto found = ends.find(vantage); found != ends.end()) {
      result[i] = found->second;
    } else if (asks[i].hosts != nullptr && !asks[i].hosts->empty() && !probes_.contains(vantage)) {
      result[i] = {ReportFault::kNotStarted, "no probe stands there", 0};
    }
  }
  return result;
}

}  // namespace podreach
