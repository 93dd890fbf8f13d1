#pragma once

#include <cstdint>
#include <string_view>

#include "cli/exit_code.h"
#include "cli/option_set.h"
#include "podreach/base/result.h"

namespace podreach::cli {

enum class LogFormat : std::uint8_t {
  kText,  ///< "podreach: what happened", for people
  kJson,  ///< one object a line: time, level, verb, message and perhaps hint
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

struct LogSettings {
  LogFormat format = LogFormat::kText;
  LogLevel level = LogLevel::kInfo;
  bool quiet = false;    ///< no progress: warnings and errors alone
  bool verbose = false;  ///< what helps to find a fault, too
};

/// --log-format, --log-level, -q and -v.
void AddLogOptions(OptionSet& options, LogSettings& settings);

/// Says from now on what the settings ask for, on stderr. Called once, before other threads start;
/// before it, lines of kInfo and above are said as text.
void ConfigureLog(const LogSettings& settings, std::string_view verb);

/// Progress and warnings of the controller. Each is called by any thread. Every text is cleaned
/// here, so a stranger's may be part of it: control characters become spaces, and what follows a
/// line break is indented, so that nothing passes for a line of its own.
void LogDebug(std::string_view message);
void LogInfo(std::string_view message);
/// Of a verb's own: the line begins with "podreach VERB: ".
void LogWarning(std::string_view message);
void LogError(const Error& error);

/// LogError(), and the exit code for the error.
ExitCode Fail(const Error& error);

}  // namespace podreach::cli
