#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/kube/kube_client.h"
#include "podreach/plan/scan_plan.h"
#include "podreach/reach/reach_matrix.h"
#include "podreach/wire/probe_order.h"
#include "podreach/wire/probe_report.h"
#include "podreach/wire/service_report.h"

namespace podreach {

struct FleetOptions {
  std::string scan_id;
  std::string own_namespace = "podreach";
  std::string image;
  std::string pull_policy = "IfNotPresent";
  SweepLimits limits;            ///< of each probe, whatever the budgets below leave
  std::uint32_t max_probes = 0;  ///< that may stand at the same time; 0: no bound
  /// New flows in any two minutes of all probes on one node; 0: no limit. LimitNode says it of a
  /// single node.
  std::uint32_t flows_per_node_in_two_minutes = 0;
  /// Attempts a second to one address, of all probes together; 0: no limit.
  std::uint32_t rate_per_target_host = 0;
  std::chrono::seconds start_timeout{60};  ///< for the pods of one Deploy to run
  /// Of one Sweep; each probe has a nearer bound of its own, from its work.
  std::chrono::seconds sweep_timeout{3600};
  std::chrono::seconds pod_deadline{900};  ///< activeDeadlineSeconds: a probe ends by itself
};

/// What is to be said to a person while it works; called from several threads, one at a time.
using Progress = std::function<void(const std::string& line)>;

/// What one vantage sweeps in one round. Vantages that share the pointer share the text of the
/// order.
struct SweepAsk {
  /// Sorted by address, each address once. Null or empty: the vantage has nothing to do.
  std::shared_ptr<const std::vector<HostOrder>> hosts;
};

/// Why a vantage's report isn't whole.
enum class ReportFault : std::uint8_t {
  kNone,
  kNotStarted,    ///< the pod was refused, or it didn't run in time
  kProbeFailed,   ///< the pod ended, restarted or was deleted
  kOrderNotSent,  ///< the API server didn't take the order
  kReportBroken,  ///< the log isn't what a probe writes: it was changed or forged
  kReportCut,     ///< the log ended, or its time was over, before the closing frame came
  kStopped,       ///< the caller asked to stop
};

/// "none", "not-started", "probe-failed", "order-not-sent", "report-broken", "report-cut",
/// "stopped".
[[nodiscard]] std::string_view ToString(ReportFault fault);

/// How one vantage's round ended.
struct VantageEnd {
  ReportFault fault = ReportFault::kNone;
  std::string words;  ///< the API server's, the kubelet's or the reader's; for people alone
  /// Connects and datagrams sent, as the closing frame says; 0 where that didn't come.
  std::uint64_t attempts = 0;
};

/// What became of one vantage's pod.
struct StartedProbe {
  bool running = false;
  std::vector<IpAddress> ips;
  std::string node;
  /// Of a node vantage that runs, where its probe can read it.
  std::optional<ConntrackUse> conntrack;
  ReportFault fault = ReportFault::kNone;  ///< kNone where it runs
  std::string words;                       ///< for people alone
};

/// Takes what probes report, on the thread that called Sweep, as it comes: also what a probe said
/// before its report broke or was cut.
class ReportSink {
 public:
  virtual ~ReportSink() = default;
  /// Each host from `first` to `first + count - 1` of the vantage's ask has these groups. A host
  /// comes at most once in a round, and its groups are the whole of what is known of it: a port
  /// that is in none of them has no outcome.
  virtual void OnHosts(VantageId vantage, std::uint32_t first, std::uint32_t count,
                       const std::vector<PortGroup>& groups) = 0;
  /// What answers at an open port of the vantage's ask; only in rounds that identify.
  virtual void OnService(VantageId vantage, const ServiceReport& service) = 0;
};

/// The probes of one scan: makes their ConfigMaps and pods, gives them their orders, reads their
/// reports. It knows vantages and hosts, and nothing of targets and cells. What it made it removes
/// in Cleanup, which the destructor calls. Not thread-safe; it has threads of its own.
class ProbeFleet {
 public:
  /// The clock measures the time that probes have to report.
  ProbeFleet(KubeClient& client, FleetOptions options, Progress progress,
             Clock& clock = RealClock());
  ~ProbeFleet();
  ProbeFleet(const ProbeFleet&) = delete;
  ProbeFleet& operator=(const ProbeFleet&) = delete;

  /// Makes what is missing of podreach's namespace, the canary's policy and the namespaces'
  /// ConfigMaps, and every vantage's pod; waits until each runs or can't. It may be called again
  /// with other vantages, and more than max_probes at once are kInvalidInput. The results are in
  /// the order of the span. An Error only where nothing at all can be scanned: podreach's namespace
  /// can't be made, a stop, or no probe ever started.
  [[nodiscard]] Result<std::vector<StartedProbe>> Deploy(std::span<const Vantage> vantages,
                                                         const std::stop_token& stop);
  /// New flows that the probes on this node may make in any two minutes, from the next Sweep on;
  /// 0: no limit.
  void LimitNode(const std::string& node, std::uint32_t flows_in_two_minutes);
  /// One round, or several where the asks of a namespace are too long for one order. asks[i]
  /// belongs to the vantage with the id i; a vantage beyond the span's end has nothing to do. With
  /// `identify` the probes ask what answers at the ports that they find open. Gives an end for each
  /// ask, kNone where there was nothing to do, and returns when every probe has ended, at the
  /// deadline, or soon after a stop: what wasn't reported by then is kStopped.
  [[nodiscard]] Result<std::vector<VantageEnd>> Sweep(std::span<const SweepAsk> asks, bool identify,
                                                      ReportSink& sink,
                                                      const std::stop_token& stop);
  /// Deletes the pods of these vantages and forgets them: a wave's end. It doesn't wait until they
  /// are gone.
  [[nodiscard]] Result<void> Remove(std::span<const VantageId> vantages,
                                    const std::stop_token& stop);
  /// Deletes everything that Deploy made. It works after a stop, too.
  [[nodiscard]] Result<void> Cleanup();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
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
