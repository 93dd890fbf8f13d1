#pragma once

#include <vector>

#include "podreach/plan/scan_plan.h"
#include "podreach/policy/evaluator.h"
#include "podreach/policy/intent.h"
#include "podreach/record/scan_record.h"

namespace podreach {

/// Holds intents against what the probes saw, after the controls: one finding for each that is
/// broken, with its own severity, and one for each of the user's that no cell shows to hold. A
/// probe stands for the pods of its class, so for an intent that tells these apart it stands for
/// all.
void AddIntentFindings(const Evaluator& evaluator, const ScanPlan& plan,
                       const std::vector<Intent>& intents, ScanRecord& record);

}  // namespace podreach
