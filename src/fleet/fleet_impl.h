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

#include "fleet/pod_state.h"
#include "podreach/fleet/probe_fleet.h"

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
  // Of the round; touched by one thread at a time.
  SweepAsk ask;
  std::unique_ptr<ReportReader> reader;

  [[nodiscard]] bool HasWork() const { return ask.hosts != nullptr && !ask.hosts->empty(); }
};

class ProbeFleet::Impl {
 public:
  Impl(KubeClient& client, FleetOptions options, Progress progress);

  [[nodiscard]] Result<std::vector<StartedProbe>> Deploy(std::span<const Vantage> vantages,
                                                         const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<VantageEnd>> Sweep(std::span<const SweepAsk> asks, bool identify,
                                                      ReportSink& sink,
                                                      const std::stop_token& stop);
  [[nodiscard]] Result<void> Remove(std::span<const VantageId> vantages,
                                    const std::stop_token& stop);
  [[nodiscard]] Result<void> Cleanup();
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

  // sweep.cc
  [[nodiscard]] ProbeOrder OrderOf(const std::string& ns, const ProbeOrder& common) const;
  void SendOrders(const ProbeOrder& common, const Probes& working,
                  std::map<VantageId, VantageEnd>& unsent, const std::stop_token& stop);
  void FollowLog(Probe& probe, std::uint32_t round, const std::stop_token& stop);
  [[nodiscard]] VantageEnd EndOf(const Probe& probe, std::uint32_t round, ReportSink& sink,
                                 const std::stop_token& stop) const;

  KubeClient& client_;
  const FleetOptions options_;
  const Progress progress_;
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
