#include <algorithm>

#include "fleet/fleet_impl.h"
#include "fleet/time_bound.h"

namespace podreach {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{200};  // between two looks at deadlines and at what the watch said
// What a probe wrote before it ended may still be on its way.
constexpr std::chrono::seconds kLastWords{2};
constexpr std::chrono::seconds kHelloTime{5};

/// Hands a round's content on, as of the whole ask.
class PartListener final : public RoundListener {
 public:
  PartListener(ReportSink* sink, VantageId vantage, std::uint32_t first)
      : sink_(sink), vantage_(vantage), first_(first) {}
  void OnHosts(const HostRun& hosts, const std::vector<PortGroup>& groups) override {
    if (sink_ != nullptr) sink_->OnHosts(vantage_, first_ + hosts.first, hosts.count, groups);
  }
  void OnService(const ServiceReport& service) override {
    if (sink_ != nullptr) sink_->OnService(vantage_, service);
  }

 private:
  ReportSink* sink_;
  VantageId vantage_;
  std::uint32_t first_;
};

}  // namespace

void ProbeFleet::Impl::Settle(Probe& probe, ReportFault fault, std::string words) {
  if (!probe.awaited) return;
  probe.awaited = false;
  --awaited_;
  follower_->Rest(probe.vantage);
  VantageEnd& end = (*ends_)[Index(probe.vantage)];
  end.fault = fault;
  end.words = std::move(words);
  if (fault == ReportFault::kNone) end.attempts += probe.reader->totals().attempts;
}

void ProbeFleet::Impl::OnLogStart(VantageId vantage) { probes_.at(vantage)->reader->Restart(); }

bool ProbeFleet::Impl::OnLog(VantageId vantage, std::string_view bytes) {
  Probe& probe = *probes_.at(vantage);
  PartListener listener(probe.awaited ? sink_ : nullptr, vantage, probe.part.first);
  probe.reader->Feed(bytes, listener);
  if (!probe.reader->broken().empty()) {
    Settle(probe, ReportFault::kReportBroken, probe.reader->broken());
    return false;
  }
  if (probe.awaited && probe.reader->closed()) SettleClosed(probe);
  return true;
}

void ProbeFleet::Impl::SettleClosed(Probe& probe) {
  const std::unique_lock lock(mutex_);
  const bool failed = probe.phase == Probe::Phase::kFailed;
  Settle(probe, failed ? probe.fault : ReportFault::kNone, failed ? probe.words : std::string());
}

/// What ended, restarted or was deleted before the round was over is believed nothing, though its
/// log may be whole.
void ProbeFleet::Impl::DisbelieveFailed(const Probes& working) {
  const std::lock_guard lock(mutex_);
  for (const Probe* probe : working) {
    VantageEnd& end = (*ends_)[Index(probe->vantage)];
    if (probe->phase != Probe::Phase::kFailed || end.fault != ReportFault::kNone) continue;
    end.fault = probe->fault;
    end.words = probe->words;
  }
}

void ProbeFleet::Impl::OnLogEnd(VantageId vantage) {
  Probe& probe = *probes_.at(vantage);
  if (probe.failed_at) Settle(probe, probe.fault, probe.words);
}

void ProbeFleet::Impl::OnLogRefused(VantageId vantage, const Error& error) {
  Probe& probe = *probes_.at(vantage);
  probe.refused = error;
  Settle(probe, ReportFault::kReportCut, error.message);
}

void ProbeFleet::Impl::LookAtProbes(const Probes& working) {
  const auto now = clock_.Now();
  const std::lock_guard lock(mutex_);
  for (Probe* probe : working) {
    if (!probe->awaited) continue;
    if (probe->phase == Probe::Phase::kFailed) {
      if (!probe->failed_at) probe->failed_at = now;
      if (now >= *probe->failed_at + kLastWords) Settle(*probe, probe->fault, probe->words);
    } else if (now >= probe->deadline) {
      Settle(*probe, ReportFault::kReportCut,
             probe->reader->greeted() ? "its closing frame didn't come in time"
                                      : "its hello didn't come in time");
    }
  }
}

void ProbeFleet::Impl::AwaitReports(const Probes& working, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { follower_->Wake(); });
  auto look = clock_.Now();
  while (awaited_ > 0 && !stop.stop_requested()) {
    follower_->Poll(kLook);
    if (clock_.Now() < look) continue;
    LookAtProbes(working);
    look = clock_.Now() + kLook;
  }
  for (Probe* probe : working) Settle(*probe, ReportFault::kStopped, "the scan was stopped");
}

/// What is left of the nodes' budgets, once at least half of each is free, or as much as is needed.
SharedBudgets ProbeFleet::Impl::AwaitBudgets(const std::vector<ProbeWork>& works,
                                             const std::stop_token& stop) {
  std::map<std::string, std::uint64_t> needed;
  for (const ProbeWork& work : works)
    needed[work.node] += PortsOf(*work.hosts) * options_.limits.tries;
  const auto begin = clock_.Now();
  auto start = begin;
  for (const auto& [node, flows] : needed) {
    const std::uint64_t budget = budgets_.FlowsOf(node);
    if (budget == 0) continue;
    const std::uint64_t wanted = std::min(flows, (budget + 1) / 2);
    start = std::max(start, flows_.WhenAtMost(node, begin, budget - wanted));
  }
  if (start > begin) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(start - begin);
    progress_("waiting " + std::to_string(seconds.count()) +
              " s, so that no node sees more new connections in two minutes than it may");
  }
  while (clock_.Now() < start && !stop.stop_requested()) follower_->Poll(kLook);
  SharedBudgets left = budgets_;
  for (const auto& [node, flows] : needed) {
    const std::uint64_t budget = budgets_.FlowsOf(node);
    const std::uint64_t used = flows_.Lately(node, clock_.Now());
    if (budget > 0)
      left.flows_of_node[node] = static_cast<std::uint32_t>(budget > used ? budget - used : 1);
  }
  return left;
}

void ProbeFleet::Impl::ShareLimits(const Probes& working, const std::stop_token& stop) {
  std::vector<ProbeWork> works;
  {
    const std::lock_guard lock(mutex_);
    for (const Probe* probe : working) works.push_back({probe->node, probe->part.hosts});
  }
  const auto limits = ShareBudgets(options_.limits, AwaitBudgets(works, stop), works);
  for (std::size_t i = 0; i < working.size(); ++i) working[i]->limits = limits[i];
}

void ProbeFleet::Impl::NoteFlows(const Probes& working) {
  std::map<std::string, std::uint64_t> made;
  {
    const std::lock_guard lock(mutex_);
    for (const Probe* probe : working) {
      // What it didn't tell may have been all of it.
      made[probe->node] += probe->reader->closed()
                               ? probe->reader->totals().attempts
                               : PortsOf(*probe->part.hosts) * probe->limits.tries;
    }
  }
  const auto now = clock_.Now();
  for (const auto& [node, flows] : made) flows_.Add(node, now, flows);
}

void ProbeFleet::Impl::RunRound(const ProbeOrder& common, const Plans& plans, std::size_t number,
                                const std::stop_token& stop) {
  std::map<std::string, const NamespaceRound*> rounds;
  Probes working;
  for (const auto& [ns, plan] : plans) {
    if (number >= plan.size()) continue;
    const NamespaceRound& round = plan[number];
    for (const auto& [vantage, ask] : round.ask_of) {
      Probe& probe = *probes_.at(vantage);
      // A probe that failed once in this sweep isn't asked for the rest.
      if ((*ends_)[Index(vantage)].fault != ReportFault::kNone) continue;
      probe.part = round.asks[ask];
      // Whether its order arrives or not: what may come must be expected.
      probe.reader->Expect({common.round, probe.part.hosts, common.identify});
      probe.awaited = true;
      ++awaited_;
      working.push_back(&probe);
      rounds[ns] = &round;
    }
  }
  ShareLimits(working, stop);
  SendOrders(common, rounds, working, stop);
  const auto now = clock_.Now();
  for (Probe* probe : working) {
    if (!probe->awaited) continue;
    if (!probe->reader->broken().empty()) {
      Settle(*probe, ReportFault::kReportBroken, probe->reader->broken());
      continue;
    }
    if (probe->refused) {
      Settle(*probe, ReportFault::kReportCut, probe->refused->message);
      continue;
    }
    const auto bound = SweepTimeBound(*probe->part.hosts, probe->limits, common.identify);
    probe->deadline = std::min(sweep_end_, now + bound);
    follower_->Want(probe->vantage, probe->ns, probe->pod_name);
  }
  AwaitReports(working, stop);
  NoteFlows(working);
  DisbelieveFailed(working);
}

ProbeFleet::Impl::Plans ProbeFleet::Impl::PlanSweep(std::span<const SweepAsk> asks) {
  std::map<std::string, std::vector<std::pair<VantageId, HostList>>> by_namespace;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < asks.size(); ++i) {
      if (asks[i].hosts == nullptr || asks[i].hosts->empty()) continue;
      const VantageId vantage{static_cast<std::uint32_t>(i)};
      const auto found = probes_.find(vantage);
      if (found == probes_.end()) {
        (*ends_)[i] = {ReportFault::kNotStarted, "no probe stands there", 0};
      } else if (found->second->phase != Probe::Phase::kRunning) {
        (*ends_)[i] = {found->second->fault, found->second->words, 0};
      } else {
        by_namespace[found->second->ns].emplace_back(vantage, asks[i].hosts);
      }
    }
  }
  Plans plans;
  AskTexts texts;
  for (const auto& [ns, own] : by_namespace) plans[ns] = PlanRounds(own, RoomForAsks(ns), texts);
  return plans;
}

Result<std::vector<VantageEnd>> ProbeFleet::Impl::Sweep(std::span<const SweepAsk> asks,
                                                        bool identify, ReportSink& sink,
                                                        const std::stop_token& stop) {
  std::vector<VantageEnd> ends(asks.size());
  ends_ = &ends;
  sink_ = &sink;
  sweep_end_ = clock_.Now() + options_.sweep_timeout;
  const Plans plans = PlanSweep(asks);
  std::size_t rounds = 0;
  for (const auto& [ns, plan] : plans) rounds = std::max(rounds, plan.size());
  for (std::size_t number = 0; number < rounds; ++number) {
    ProbeOrder common;
    common.scan = options_.scan_id;
    common.go = true;
    common.identify = identify;
    common.round = next_round_++;
    common.limits = options_.limits;
    RunRound(common, plans, number, stop);
  }
  sink_ = nullptr;
  ends_ = nullptr;
  return ends;
}

void ProbeFleet::Impl::ReadHellos(const Probes& probes, const std::stop_token& stop) {
  Probes silent;
  {
    const std::lock_guard lock(mutex_);
    for (Probe* probe : probes) {
      if (probe->on_node && probe->phase == Probe::Phase::kRunning) silent.push_back(probe);
    }
  }
  const std::stop_callback wake(stop, [this] { follower_->Wake(); });
  const auto deadline = clock_.Now() + kHelloTime;
  for (const Probe* probe : silent) follower_->Want(probe->vantage, probe->ns, probe->pod_name);
  const auto answered = [](const Probe* probe) {
    return probe->reader->greeted() || !probe->reader->broken().empty() || probe->refused;
  };
  while (!std::ranges::all_of(silent, answered) && clock_.Now() < deadline &&
         !stop.stop_requested()) {
    follower_->Poll(kLook);
  }
  for (const Probe* probe : silent) follower_->Rest(probe->vantage);
}

}  // namespace podreach
