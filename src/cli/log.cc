#include "cli/log.h"

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "podreach/base/text.h"
#include "podreach/base/time.h"

namespace podreach::cli {
namespace {

constexpr std::size_t kMaxLineBytes = 4096;  ///< of one line of a message

/// The one place where text becomes a part of the log.
std::string Cleaned(std::string_view message) {
  std::string clean;
  while (true) {
    const std::size_t end = message.find('\n');
    clean += CleanText(message.substr(0, end), kMaxLineBytes);
    if (end == std::string_view::npos) return clean;
    message.remove_prefix(end + 1);
    while (message.starts_with(' ')) message.remove_prefix(1);
    clean += "\n  ";
  }
}

bool IsOfTheVerb(spdlog::level::level_enum level) { return level >= spdlog::level::warn; }

class TextFormatter final : public spdlog::formatter {
 public:
  explicit TextFormatter(std::string verb) : verb_(std::move(verb)) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    std::string line = "podreach";
    if (IsOfTheVerb(message.level) && !verb_.empty()) line += " " + verb_;
    line += ": " + Cleaned({message.payload.data(), message.payload.size()}) + "\n";
    out.append(line.data(), line.data() + line.size());
  }
  [[nodiscard]] std::unique_ptr<formatter> clone() const override {
    return std::make_unique<TextFormatter>(verb_);
  }

 private:
  std::string verb_;
};

class JsonFormatter final : public spdlog::formatter {
 public:
  explicit JsonFormatter(std::string verb) : verb_(std::move(verb)) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    using Json = nlohmann::ordered_json;
    const auto level = spdlog::level::to_string_view(message.level);
    const Json json{{"time", Rfc3339(message.time, Fraction::kMilliseconds)},
                    {"level", std::string(level.data(), level.size())},
                    {"verb", verb_},
                    {"message", Cleaned({message.payload.data(), message.payload.size()})}};
    const std::string line = json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
    out.append(line.data(), line.data() + line.size());
  }
  [[nodiscard]] std::unique_ptr<formatter> clone() const override {
    return std::make_unique<JsonFormatter>(verb_);
  }

 private:
  std::string verb_;
};

std::shared_ptr<spdlog::logger> MakeLogger() {
  auto logger = std::make_shared<spdlog::logger>("podreach",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<TextFormatter>(""));
  return logger;
}

spdlog::logger& Logger() {
  static const auto logger = MakeLogger();
  return *logger;
}

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

void Say(spdlog::level::level_enum level, std::string_view message) {
  Logger().log(level, spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace

void AddLogOptions(OptionSet& options, LogSettings& settings) {
  options.Choice<LogFormat>("--log-format", settings.format,
                            {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
                            "How progress, warnings and errors are written on stderr: as lines for "
                            "people, or as one JSON object a line.");
  options.Choice<LogLevel>("--log-level", settings.level,
                           {{"debug", LogLevel::kDebug},
                            {"info", LogLevel::kInfo},
                            {"warning", LogLevel::kWarning},
                            {"error", LogLevel::kError}},
                           "What is written on stderr: this, and what is graver.");
  options.Flag("-q,--quiet,--no-progress", settings.quiet,
               "Write warnings and errors, but no progress. This wins over -v and --log-level.");
  options.Flag("-v,--verbose", settings.verbose,
               "Write what helps to find a fault, too. This wins over --log-level.");
}

void ConfigureLog(const LogSettings& settings, std::string_view verb) {
  switch (settings.format) {
    case LogFormat::kText:
      Logger().set_formatter(std::make_unique<TextFormatter>(std::string(verb)));
      break;
    case LogFormat::kJson:
      Logger().set_formatter(std::make_unique<JsonFormatter>(std::string(verb)));
      break;
  }
  LogLevel level = settings.level;
  if (settings.verbose) level = LogLevel::kDebug;
  if (settings.quiet) level = LogLevel::kWarning;
  Logger().set_level(LevelOf(level));
}

void LogDebug(std::string_view message) { Say(spdlog::level::debug, message); }
void LogInfo(std::string_view message) { Say(spdlog::level::info, message); }
void LogWarning(std::string_view message) { Say(spdlog::level::warn, message); }
void LogError(const Error& error) { Say(spdlog::level::err, error.ToString()); }

ExitCode Fail(const Error& error) {
  LogError(error);
  return ExitCodeOf(error);
}

}  // namespace podreach::cli
