#include "podreach/plan/scan_plan.h"

#include "plan/targets.h"
#include "plan/vantages.h"

namespace podreach {

ScanPlan MakePlan(Evaluator& evaluator, const PlanOptions& options) {
  ScanPlan plan;
  PlanVantages(evaluator, options, plan);
  PlanTargets(evaluator.snapshot(), options, plan);
  return plan;
}

}  // namespace podreach
