#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "podreach/findings/judge.h"
#include "podreach/fleet/probe_fleet.h"
#include "podreach/scan/scan.h"
#include "scan/host_orders.h"

namespace podreach {

/// The snapshot, the evaluator and the vantages: what a scan and a forecast begin with.
struct ScanGround {
  std::shared_ptr<const Snapshot> snapshot;
  std::unique_ptr<Evaluator> evaluator;
  PlanOptions options;
  ScanPlan plan;
};
[[nodiscard]] Result<ScanGround> PrepareScan(const ScanSettings& settings,
                                             const ScanDependencies& dependencies,
                                             const std::stop_token& stop);

/// The vantages that stay through a scan (nodes and the canary), and the waves of all others.
struct Waves {
  std::vector<VantageId> staying;
  std::vector<std::vector<VantageId>> waves;  ///< one at least
};
[[nodiscard]] Waves MakeWaves(const ScanPlan& plan, std::size_t max_probes);

/// One scan, phase by phase.
class ScanRunner {
 public:
  ScanRunner(const ScanSettings& settings, const ScanDependencies& dependencies,
             ScanObserver& observer, std::stop_token stop);

  [[nodiscard]] Result<ScanRecord> Run();

 private:
  [[nodiscard]] Result<void> Work();
  [[nodiscard]] Result<void> Deploy(std::span<const VantageId> vantages);
  void LimitNode(const StartedProbe& probe);
  [[nodiscard]] Result<void> Discover();
  [[nodiscard]] Result<void> SweepWave(std::span<const VantageId> vantages);
  void Identify(std::span<const VantageId> vantages);
  [[nodiscard]] Result<void> Confirm(std::span<const VantageId> vantages);
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> OpenRows(
      std::span<const VantageId> vantages);
  [[nodiscard]] const HostOrders& OrdersFor(VantageId vantage,
                                            const std::vector<std::uint32_t>& cells);
  [[nodiscard]] Result<void> Ask(std::span<const VantageId> vantages,
                                 const std::vector<std::vector<std::uint32_t>>& cells);
  void NoteEnds(const std::vector<VantageEnd>& ends);
  void DropWhatMoved();
  [[nodiscard]] ScanRecord Judge();
  void RemoveOldLeftovers();
  void Phase(const char* name);

  const ScanSettings& settings_;
  const ScanDependencies& dependencies_;
  ScanObserver& observer_;
  const std::stop_token stop_;

  ScanGround ground_;
  DiscoveryPlan discovery_;
  std::unique_ptr<ProbeFleet> fleet_;
  std::unique_ptr<ReachMatrix> observed_;
  std::unique_ptr<IntentionTable> intentions_;
  std::map<TargetId, IdentifiedService> services_;
  std::map<VantageId, std::string> faults_;
  /// Rows that are asked the same share their orders; the lists stay alive as its keys.
  std::map<TargetList, HostOrders> orders_;
  std::vector<std::unique_ptr<HostOrders>> some_orders_;  ///< of parts of rows, in this round
  std::string started_;
  std::uint64_t attempts_ = 0;
  std::size_t running_ = 0;  ///< probes that ran
  bool unchecked_ = false;   ///< whether targets moved couldn't be looked at
  std::chrono::steady_clock::time_point phase_start_;
  std::vector<std::pair<std::string, std::chrono::milliseconds>> phases_;
};

}  // namespace podreach
