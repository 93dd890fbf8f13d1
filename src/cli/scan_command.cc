#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>

#include "cli/command.h"
#include "cli/evaluator_source.h"
#include "cli/exit_code.h"
#include "cli/fleet_adapter.h"
#include "cli/intents_source.h"
#include "cli/log.h"
#include "cli/output_file.h"
#include "cli/scan_options.h"
#include "cli/signals.h"
#include "podreach/base/time.h"
#include "podreach/collect/source.h"
#include "podreach/findings/intent_findings.h"
#include "podreach/findings/scan_report.h"
#include "podreach/report/report_writer.h"

namespace podreach::cli::scan_command {
namespace {

using Clock = std::chrono::steady_clock;

std::string NewScanId() {
  static constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::random_device source;
  std::string id;
  while (id.size() < 8) id += kLetters[source() % kLetters.size()];
  return id;
}

std::string TimeUtc(std::chrono::seconds ago = {}) {
  return Rfc3339(std::chrono::system_clock::now() - ago);
}

std::string Write(const ScanReport& report, const std::string& format, bool terminal) {
  if (format == "json") return WriteJson(report);
  if (format == "html") return WriteHtml(report);
  const char* term = std::getenv("TERM");
  const bool colour = terminal && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
                      std::string_view(term) != "dumb";
  return WriteTable(report, colour ? Colour::kOn : Colour::kOff);
}

std::string MostCommonReason(const ScanReport& report) {
  std::map<std::string, std::size_t> counts;
  for (const JudgedCell& cell : report.cells) ++counts[cell.because];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? std::string("none") : most->first;
}

/// A pod's name is its host name (core/v1 PodSpec.hostname).
std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

/// The pod that the controller runs in is gone after the scan: no target of the next one.
void LeaveOut(Snapshot& snapshot, const std::string& ns, const std::string& name) {
  std::erase_if(snapshot.pods, [&](const Pod& pod) { return pod.ns == ns && pod.name == name; });
}

/// One scan, phase by phase.
class Scan {
 public:
  Scan(const ScanOptions& options, const Signals& signals) : options_(options), signals_(signals) {}

  int Run() {
    auto done = Work();
    if (!done) {
      const int code = Fail(done.error());
      return signals_.received() != 0 ? 128 + signals_.received() : code;
    }
    return *done;
  }

 private:
  Result<int> Work() {
    if (!options_.intent.empty()) {
      auto to_check = LoadIntents(options_.intent);
      if (!to_check) return to_check.error();
      intents_ = std::move(to_check->intents);
    }
    auto connection = Connect(options_.access);
    if (!connection) return connection.error();
    return WithCluster(*connection->client, connection->access);
  }

  Result<int> WithCluster(KubeClient& client, const ClusterAccess& access) {
    const std::string started = TimeUtc();
    const std::string scan_id = NewScanId();
    if (!options_.dry_run) RemoveOldLeftovers(client);
    Say("scan " + scan_id + ": reading the cluster");
    auto collected = CollectLive(client, access.name, signals_.token());
    if (!collected) return collected.error();
    if (access.name == "in-cluster") LeaveOut(*collected, access.default_namespace, HostName());
    auto snapshot = std::make_shared<const Snapshot>(std::move(*collected));
    Phase("snapshot");

    Evaluator evaluator(snapshot, ProfileOf(options_.cni, *snapshot));
    PlanOptions plan_options{.scan_id = scan_id,
                             .own_namespace = options_.own_namespace,
                             .node_vantages = !options_.no_nodes,
                             .exclude_namespaces = options_.exclude_namespaces,
                             .egress_canaries = options_.egress,
                             .metadata = !options_.no_metadata,
                             .sensitive_ports = !options_.no_sensitive_ports};
    ScanPlan plan = MakePlan(evaluator, plan_options);
    Phase("plan");
    Say(std::to_string(plan.vantages.size()) + " vantages, " + std::to_string(plan.targets.size()) +
        " targets");
    if (options_.dry_run) return PrintPlan(plan, snapshot->gaps);

    ScanReport report;
    if (auto swept = SweepAndCompare(client, evaluator, std::move(plan), scan_id, report); !swept)
      return swept.error();
    AddIntentFindings(evaluator, intents_, report);
    report.cluster = snapshot->cluster;
    report.server_version = snapshot->server_version;
    report.gaps = snapshot->gaps;
    for (SnapshotGap& gap : evaluator.NotEvaluated()) report.gaps.push_back(std::move(gap));
    report.scan_id = scan_id;
    report.started = started;
    report.phases = phases_;
    report.api_requests = client.counts().total();
    return Publish(report);
  }

  /// A probe ends by itself at its deadline: what is older than that is nobody's any more.
  void RemoveOldLeftovers(KubeClient& client) {
    const auto age = 2 * FleetOptions().pod_deadline;
    auto removed = RemoveLeftovers(client, {{}, TimeUtc(age)}, signals_.token());
    if (!removed) {
      Say(removed.error().ToString());
    } else if (!removed->objects.empty()) {
      Say("removed " + std::to_string(removed->objects.size()) +
          " objects of scans that were killed");
    }
  }

  Result<void> SweepAndCompare(KubeClient& client, const Evaluator& evaluator, ScanPlan plan,
                               const std::string& scan_id, ScanReport& report) {
    FleetOptions fleet_options;
    fleet_options.scan_id = scan_id;
    fleet_options.own_namespace = options_.own_namespace;
    fleet_options.image = options_.probe_image;
    fleet_options.pull_policy = ToString(options_.pull_policy);
    fleet_options.limits.in_flight = options_.in_flight;
    fleet_options.limits.rate = options_.rate;
    fleet_options.limits.timeout = options_.timeout;
    fleet_options.start_timeout = options_.start_timeout;
    fleet_options.sweep_timeout = options_.sweep_timeout;
    ProbeFleet probes(client, fleet_options, [](const std::string& line) { Say(line); });
    FleetAdapter fleet(probes);
    const auto stop = signals_.token();
    if (auto done = fleet.Deploy(plan, stop); !done) return done.error();
    Phase("pods starting");
    Say("the probes run: sweeping");
    ReachMatrix matrix(plan.vantages.size(), plan.targets.size());
    auto swept = fleet.Sweep(plan, std::nullopt, matrix, stop);
    Phase("sweep and collection");
    if (!swept && swept.error().kind != ErrorKind::kCancelled) return swept.error();
    report = Compare(evaluator, plan, matrix);
    Phase("compare");
    if (swept) Identify(fleet, plan, report);
    auto confirmed = Confirm(fleet, plan, matrix, report);
    if (!confirmed && confirmed.error().kind != ErrorKind::kCancelled) return confirmed.error();
    if (stop.stop_requested()) Say("stopping: removing the probes, and reporting what they saw");
    if (auto done = DropWhatMoved(client, evaluator, plan, matrix, report); !done)
      return done.error();
    report.incomplete = stop.stop_requested();
    report.attempts = fleet.attempts();
    auto cleaned = probes.Cleanup();
    Phase("cleanup");
    // The report is not lost over it.
    if (!cleaned) {
      LogError(cleaned.error());
      left_something_ = true;
    }
    return {};
  }

  /// Policies take time to reach the data plane: what disagrees is probed once more after a while.
  Result<void> Confirm(FleetAdapter& fleet, const ScanPlan& plan, ReachMatrix& matrix,
                       const ScanReport& report) {
    std::set<TargetId> answering;
    for (const JudgedCell& cell : report.cells) {
      if (cell.outcome == Outcome::kOpen || cell.outcome == Outcome::kClosed)
        answering.insert(cell.target);
    }
    std::vector<std::set<TargetId>> again(plan.vantages.size());
    std::size_t count = 0;
    for (const JudgedCell& cell : report.cells) {
      // UDP silence of a target that answers somebody is as suspect as TCP's.
      const bool silence =
          cell.outcome == Outcome::kFiltered ||
          (cell.outcome == Outcome::kOpenFiltered && answering.contains(cell.target));
      // Silence where an answer is allowed, whether a control reached the target or not; and where
      // this cluster's denials are heard, or where it denies nothing.
      const bool suspect =
          silence && (cell.expectation == Expectation::kAllow ||
                      (cell.expectation == Expectation::kDeny && !report.denies_by_silence));
      if (cell.verdict != Verdict::kLeak && cell.verdict != Verdict::kBroken && !suspect) continue;
      count += again[Index(cell.vantage)].insert(cell.target).second ? 1U : 0U;
    }
    if (count == 0) return {};
    // A vantage that disagrees may have been there before its policies were: what it reached where
    // nothing can be expected is as doubtful.
    for (const JudgedCell& cell : report.cells) {
      std::set<TargetId>& targets = again[Index(cell.vantage)];
      const bool answered = cell.outcome == Outcome::kOpen || cell.outcome == Outcome::kClosed;
      if (cell.expectation == Expectation::kUnknown && answered && !targets.empty())
        targets.insert(cell.target);
    }
    Say(std::to_string(count) + " cells disagree with the policies: probing them again");
    const auto stop = signals_.token();
    Result<void> swept = MakeError(ErrorKind::kCancelled, "stopped before the confirmation");
    if (RealSleeper().Sleep(options_.settle, stop)) {
      swept = fleet.Sweep(plan, again, matrix, stop);
    }
    // Half a confirmation confirms nothing.
    if (!swept) Forget(again, matrix);
    Phase("confirmation");
    return swept;
  }

  /// What answers at the open ports that matter. Where it can't be asked, the report does without.
  void Identify(FleetAdapter& fleet, const ScanPlan& plan, ScanReport& report) {
    if (options_.no_identify) return;
    const auto asked = WhatToIdentify(report);
    std::size_t count = 0;
    for (const std::set<TargetId>& targets : asked) count += targets.size();
    if (count == 0) return;
    Say("asking what answers at " + std::to_string(count) + " open ports");
    auto services = fleet.Identify(plan, asked, signals_.token());
    if (services) {
      services_ = *std::move(services);
      if (services_.size() < count)
        Say(std::to_string(count - services_.size()) + " of them couldn't be asked");
    } else {
      Say(services.error().ToString());
    }
    report.services = services_;
    Phase("identification");
  }

  static void Forget(const std::vector<std::set<TargetId>>& cells, ReachMatrix& matrix) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (const TargetId target : cells[i]) {
        matrix.At(VantageId{static_cast<std::uint32_t>(i)}, target) = {
            Outcome::kNotProbed, std::nullopt,
            "it disagreed once; the scan was stopped before that was confirmed"};
      }
    }
  }

  /// Looks again at every pod's UID and address; cells of targets that moved meanwhile are not
  /// judged.
  Result<void> DropWhatMoved(KubeClient& client, const Evaluator& evaluator, const ScanPlan& plan,
                             ReachMatrix& matrix, ScanReport& report) {
    // Not stopped by a signal: what is reported then must be right as well.
    auto now = CollectLive(client, "recheck", {});
    if (!now) return WithContext(now.error(), "looking again at the targets");
    std::set<std::pair<std::string, IpAddress>> live;
    for (const Pod& pod : now->pods) {
      if (!pod.IsLive()) continue;
      for (const IpAddress& address : pod.ips) live.emplace(pod.uid, address);
    }
    std::size_t moved = 0;
    for (const Target& target : plan.targets) {
      if (!target.pod ||
          live.contains({evaluator.snapshot().pods[*target.pod].uid, target.endpoint.address}))
        continue;
      ++moved;
      for (const Vantage& vantage : plan.vantages) {
        matrix.At(vantage.id, target.id) = {Outcome::kNotProbed, std::nullopt,
                                            "the target pod went away during the scan"};
      }
    }
    report = Compare(evaluator, plan, matrix, services_);
    Phase("recheck");
    return {};
  }

  static int PrintPlan(const ScanPlan& plan, const std::vector<SnapshotGap>& gaps) {
    for (const Vantage& vantage : plan.vantages) {
      std::cout << "vantage  " << ToString(vantage.kind) << "  " << vantage.name << '\n';
    }
    for (const Target& target : plan.targets) {
      std::cout << "target   " << ToString(target.kind) << "  " << target.name << "  "
                << (target.probe ? "responder" : target.endpoint.ToString()) << '\n';
    }
    for (const NotCovered& refused : plan.not_covered) {
      std::cout << "not covered  " << refused.what << ": " << refused.reason << '\n';
    }
    for (const SnapshotGap& gap : gaps) {
      std::cout << "not read  " << gap.resource << ": " << gap.reason << '\n';
    }
    return kNothing;
  }

  Result<int> Publish(const ScanReport& report) {
    std::cout << Write(report, options_.format, isatty(STDOUT_FILENO) == 1) << std::flush;
    if (!std::cout)
      return MakeError(ErrorKind::kUnavailable, "writing the report to stdout failed");
    for (const ScanOutput& output : options_.outputs) {
      if (auto written = WriteTo(
              output.file,
              [&](std::ostream& out) { out << Write(report, output.format, false); },
              Readers::kOwner);
          !written) {
        return written.error();
      }
    }
    const Coverage& coverage = report.coverage;
    const double share = coverage.cells == 0 ? 100.0
                                             : 100.0 * static_cast<double>(coverage.probed) /
                                                   static_cast<double>(coverage.cells);
    if (signals_.received() != 0) return 128 + signals_.received();
    if (coverage.cells > 0 && coverage.probed == 0) {
      return MakeError(ErrorKind::kUnavailable,
                       "not one cell was probed; the reason of most: " + MostCommonReason(report),
                       "the report gives the reasons, cell by cell; where no probe works, see that "
                       "--probe-image is podreach-probe's");
    }
    if (report.incomplete || left_something_ || share < options_.fail_coverage_below)
      return kFailed;
    const auto reaches = [&](const Finding& finding) {
      return finding.severity >= options_.severity_threshold;
    };
    return std::any_of(report.findings.begin(), report.findings.end(), reaches) ? kFindings
                                                                                : kNothing;
  }

  static void Say(const std::string& line) { LogInfo(line); }

  void Phase(const char* name) {
    const auto now = Clock::now();
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now - phase_start_);
    const auto known = std::find_if(phases_.begin(), phases_.end(),
                                    [&](const auto& phase) { return phase.first == name; });
    known == phases_.end() ? (void)phases_.emplace_back(name, time) : (void)(known->second += time);
    phase_start_ = now;
  }

  const ScanOptions& options_;
  const Signals& signals_;
  std::vector<Intent> intents_;
  std::map<TargetId, IdentifiedService> services_;
  bool left_something_ = false;  ///< the cleanup failed
  Clock::time_point phase_start_ = Clock::now();
  std::vector<std::pair<std::string, std::chrono::milliseconds>> phases_;
};

class ScanCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "scan"; }
  [[nodiscard]] std::string_view help() const override {
    return "Probes from inside the cluster what can be reached, and compares it with what the "
           "policies intend.";
  }
  [[nodiscard]] std::string_view footer() const override {
    return "Exit codes: 0 nothing at or above the threshold; 1 findings; 2 wrong usage; 3 "
           "incomplete, or an error; 130 interrupted; 143 terminated.";
  }
  void AddOptions(OptionSet& options) override { AddScanOptions(options, options_); }
  [[nodiscard]] int Run() override {
    const Signals signals(Signals::Then::kStop);
    return Scan(options_, signals).Run();
  }

 private:
  ScanOptions options_;
};

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<ScanCommand>(); }

}  // namespace podreach::cli::scan_command
