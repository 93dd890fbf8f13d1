#pragma once

#include "podreach/base/result.h"

namespace podreach::cli {

/// What the process's exit code says. A script may rely on these numbers.
enum ExitCode : int {
  kNothing = 0,        ///< everything holds, nothing was found
  kFindings = 1,       ///< something was found, changed or is denied
  kUsage = 2,          ///< a flag, a file or a name that the user gave is wrong
  kFailed = 3,         ///< an error, or an answer that is incomplete
  kInterrupted = 130,  ///< SIGINT
  kTerminated = 143,   ///< SIGTERM
};

/// The exit code for an error, by one rule for all verbs: kUsage where the user's input is wrong,
/// kFailed for the rest. An API server's 404 is no wrong usage; a kubeconfig that isn't there is,
/// and Connect() says so.
[[nodiscard]] ExitCode ExitCodeOf(const Error& error);

}  // namespace podreach::cli
