#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/kube/kube_client.h"
#include "podreach/plan/scan_plan.h"
#include "podreach/policy/intent.h"
#include "podreach/record/scan_record.h"
#include "podreach/wire/probe_order.h"

/// A scan as one function, which the command line and a server both call.
namespace podreach {

/// What a scan is made to.
struct ScanSettings {
  PlanOptions plan;     ///< its scan_id may be empty: the scan makes one up
  std::string cluster;  ///< what the user calls it
  /// The pod that the controller itself runs in, as "NS/NAME": it is gone after the scan, and so no
  /// target of it. Empty outside a cluster.
  std::string own_pod;
  std::string probe_image;
  std::string pull_policy = "IfNotPresent";
  SweepLimits limits;
  std::chrono::milliseconds settle{1500};    ///< before what disagrees is probed again
  std::chrono::seconds start_timeout{60};    ///< for a probe's pod to run
  std::chrono::seconds sweep_timeout{3600};  ///< for one sweep; a probe's own bound is nearer
  std::chrono::seconds scan_timeout{3600};   ///< for the whole scan; then it ends, incomplete
  std::size_t max_probes = 1'000;            ///< that run at once; more are swept in waves
  /// Attempts a second to one address, of all probes together; 0: no limit.
  std::uint32_t rate_per_target = 10'000;
  bool identify = true;         ///< ask open ports what answers there
  std::string cni = "auto";     ///< whose known deviations to judge by
  std::vector<Intent> intents;  ///< to hold against what is seen
  std::string scope;            ///< how the user limited it, in his words
};

/// Clocks are parameters, so that tests own the time.
struct ScanDependencies {
  KubeClient& client;
  Sleeper& sleeper;
  std::function<std::chrono::steady_clock::time_point()> now;
  std::function<std::chrono::system_clock::time_point()> wall_clock;
};

/// Is told how a scan goes on, on the thread that runs it.
class ScanObserver {
 public:
  virtual ~ScanObserver() = default;
  /// A phase is over: "snapshot", "plan", "pods starting", "sweep", ...
  virtual void OnPhase(std::string_view /*name*/, std::chrono::milliseconds /*took*/) {}
  /// One line for a person.
  virtual void Say(const std::string& line) = 0;
  /// One line that a person must see, even one who wants to see no progress.
  virtual void Warn(const std::string& line) { Say(line); }
};

/// Reads the cluster, plans, deploys probes, sweeps in waves, asks what answers, confirms what
/// disagrees, looks again whether targets moved, and judges. What it made in the cluster it removes
/// in every case. After a stop, or once scan_timeout is over, it gives what was learnt, marked
/// incomplete. An Error only where nothing could be learnt at all.
[[nodiscard]] Result<ScanRecord> RunScan(const ScanSettings& settings,
                                         const ScanDependencies& dependencies,
                                         ScanObserver& observer, const std::stop_token& stop);

/// What a scan would do, and what it would cost.
struct ScanForecast {
  ScanPlan plan;
  DiscoveryPlan discovery;
  std::vector<RecordedGap> gaps;
  std::size_t waves = 0;
  std::uint64_t cells = 0;
  std::uint64_t attempts = 0;              ///< without retries
  std::uint64_t most_flows_of_a_node = 0;  ///< in the whole scan
  std::uint64_t requests = 0;              ///< to the API server
  std::uint64_t order_bytes = 0;           ///< of all orders together
  std::chrono::seconds time{0};            ///< without pod starts
};

/// Reads the cluster and plans; makes nothing. Ports that would be found listening aren't known
/// yet, so the figures are estimates where the cluster is large.
[[nodiscard]] Result<ScanForecast> ForecastScan(const ScanSettings& settings,
                                                const ScanDependencies& dependencies,
                                                const std::stop_token& stop);

}  // namespace podreach
