#pragma once

#include <string>
#include <vector>

#include "cli/option_set.h"
#include "podreach/base/result.h"
#include "podreach/policy/intent.h"

namespace podreach::cli {

/// The intents of --intent, the built-in ones that aren't switched off included.
struct IntentsToCheck {
  std::vector<Intent> intents;
  std::vector<PolicyLint> lints;
};

/// Reads a file, or takes the built-in ones alone where it is called "built-in". An error names
/// file, line and field of all that is wrong.
[[nodiscard]] Result<IntentsToCheck> LoadIntents(const std::string& file);

/// --intent.
void AddIntent(OptionSet& options, std::string& file);

}  // namespace podreach::cli
