#include "findings/coverage.h"

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

}  // namespace

Coverage CoverageOf(const JudgedScan& scan, const ScanRecord& record) {
  Coverage coverage;
  const Seen seen = WhatWasSeen(record);
  coverage.cells = seen.cells;
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
