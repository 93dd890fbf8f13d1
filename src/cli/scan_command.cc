#include <algorithm>
#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/forecast_text.h"
#include "cli/log.h"
#include "cli/scan_settings.h"
#include "cli/signals.h"
#include "podreach/scan/scan.h"

namespace podreach::cli::scan_command {
namespace {

class LogObserver final : public ScanObserver {
 public:
  void OnPhase(std::string_view name, std::chrono::milliseconds took) override {
    LogDebug(std::string(name) + " took " + std::to_string(took.count()) + " ms");
  }
  void Say(const std::string& line) override { LogInfo(line); }
  void Warn(const std::string& line) override { LogWarning(line); }
};

/// The text that comes most often; "none" where there is none.
std::string MostCommon(const std::vector<std::string>& texts) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& text : texts) ++counts[text];
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? std::string("none") : most->first;
}

/// What kept most probes from reporting.
std::string MostCommonFault(const ScanRecord& record) {
  std::vector<std::string> faults;
  for (const RecordedVantage& vantage : record.vantages) {
    if (!vantage.fault.empty()) faults.push_back(vantage.fault);
  }
  return MostCommon(faults);
}

/// Why most of what isn't covered isn't.
std::string MostCommonReason(const ScanRecord& record) {
  std::vector<std::string> reasons;
  for (const RecordedMissing& missing : record.coverage.missing) reasons.push_back(missing.reason);
  return MostCommon(reasons);
}

class ScanCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "scan"; }
  [[nodiscard]] std::string_view help() const override {
    return "Probes from inside the cluster what can be reached, and compares it with what the "
           "policies intend.";
  }
  [[nodiscard]] std::string_view footer() const override {
    return "Exit codes: 0 nothing at or above the threshold; 1 findings; 2 wrong usage; 3 "
           "incomplete, or an error; 130 interrupted; 143 terminated.";
  }
  void AddOptions(OptionSet& options) override { AddScanOptions(options, options_); }

  [[nodiscard]] int Run() override {
    const Signals signals(Signals::Then::kStop);
    auto done = Work(signals);
    if (done) return *done;
    const int code = Fail(done.error());
    return signals.received() != 0 ? 128 + signals.received() : code;
  }

 private:
  Result<int> Work(const Signals& signals) {
    auto connection = Connect(options_.access);
    if (!connection) return connection.error();
    const auto settings =
        ToScanSettings(options_, connection->access, std::chrono::system_clock::now());
    if (!settings) return settings.error();
    const ScanDependencies dependencies{*connection->client, RealSleeper(),
                                        std::chrono::steady_clock::now,
                                        std::chrono::system_clock::now};
    if (options_.dry_run) {
      const auto forecast = ForecastScan(*settings, dependencies, signals.token());
      if (!forecast) return forecast.error();
      WriteForecast(*forecast, std::cout);
      return kNothing;
    }
    LogObserver observer;
    const auto record = RunScan(*settings, dependencies, observer, signals.token());
    if (!record) return record.error();
    if (auto written = WriteOutputs(*record, options_.format, options_.outputs); !written)
      return written.error();
    return signals.received() != 0 ? 128 + signals.received() : ExitCodeOf(*record);
  }

  Result<int> ExitCodeOf(const ScanRecord& record) const {
    const Share& cells = record.coverage.cells;
    const Share& namespaces = record.coverage.namespaces;
    if (cells.of > 0 && cells.have == 0) {
      return MakeError(ErrorKind::kUnavailable,
                       "not one cell was probed; the reason of most: " + MostCommonFault(record),
                       "the report says why, vantage by vantage; where no probe works, see that "
                       "--probe-image is podreach-probe's");
    }
    if (namespaces.of > 0 && namespaces.have == 0) {
      return MakeError(
          ErrorKind::kUnavailable,
          "not one of " + std::to_string(namespaces.of) +
              " namespaces was covered; the reason of most: " + MostCommonReason(record),
          "the report says why, namespace by namespace");
    }
    const double percent =
        cells.of == 0 ? 100.0
                      : 100.0 * static_cast<double>(cells.have) / static_cast<double>(cells.of);
    if (record.info.incomplete || record.info.left_behind || percent < options_.fail_coverage_below)
      return kFailed;
    const bool found = std::ranges::any_of(record.findings, [&](const Finding& finding) {
      return finding.severity >= options_.severity_threshold;
    });
    return found ? kFindings : kNothing;
  }

  ScanOptions options_;
};

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<ScanCommand>(); }

}  // namespace podreach::cli::scan_command
