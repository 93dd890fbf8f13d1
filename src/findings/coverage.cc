#include "findings/coverage.h"

#include <algorithm>
#include <set>

namespace podreach {
namespace {

std::string_view Word(NotCovered::Why why) {
  switch (why) {
    case NotCovered::Why::kExcluded:
      return "excluded";
    case NotCovered::Why::kOwn:
      return "own";
    case NotCovered::Why::kTerminating:
      return "terminating";
    case NotCovered::Why::kNoticed:
      return "noticed";
    case NotCovered::Why::kIdentity:
      return "identity";
    case NotCovered::Why::kNode:
      return "node";
    case NotCovered::Why::kRotation:
      return "rotation";
    case NotCovered::Why::kFailed:
      return "failed";
  }
  return "?";
}

/// What the rows say: which vantages saw something, and how many cells have an observation.
struct Seen {
  Share cells;
  std::set<std::string> namespaces;
  std::uint64_t vantages = 0;
};

Seen WhatWasSeen(const ScanRecord& record) {
  Seen seen;
  for (const RecordedVantage& vantage : record.vantages) {
    if (!vantage.row) continue;
    std::uint64_t observed = 0;
    vantage.row->cells.ForEach([&](std::uint32_t kind, std::uint32_t count) {
      seen.cells.of += count;
      if (IsObserved(record.kinds[kind].seen)) observed += count;
    });
    seen.cells.have += observed;
    if (observed == 0 || !StandsForPods(vantage.kind)) continue;
    seen.namespaces.insert(vantage.ns);
    ++seen.vantages;
  }
  return seen;
}

/// Cells of vantages that couldn't be planned: as many as the vantage has that asks most, for each.
/// Who waits for its turn isn't among them.
std::uint64_t CellsNotPlanned(const ScanPlan& plan) {
  std::size_t each = 0;
  for (const Vantage& vantage : plan.vantages) {
    const TargetList& ask = plan.asks[Index(vantage.id)];
    if (StandsForPods(vantage.kind) && ask != nullptr) each = std::max(each, ask->size());
  }
  if (each == 0) each = plan.targets.size();
  const auto refused = std::ranges::count_if(plan.not_covered, [](const NotCovered& missing) {
    return missing.why == NotCovered::Why::kNoticed || missing.why == NotCovered::Why::kIdentity;
  });
  return each * static_cast<std::uint64_t>(refused);
}

}  // namespace

Coverage CoverageOf(const JudgedScan& scan, const ScanRecord& record) {
  Coverage coverage;
  const Seen seen = WhatWasSeen(record);
  coverage.cells = seen.cells;
  coverage.cells.of += CellsNotPlanned(scan.plan);
  coverage.namespaces = {scan.plan.namespaces.size(), seen.namespaces.size()};
  std::uint64_t planned = 0;
  for (const Vantage& vantage : scan.plan.vantages) planned += StandsForPods(vantage.kind) ? 1 : 0;
  coverage.vantages = {planned + scan.plan.twins_missing, seen.vantages};
  std::set<std::string> workloads;
  std::set<std::string> asked;
  for (const RecordedGroup& group : record.groups) {
    coverage.pods.of += group.pods;
    coverage.pods.have += group.asked;
    workloads.insert(group.workload);
    if (group.asked > 0) asked.insert(group.workload);
  }
  coverage.workloads = {workloads.size(), asked.size()};
  coverage.swept = {scan.discovery.groups, scan.discovery.swept_groups};
  coverage.swept_next = scan.discovery.next;
  for (const NotCovered& missing : scan.plan.not_covered)
    coverage.missing.push_back({missing.what, missing.reason, std::string(Word(missing.why))});
  return coverage;
}

}  // namespace podreach
