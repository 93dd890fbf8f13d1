#pragma once

#include <ostream>
#include <vector>

#include "podreach/policy/intent_check.h"

namespace podreach {

/// What became of each intent, the broken ones first, worst first; at most 20 pairs of one, and how
/// many more there are.
void WriteIntentTable(const std::vector<Intent>& intents, const std::vector<PolicyLint>& lints,
                      const IntentReport& report, std::ostream& out);
/// schema podreach.io/intent-report/v1; all pairs.
void WriteIntentJson(const std::vector<Intent>& intents, const std::vector<PolicyLint>& lints,
                     const IntentReport& report, std::ostream& out);

}  // namespace podreach
