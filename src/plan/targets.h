#pragma once

#include "podreach/plan/scan_plan.h"

namespace podreach {

/// Fills plan.targets; the vantages must be planned already: their responders are targets too.
void PlanTargets(const Snapshot& snapshot, const PlanOptions& options, ScanPlan& plan);

}  // namespace podreach
