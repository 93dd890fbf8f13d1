#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "podreach/fleet/probe_fleet.h"

namespace podreach::cli {

using AskedTargets = std::vector<std::set<TargetId>>;  ///< by vantage

/// Speaks of targets and cells to a fleet that knows hosts.
class FleetAdapter {
 public:
  explicit FleetAdapter(ProbeFleet& fleet) : fleet_(fleet) {}

  /// Sets the nodes of the vantages and the addresses of the probes' own targets; what didn't start
  /// is added to plan.not_covered.
  [[nodiscard]] Result<void> Deploy(ScanPlan& plan, const std::stop_token& stop);
  /// Of all targets, or of each vantage's. kCancelled after a stop, with what came in the matrix.
  [[nodiscard]] Result<void> Sweep(const ScanPlan& plan, const std::optional<AskedTargets>& only,
                                   ReachMatrix& matrix, const std::stop_token& stop);
  [[nodiscard]] Result<std::map<TargetId, IdentifiedService>> Identify(const ScanPlan& plan,
                                                                       const AskedTargets& asked,
                                                                       const std::stop_token& stop);
  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }

 private:
  [[nodiscard]] Result<std::vector<VantageEnd>> Run(const std::vector<SweepAsk>& asks,
                                                    bool identify, ReportSink& sink,
                                                    const std::stop_token& stop);
  ProbeFleet& fleet_;
  std::uint64_t attempts_ = 0;
};

}  // namespace podreach::cli
