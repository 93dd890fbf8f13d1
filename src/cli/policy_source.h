#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "cli/signals.h"
#include "podreach/base/result.h"
#include "podreach/policy/evaluator.h"

namespace podreach::cli {

/// What `expect` and `explain` judge: manifests, or a cluster.
[[nodiscard]] Result<Evaluator> MakeEvaluator(const PolicySourceOptions& options,
                                              const Signals& signals);

/// Says on stderr what couldn't be read: the answers call what hangs on it unknown, or don't know
/// of it at all. Whether there was any.
bool SayGaps(std::string_view verb, const Evaluator& evaluator);

/// Says the error; the exit code for it.
int FailWith(std::string_view verb, const Error& error);

}  // namespace podreach::cli
