#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "podreach/kube/kube_client.h"
#include "podreach/plan/scan_plan.h"
#include "podreach/reach/reach_matrix.h"
#include "podreach/wire/probe_order.h"
#include "podreach/wire/probe_report.h"

namespace podreach {

struct FleetOptions {
  std::string scan_id;
  std::string own_namespace = "podreach";
  std::string image;
  std::string pull_policy = "IfNotPresent";
  SweepLimits limits;
  std::chrono::seconds start_timeout{60};  ///< for a pod to run
  std::chrono::seconds sweep_timeout{180};
  std::chrono::seconds pod_deadline{900};  ///< activeDeadlineSeconds: a probe ends by itself
};

/// What is to be said to a person while it works; called from several threads, one at a time.
using Progress = std::function<void(const std::string& line)>;

/// The probes of one scan: makes their ConfigMaps and pods, gives them their orders, reads their
/// reports. What it made it removes in Cleanup, which the destructor calls. Not thread-safe; has
/// threads of its own.
class ProbeFleet {
 public:
  ProbeFleet(KubeClient& client, FleetOptions options, Progress progress);
  ~ProbeFleet();
  ProbeFleet(const ProbeFleet&) = delete;
  ProbeFleet& operator=(const ProbeFleet&) = delete;

  /// Makes the namespace of podreach where it is missing, one ConfigMap a namespace, every
  /// vantage's pod and the canary's policy; waits until each runs or can't. Sets the nodes of the
  /// vantages and the addresses of the plan's probe targets, and drops those of probes that didn't
  /// start. A vantage that couldn't be made adds to plan.not_covered, with the API server's reason.
  /// An Error only where nothing can be scanned at all.
  [[nodiscard]] Result<void> Deploy(ScanPlan& plan, const std::stop_token& stop);
  /// One sweep of all running probes: of all targets, or of the given targets of each vantage.
  /// Reads the reports into `matrix`: cells that a probe failed to report whole become not-probed,
  /// with the reason.
  [[nodiscard]] Result<void> Sweep(const ScanPlan& plan,
                                   const std::optional<std::vector<std::set<TargetId>>>& only,
                                   ReachMatrix& matrix, const std::stop_token& stop);
  /// Another round, in which each vantage asks its targets what answers there. What couldn't be
  /// asked is not in the result.
  [[nodiscard]] Result<std::map<TargetId, IdentifiedService>> Identify(
      const ScanPlan& plan, const std::vector<std::set<TargetId>>& asked,
      const std::stop_token& stop);
  /// Deletes everything that Deploy made, and waits until it is gone (at most 20 s). Works after a
  /// stop, too.
  [[nodiscard]] Result<void> Cleanup();

  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }

 private:
  struct Probe;
  void CreateAll(ScanPlan& plan, const std::stop_token& stop);
  [[nodiscard]] Result<void> EnsureOwnNamespace(const std::stop_token& stop);
  [[nodiscard]] Result<void> CreateCanaryPolicy(const std::stop_token& stop);
  [[nodiscard]] Result<void> WaitRunning(const std::stop_token& stop);
  /// The probes that run and have something to do in this round.
  [[nodiscard]] std::vector<Probe*> Working();
  [[nodiscard]] Result<void> SendOrders(const ProbeOrder& common, const std::stop_token& stop);
  /// Sends the orders, and follows the reports of who has work until they are there, the deadline
  /// is over or it is stopped.
  [[nodiscard]] Result<void> RunRound(const ProbeOrder& common, const std::stop_token& stop);
  void Watch(const std::stop_token& stop);
  void Note(std::string_view type, const nlohmann::json& pod);
  void Follow(Probe& probe, std::uint32_t round, const std::stop_token& stop);
  void Record(const ScanPlan& plan, const Probe& probe,
              const std::optional<std::vector<std::set<TargetId>>>& only, ReachMatrix& matrix);

  KubeClient& client_;
  const FleetOptions options_;
  const Progress progress_;
  std::vector<std::unique_ptr<Probe>> probes_;      // one a vantage, in the plan's order
  std::map<std::string, std::string> config_maps_;  // namespace -> uid
  std::uint32_t next_round_ = 0;
  std::uint64_t attempts_ = 0;
  std::mutex mutex_;  // guards the state of the probes while the watch runs
  std::condition_variable_any changed_;
  std::jthread watch_;
};

/// Which leftovers: all, where both are empty.
struct LeftoverFilter {
  std::string scan_id;      ///< of this scan alone
  std::string made_before;  ///< RFC 3339, UTC, whole seconds: as creationTimestamp has it
};

struct Removed {
  std::vector<std::string> objects;  ///< "shop/ConfigMap/podreach-x"
  std::vector<std::string> kept;     ///< namespaces that scans made and others use, with the reason
};

/// Removes what scans left behind: ConfigMaps, pods and NetworkPolicies that carry podreach's
/// labels and names, in every namespace, and podreach's namespace where a scan made it and nothing
/// else is in it. Never anything else.
[[nodiscard]] Result<Removed> RemoveLeftovers(KubeClient& client, const LeftoverFilter& which,
                                              const std::stop_token& stop);

/// A pod as it must be made for a vantage.
[[nodiscard]] nlohmann::json ProbePod(const Vantage& vantage, const FleetOptions& options,
                                      const std::string& config_map,
                                      const std::string& config_map_uid);

}  // namespace podreach
