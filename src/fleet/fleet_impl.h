#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fleet/budgets.h"
#include "fleet/log_follower.h"
#include "fleet/order_plan.h"
#include "fleet/pod_state.h"
#include "podreach/fleet/probe_fleet.h"
#include "podreach/wire/report_reader.h"

namespace podreach {

/// One vantage's pod, from creation to its last report.
struct Probe {
  enum class Phase { kAbsent, kCreated, kRunning, kFailed };
  // Constant once it is made.
  VantageId vantage{};
  std::string ns;
  std::string pod_name;
  std::string nonce;
  PortSet listen_tcp;
  PortSet listen_udp;
  // Guarded by the fleet's mutex.
  Phase phase = Phase::kAbsent;
  ReportFault fault = ReportFault::kNone;  ///< with kFailed
  std::string words;                       ///< what keeps it from running, or made it fail
  std::string uid;
  std::vector<IpAddress> ips;
  std::string node;
  /// What was seen of a pod of its name before the API server told the uid.
  std::vector<std::pair<std::string, PodState>> early;
  // Touched by the caller's thread alone.
  bool on_node = false;  ///< stands in its node's network
  std::unique_ptr<ReportReader> reader;
  std::optional<Error> refused;  ///< why its log can't be read
  // Of the round, while its report is awaited.
  bool awaited = false;
  AskPart part;
  SweepLimits limits;
  std::chrono::steady_clock::time_point deadline;
  std::optional<std::chrono::steady_clock::time_point> failed_at;  ///< when that was noticed
};

class ProbeFleet::Impl final : public LogTaker {
 public:
  Impl(KubeClient& client, FleetOptions options, Progress progress, Clock& clock);

  [[nodiscard]] Result<std::vector<StartedProbe>> Deploy(std::span<const Vantage> vantages,
                                                         const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<VantageEnd>> Sweep(std::span<const SweepAsk> asks, bool identify,
                                                      ReportSink& sink,
                                                      const std::stop_token& stop);
  [[nodiscard]] Result<void> Remove(std::span<const VantageId> vantages,
                                    const std::stop_token& stop);
  [[nodiscard]] Result<void> Cleanup();
  void LimitNode(const std::string& node, std::uint32_t flows) {
    budgets_.flows_of_node[node] = flows;
  }
  void Say(const std::string& line) const { progress_(line); }

 private:
  using Probes = std::vector<Probe*>;

  // deploy.cc
  [[nodiscard]] Result<void> EnsureOwnNamespace(const std::stop_token& stop);
  [[nodiscard]] Result<void> CreateCanaryPolicy(const std::stop_token& stop);
  [[nodiscard]] Probes Enlist(std::span<const Vantage> vantages);
  /// One ConfigMap a namespace, not yet a go: the responders start from it. Gives the namespaces
  /// that refuse it, and why.
  [[nodiscard]] std::map<std::string, std::string> WriteConfigMaps(const Probes& probes,
                                                                   const std::stop_token& stop);
  void CreatePods(std::span<const Vantage> vantages, const Probes& probes,
                  const std::stop_token& stop);
  [[nodiscard]] Result<void> WaitRunning(const Probes& probes, const std::stop_token& stop);

  // watch.cc
  void WatchPods(const std::stop_token& stop);
  void NotePod(std::string_view event, const nlohmann::json& pod);
  void Apply(Probe& probe, const PodState& state);

  // orders.cc
  [[nodiscard]] ProbeOrder OrderOf(const std::string& ns, const ProbeOrder& common,
                                   const NamespaceRound& round) const;
  /// How many bytes of asks the order of a namespace has room for.
  [[nodiscard]] std::size_t RoomForAsks(const std::string& ns) const;
  /// Ends those whose order couldn't be sent.
  void SendOrders(const ProbeOrder& common,
                  const std::map<std::string, const NamespaceRound*>& rounds, const Probes& working,
                  const std::stop_token& stop);

  // sweep.cc
  using Plans = std::map<std::string, std::vector<NamespaceRound>>;  // by namespace
  [[nodiscard]] Plans PlanSweep(std::span<const SweepAsk> asks);
  void RunRound(const ProbeOrder& common, const Plans& plans, std::size_t number,
                const std::stop_token& stop);
  /// Gives each its limits for this round. Where the rounds before took too much of a node's
  /// budget, it waits until enough of it is free again.
  void ShareLimits(const Probes& working, const std::stop_token& stop);
  [[nodiscard]] SharedBudgets AwaitBudgets(const std::vector<ProbeWork>& works,
                                           const std::stop_token& stop);
  /// What this round took of the nodes' budgets.
  void NoteFlows(const Probes& working);
  void AwaitReports(const Probes& working, const std::stop_token& stop);
  /// Ends those that failed or whose time is over.
  void LookAtProbes(const Probes& working);
  /// The report of this round is no longer awaited.
  void Settle(Probe& probe, ReportFault fault, std::string words);
  void SettleClosed(Probe& probe);
  void DisbelieveFailed(const Probes& working);
  void ReadHellos(const Probes& probes, const std::stop_token& stop);

  void OnLogStart(VantageId vantage) override;
  [[nodiscard]] bool OnLog(VantageId vantage, std::string_view bytes) override;
  void OnLogEnd(VantageId vantage) override;
  void OnLogRefused(VantageId vantage, const Error& error) override;

  KubeClient& client_;
  const FleetOptions options_;
  const Progress progress_;
  SharedBudgets budgets_;
  FlowLedger flows_;
  Clock& clock_;
  std::unique_ptr<LogFollower> follower_;
  // Of the Sweep that is under way.
  ReportSink* sink_ = nullptr;
  std::vector<VantageEnd>* ends_ = nullptr;
  std::chrono::steady_clock::time_point sweep_end_;
  std::size_t awaited_ = 0;
  std::map<VantageId, std::unique_ptr<Probe>> probes_;
  std::map<std::string, std::string> config_maps_;  // namespace -> uid
  bool deployed_ = false;                           // there may be something to clean up
  bool any_started_ = false;
  std::uint32_t next_round_ = 0;
  std::mutex mutex_;  // guards the probes' phases and by_name_ while the watch runs
  std::map<std::pair<std::string, std::string>, Probe*> by_name_;  // namespace, pod name
  std::condition_variable_any changed_;
  std::jthread watch_;
};

/// A random text of `digits` hex digits, from the system's random source.
[[nodiscard]] std::string RandomHex(std::size_t digits);

/// Calls `work` with 0 to count-1 on up to `threads` threads, and returns when all are done.
void ForEachParallel(std::size_t count, std::size_t threads,
                     const std::function<void(std::size_t)>& work);

[[nodiscard]] inline std::string ConfigMapName(const std::string& scan_id) {
  return "podreach-" + scan_id;
}

}  // namespace podreach
