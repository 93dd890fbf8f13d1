#pragma once

#include "podreach/plan/scan_plan.h"

namespace podreach {

/// Fills plan.vantages and plan.not_covered.
void PlanVantages(Evaluator& evaluator, const PlanOptions& options, ScanPlan& plan);

/// Why a pod with these labels must not be made in the namespace; empty where nothing would notice
/// it.
[[nodiscard]] std::string RefusalOf(const Snapshot& snapshot, const Namespace& ns,
                                    const Labels& labels);

}  // namespace podreach
