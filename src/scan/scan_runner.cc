#include "scan/scan_runner.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <set>
#include <thread>

#include "podreach/collect/source.h"
#include "podreach/findings/intent_findings.h"
#include "podreach/policy/policy_kinds.h"
#include "podreach/scan/confirmation.h"
#include "scan/sinks.h"

namespace podreach {
namespace {

/// RFC 3339, UTC, whole seconds.
std::string TimeUtc(std::chrono::system_clock::time_point when) {
  const std::time_t time = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

/// Node probes stay for the whole scan, and nobody needs one after it.
std::chrono::seconds PodDeadline(const ScanSettings& settings) {
  return settings.scan_timeout + std::chrono::minutes(5);
}

FleetOptions ToFleetOptions(const ScanSettings& settings, const std::string& scan_id) {
  FleetOptions options;
  options.scan_id = scan_id;
  options.own_namespace = settings.plan.own_namespace;
  options.image = settings.probe_image;
  options.pull_policy = settings.pull_policy;
  options.limits = settings.limits;
  options.flows_per_node_in_two_minutes = static_cast<std::uint32_t>(settings.plan.flows_per_node);
  options.rate_per_target_host = settings.rate_per_target;
  options.pod_deadline = PodDeadline(settings);
  options.start_timeout = settings.start_timeout;
  options.sweep_timeout = settings.sweep_timeout;
  return options;
}

bool IsStop(const Error& error) { return error.kind == ErrorKind::kCancelled; }

}  // namespace

ScanRunner::ScanRunner(const ScanSettings& settings, const ScanDependencies& dependencies,
                       ScanObserver& observer, std::stop_token stop)
    : settings_(settings),
      dependencies_(dependencies),
      observer_(observer),
      stop_(std::move(stop)),
      phase_start_(dependencies.now()) {}

void ScanRunner::Phase(const char* name) {
  const auto now = dependencies_.now();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - phase_start_);
  phase_start_ = now;
  observer_.OnPhase(name, took);
  const auto known =
      std::ranges::find(phases_, name, [](const auto& phase) { return phase.first; });
  if (known == phases_.end()) {
    phases_.emplace_back(name, took);
  } else {
    known->second += took;
  }
}

/// A probe ends by itself at its deadline: what is much older than that is nobody's any more.
void ScanRunner::RemoveOldLeftovers() {
  const auto age =
      2 * std::max<std::chrono::seconds>(PodDeadline(settings_), std::chrono::hours(1));
  const LeftoverFilter old{{}, TimeUtc(dependencies_.wall_clock() - age)};
  const auto removed = RemoveLeftovers(dependencies_.client, old, stop_);
  if (!removed) {
    observer_.Warn(removed.error().ToString());
  } else if (!removed->objects.empty()) {
    observer_.Say("removed " + std::to_string(removed->objects.size()) +
                  " objects of scans that were killed");
  }
}

Result<ScanRecord> ScanRunner::Run() {
  started_ = TimeUtc(dependencies_.wall_clock());
  RemoveOldLeftovers();
  observer_.Say("reading the cluster");
  auto ground = PrepareScan(settings_, dependencies_, stop_);
  if (!ground) return ground.error();
  ground_ = *std::move(ground);
  Phase("snapshot and plan");
  observer_.Say("scan " + ground_.options.scan_id + ": " +
                std::to_string(ground_.plan.vantages.size()) + " vantages, " +
                std::to_string(ground_.plan.groups.size()) + " target groups");
  fleet_ = std::make_unique<ProbeFleet>(dependencies_.client,
                                        ToFleetOptions(settings_, ground_.options.scan_id),
                                        [this](const std::string& line) { observer_.Say(line); });
  observed_ = std::make_unique<ReachMatrix>(ground_.plan.vantages.size());
  const auto worked = Work();
  if (!worked && (!IsStop(worked.error()) || intentions_ == nullptr)) {
    (void)fleet_->Cleanup();
    return worked.error();
  }
  if (stop_.stop_requested())
    observer_.Say("stopping: removing the probes, and reporting what they saw");
  DropWhatMoved();
  ScanRecord record = Judge();
  Phase("compare");
  record.info.incomplete = stop_.stop_requested() || unchecked_;
  const auto cleaned = fleet_->Cleanup();
  Phase("cleanup");
  if (!cleaned) {
    observer_.Warn(cleaned.error().ToString());
    record.info.left_behind = true;
  }
  record.info.phases = phases_;
  record.info.api_requests = dependencies_.client.counts().total();
  return record;
}

Result<void> ScanRunner::Work() {
  ScanPlan& plan = ground_.plan;
  const Waves waves = MakeWaves(plan, settings_.max_probes);
  std::vector<VantageId> present = waves.staying;
  present.insert(present.end(), waves.waves.front().begin(), waves.waves.front().end());
  if (auto done = Deploy(present); !done) return done;
  Phase("pods starting");
  discovery_ = PlanDiscovery(*ground_.snapshot, plan, ground_.options);
  if (auto done = Discover(); !done) return done;
  intentions_ = std::make_unique<IntentionTable>(*ground_.evaluator, plan);
  for (std::size_t wave = 0; wave < waves.waves.size(); ++wave) {
    if (wave > 0) {
      observer_.Say("wave " + std::to_string(wave + 1) + " of " +
                    std::to_string(waves.waves.size()));
      present = waves.waves[wave];
      if (auto done = Deploy(present); !done) return done;
      Phase("pods starting");
    }
    PlanResponders(present, plan);
    if (auto done = SweepWave(present); !done) return done;
    if (wave + 1 == waves.waves.size()) break;
    if (auto done = fleet_->Remove(waves.waves[wave], stop_); !done) return done;
    Phase("cleanup");
  }
  return {};
}

Result<void> ScanRunner::Deploy(std::span<const VantageId> vantages) {
  ScanPlan& plan = ground_.plan;
  std::vector<Vantage> wanted;
  for (const VantageId id : vantages) wanted.push_back(plan.vantage(id));
  auto started = fleet_->Deploy(wanted, stop_);
  if (!started) return started.error();
  for (std::size_t i = 0; i < vantages.size(); ++i) {
    const StartedProbe& probe = (*started)[i];
    Vantage& vantage = plan.vantages[Index(vantages[i])];
    if (!probe.running) {
      plan.not_covered.push_back({vantage.name, probe.words, NotCovered::Why::kFailed});
      faults_[vantage.id] = probe.words;
      continue;
    }
    ++running_;
    if (!probe.ips.empty() && vantage.kind != VantageKind::kNode)
      vantage.address = probe.ips.front();
    if (vantage.node.empty()) vantage.node = probe.node;
    LimitNode(probe);
  }
  return {};
}

/// A node whose connection table is nearly full gets less than the others: half of what is free.
void ScanRunner::LimitNode(const StartedProbe& probe) {
  if (!probe.conntrack) return;
  const std::uint64_t free =
      probe.conntrack->max - std::min(probe.conntrack->max, probe.conntrack->count);
  const std::uint64_t most = settings_.plan.flows_per_node;
  if (free / 2 >= most) return;
  observer_.Say("node " + probe.node + ": its connection table has room for " +
                std::to_string(free) + " more; the probes there use half of it");
  fleet_->LimitNode(probe.node, static_cast<std::uint32_t>(std::max<std::uint64_t>(1, free / 2)));
}

Result<void> ScanRunner::Discover() {
  const bool any = std::ranges::any_of(discovery_.hosts, [](const auto& h) { return !h.empty(); });
  ListeningSink sink(discovery_.hosts);
  if (any) {
    observer_.Say("looking for what listens");
    std::vector<SweepAsk> asks(ground_.plan.vantages.size());
    for (std::size_t i = 0; i < asks.size(); ++i) {
      if (discovery_.hosts[i].empty()) continue;
      std::vector<HostOrder> hosts;
      for (const auto& host : discovery_.hosts[i]) hosts.push_back({host.address, host.tcp, {}});
      asks[i].hosts = std::make_shared<const std::vector<HostOrder>>(std::move(hosts));
    }
    auto ends = fleet_->Sweep(asks, false, sink, stop_);
    if (!ends) return ends.error();
    NoteEnds(*ends);
    Phase("discovery");
    if (stop_.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped before the sweep");
  }
  PlanTargets(*ground_.evaluator, ground_.options, sink.Take(), ground_.plan);
  return {};
}

void ScanRunner::NoteEnds(const std::vector<VantageEnd>& ends) {
  for (std::uint32_t i = 0; i < ends.size(); ++i) {
    attempts_ += ends[i].attempts;
    const bool known = faults_.contains(VantageId{i});
    if (ends[i].fault != ReportFault::kNone && !known) faults_[VantageId{i}] = ends[i].words;
  }
}

/// The orders for cells of a vantage's row; for whole rows that are alike, the same ones.
const HostOrders& ScanRunner::OrdersFor(VantageId vantage,
                                        const std::vector<std::uint32_t>& cells) {
  const TargetList& ask = ground_.plan.asks[Index(vantage)];
  if (cells.size() == ask->size()) {
    auto known = orders_.find(ask);
    if (known == orders_.end())
      known = orders_.emplace(ask, MakeHostOrders(ground_.plan, *ask, nullptr)).first;
    return known->second;
  }
  some_orders_.push_back(std::make_unique<HostOrders>(MakeHostOrders(ground_.plan, *ask, &cells)));
  return *some_orders_.back();
}

/// One round, of the cells given by vantage.
Result<void> ScanRunner::Ask(std::span<const VantageId> vantages,
                             const std::vector<std::vector<std::uint32_t>>& cells) {
  const ScanPlan& plan = ground_.plan;
  std::vector<SweepAsk> asks(plan.vantages.size());
  std::vector<const HostOrders*> orders(plan.vantages.size());
  for (const VantageId id : vantages) {
    if (cells[Index(id)].empty() || faults_.contains(id)) continue;
    const HostOrders& order = OrdersFor(id, cells[Index(id)]);
    asks[Index(id)].hosts = order.hosts;
    orders[Index(id)] = &order;
  }
  MatrixSink sink(std::move(orders), *observed_);
  auto ends = fleet_->Sweep(asks, false, sink, stop_);
  some_orders_.clear();
  if (!ends) return ends.error();
  NoteEnds(*ends);
  // A probe that ended, restarted or was replaced in the midst of a round is believed nothing of
  // it.
  for (const VantageId id : vantages) {
    if ((*ends)[Index(id)].fault != ReportFault::kProbeFailed) continue;
    for (const std::uint32_t position : cells[Index(id)])
      observed_->Set(id, position, {.why = NotProbed::kNoReport});
  }
  if (stop_.stop_requested())
    return MakeError(ErrorKind::kCancelled, "stopped in the middle of a sweep");
  return {};
}

/// Gives the vantages that are there their rows. The nodes' rows of the waves before go on: gives
/// what is new in them, by vantage.
std::vector<std::vector<std::uint32_t>> ScanRunner::OpenRows(std::span<const VantageId> vantages) {
  const ScanPlan& plan = ground_.plan;
  std::vector<std::vector<std::uint32_t>> more(plan.vantages.size());
  std::set<VantageId> open(vantages.begin(), vantages.end());
  for (const Vantage& vantage : plan.vantages) {
    if (vantage.kind == VantageKind::kNode) open.insert(vantage.id);
  }
  for (const VantageId id : open) {
    const std::size_t before = observed_->targets(id).size();
    if (plan.asks[Index(id)] == nullptr || plan.asks[Index(id)]->size() == before) continue;
    observed_->Extend(id, plan.asks[Index(id)]);
    const auto targets = observed_->targets(id);
    for (auto i = static_cast<std::uint32_t>(before); i < targets.size(); ++i) {
      more[Index(id)].push_back(i);
      if (plan.place(targets[i]).address == IpAddress())
        observed_->Set(id, i, {.why = NotProbed::kNoResponder});
    }
  }
  return more;
}

Result<void> ScanRunner::SweepWave(std::span<const VantageId> vantages) {
  const auto cells = OpenRows(vantages);
  std::vector<VantageId> asked;
  for (std::uint32_t v = 0; v < cells.size(); ++v) {
    if (!cells[v].empty()) asked.push_back(VantageId{v});
  }
  observer_.Say("the probes run: sweeping");
  const auto swept = Ask(asked, cells);
  Phase("sweep and collection");
  for (const VantageId id : asked) intentions_->Fill(id);
  Phase("compare");
  if (!swept) return swept;
  Identify(vantages);
  return Confirm(asked);
}

/// What answers at the open ports that matter. Where it can't be asked, the report does without.
void ScanRunner::Identify(std::span<const VantageId> vantages) {
  if (!settings_.identify) return;
  const ScanPlan& plan = ground_.plan;
  const auto asked = WhatToIdentify(plan, *observed_, *intentions_, vantages, services_);
  std::vector<SweepAsk> asks(plan.vantages.size());
  std::size_t count = 0;
  for (std::size_t v = 0; v < asked.size(); ++v) {
    if (asked[v].empty()) continue;
    count += asked[v].size();
    std::map<IpAddress, HostOrder> hosts;
    for (const TargetId id : asked[v]) {
      HostOrder& host = hosts[plan.place(id).address];
      host.address = plan.place(id).address;
      (plan.target(id).protocol == Protocol::kUdp ? host.udp : host.tcp).Add(plan.target(id).port);
    }
    std::vector<HostOrder> list;
    for (auto& [address, host] : hosts) list.push_back(std::move(host));
    asks[v].hosts = std::make_shared<const std::vector<HostOrder>>(std::move(list));
  }
  if (count == 0) return;
  observer_.Say("asking what answers at " + std::to_string(count) + " open ports");
  MatrixSink sink(std::vector<const HostOrders*>(plan.vantages.size()), *observed_);
  const auto ends = fleet_->Sweep(asks, true, sink, stop_);
  if (!ends) observer_.Warn(ends.error().ToString());
  if (ends) NoteEnds(*ends);
  std::size_t answered = 0;
  for (std::uint32_t v = 0; v < asked.size(); ++v) {
    for (const TargetId id : asked[v]) {
      const auto found =
          sink.services().find({VantageId{v}, EndpointOf(plan.place(id), plan.target(id))});
      if (found == sink.services().end()) continue;
      ++answered;
      services_[id] = {VantageId{v}, found->second};
    }
  }
  if (answered < count)
    observer_.Say(std::to_string(count - answered) + " of them couldn't be asked");
  Phase("identification");
}

/// Policies take time to reach the data plane: what disagrees is probed once more after a while.
Result<void> ScanRunner::Confirm(std::span<const VantageId> vantages) {
  Controls controls = FindControls(ground_.plan, *observed_);
  FindResets(ground_.plan, *observed_, *intentions_, controls);
  const auto cells = CellsToConfirm(ground_.plan, *observed_, *intentions_, controls, vantages);
  std::size_t count = 0;
  for (const auto& of_vantage : cells) count += of_vantage.size();
  if (count == 0) return {};
  observer_.Say(std::to_string(count) + " cells disagree with the policies: probing them again");
  Result<void> asked = MakeError(ErrorKind::kCancelled, "stopped before the confirmation");
  if (dependencies_.sleeper.Sleep(settings_.settle, stop_)) asked = Ask(vantages, cells);
  if (!asked) ForgetUnconfirmed(cells, *observed_);
  Phase("confirmation");
  return asked;
}

/// Looks again at every pod's UID and address. Not stopped by a signal: what is reported then must
/// be right as well.
void ScanRunner::DropWhatMoved() {
  const auto now = CollectLive(dependencies_.client, "recheck", PolicyKinds(), {});
  if (now) {
    ForgetMoved(PlacesThatMoved(*ground_.snapshot, *now, ground_.plan), ground_.plan, *observed_);
  } else {
    observer_.Warn("whether targets moved couldn't be looked at: " + now.error().ToString());
    unchecked_ = true;
    ForgetMoved(std::vector<bool>(ground_.plan.places.size(), true), ground_.plan, *observed_);
  }
  Phase("recheck");
}

ScanRecord ScanRunner::Judge() {
  for (const Vantage& vantage : ground_.plan.vantages) {
    if (observed_->list(vantage.id) != nullptr) {
      intentions_->Fill(vantage.id);
    } else if (!IsCanary(vantage.kind) && ground_.plan.asks[Index(vantage.id)] != nullptr) {
      // A wave that the scan didn't come to: its cells are there, and not probed.
      observed_->SetRow(vantage.id, ground_.plan.asks[Index(vantage.id)]);
      intentions_->Fill(vantage.id);
    }
  }
  ScanRecord record = MakeRecord({*ground_.evaluator, ground_.plan, *observed_, *intentions_,
                                  discovery_, std::move(services_), std::move(faults_)});
  AddFindings(*ground_.evaluator, ground_.plan, record);
  AddIntentFindings(*ground_.evaluator, ground_.plan, settings_.intents, record);
  record.info.cluster = ground_.snapshot->cluster;
  record.info.server_version = ground_.snapshot->server_version;
  record.info.scan_id = ground_.options.scan_id;
  record.info.started = started_;
  record.info.depth = std::string(ToString(settings_.plan.depth));
  record.info.scope = settings_.scope;
  record.info.rotation = settings_.plan.rotation;
  record.info.enumerated = ground_.plan.enumerated;
  record.info.attempts = attempts_;
  record.info.probes = running_;
  return record;
}

Result<ScanRecord> RunScan(const ScanSettings& settings, const ScanDependencies& dependencies,
                           ScanObserver& observer, const std::stop_token& stop) {
  // One deadline for all of it: at its end the scan is stopped as by its user.
  std::stop_source end;
  const std::stop_callback forward(stop, [&] { end.request_stop(); });
  std::jthread deadline([&](const std::stop_token& done) {
    if (dependencies.sleeper.Sleep(settings.scan_timeout, done)) end.request_stop();
  });
  return ScanRunner(settings, dependencies, observer, end.get_token()).Run();
}

}  // namespace podreach
