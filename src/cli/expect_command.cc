#include "cli/options.h"
#include "cli/policy_source.h"
#include "cli/signals.h"
#include "podreach/report/expect_writer.h"
#include "podreach/report/intent_writer.h"

namespace podreach::cli {
namespace {

GroupBy GroupByOf(const std::string& text) {
  if (text == "pod") return GroupBy::kPod;
  if (text == "class") return GroupBy::kClass;
  return text == "namespace" ? GroupBy::kNamespace : GroupBy::kWorkload;
}

std::unique_ptr<ExpectWriter> WriterOf(const std::string& format, std::ostream& out) {
  if (format == "json") return MakeExpectJson(out);
  if (format == "csv") return MakeExpectCsv(out);
  if (format == "dot") return MakeExpectDot(out);
  return MakeExpectTable(out);
}

void Write(const Evaluator& evaluator, const ExpectOptions& options, std::ostream& out) {
  IntendedMatrix matrix(evaluator, GroupByOf(options.group_by));
  const auto writer = WriterOf(options.format, out);
  writer->Begin();
  for (std::size_t i = 0; options.group_by == "class" && i < matrix.pod_ends(); ++i)
    writer->Class(matrix.end(i), matrix.pods(i), matrix.workloads(i));
  matrix.ForEach([&](const IntendedConnection& connection) {
    writer->Pair(matrix.end(connection.source), matrix.end(connection.destination), connection);
  });
  if (writer->GoesAgain()) {
    matrix.ForEach([&](const IntendedConnection& connection) {
      writer->Again(matrix.end(connection.source), matrix.end(connection.destination), connection);
    });
  }
  writer->End();
}

int CheckIntent(Evaluator& evaluator, const ExpectOptions& options, bool broken) {
  if (options.format != "table" && options.format != "json") {
    return FailWith("expect",
                    MakeError(ErrorKind::kInvalidInput, "--intent has no format " + options.format,
                              "use -f table or -f json"));
  }
  const auto to_check = LoadIntents(options.intent);
  if (!to_check) return FailWith("expect", to_check.error());
  const auto report = CheckIntents(evaluator, to_check->intents, to_check->lints);
  const auto written = WriteTo(options.output, [&](std::ostream& out) {
    options.format == "json" ? WriteIntentJson(to_check->intents, to_check->lints, report, out)
                             : WriteIntentTable(to_check->intents, to_check->lints, report, out);
  });
  if (!written) return FailWith("expect", written.error());
  bool unknown = broken;
  bool breached = false;
  for (const auto& breach : report.breaches) {
    unknown = unknown || breach.unknown;
    breached = breached || (!breach.unknown && IsAtLeast(to_check->intents[breach.intent].severity,
                                                         options.severity_threshold));
  }
  for (const auto& breach : report.lints)
    breached = breached || IsAtLeast(breach.lint.severity, options.severity_threshold);
  return breached ? kFindings : unknown ? kFailed : kNothing;
}

}  // namespace

int RunExpect(const ExpectOptions& options) {
  const Signals signals(Signals::Then::kQuit);
  auto made = MakeEvaluator(options.from, signals);
  if (!made) return FailWith("expect", made.error());
  Evaluator& evaluator = *made;
  const bool broken = SayGaps("expect", evaluator);
  if (!options.intent.empty()) return CheckIntent(evaluator, options, broken);
  const auto written =
      WriteTo(options.output, [&](std::ostream& out) { Write(evaluator, options, out); });
  if (!written) return FailWith("expect", written.error());
  return broken ? kFailed : kNothing;
}

}  // namespace podreach::cli
