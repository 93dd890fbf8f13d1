#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/signals.h"
#include "podreach/base/result.h"
#include "podreach/policy/evaluator.h"
#include "podreach/policy/intent.h"

namespace podreach::cli {

/// The known deviations that --cni names, or `auto` finds.
[[nodiscard]] EnforcerProfile ProfileOf(const std::string& cni, const Snapshot& snapshot);

/// What `expect` and `explain` judge: manifests, or a cluster.
[[nodiscard]] Result<Evaluator> MakeEvaluator(const PolicySourceOptions& options,
                                              const Signals& signals);

/// The intents of --intent, the built-in ones that aren't switched off included.
struct IntentsToCheck {
  std::vector<Intent> intents;
  std::vector<PolicyLint> lints;
};
[[nodiscard]] Result<IntentsToCheck> LoadIntents(const std::string& file);

/// Says on stderr what couldn't be read: the answers call what hangs on it unknown, or don't know
/// of it at all. Whether there was any.
bool SayGaps(std::string_view verb, const Evaluator& evaluator);

/// Who may read a file: what was observed in a cluster is its owner's alone.
enum class Readers { kAsUmask, kOwner };

/// Lets `write` fill a file, the whole or none of it; stdout where it is called "".
[[nodiscard]] Result<void> WriteTo(const std::string& file,
                                   const std::function<void(std::ostream&)>& write,
                                   Readers readers = Readers::kAsUmask);

/// Says the error; the exit code for it.
int FailWith(std::string_view verb, const Error& error);

}  // namespace podreach::cli
