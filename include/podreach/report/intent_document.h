#pragma once

#include <vector>

#include "podreach/policy/intent_check.h"

namespace podreach {

/// What became of intents and lints. IntentsFormats() writes it.
struct IntentDocument {
  const std::vector<Intent>& intents;
  const std::vector<PolicyLint>& lints;
  const IntentReport& report;
};

}  // namespace podreach
