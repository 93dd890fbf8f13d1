#include "cli/command.h"
#include "cli/evaluator_source.h"
#include "cli/exit_code.h"
#include "cli/format_option.h"
#include "cli/intents_source.h"
#include "cli/log.h"
#include "cli/output_file.h"
#include "cli/scan_options.h"
#include "cli/signals.h"
#include "podreach/report/expect_writer.h"
#include "podreach/report/formats.h"
#include "podreach/report/intent_document.h"

namespace podreach::cli::expect_command {
namespace {

/// Intents and lints write their severities as words, which their reader has checked.
bool IsAtLeast(std::string_view word, Severity threshold) {
  return ParseSeverity(word).value_or(Severity::kCritical) >= threshold;
}

class Expect final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "expect"; }
  [[nodiscard]] std::string_view help() const override {
    return "Says what the policies intend, by a cluster or by manifests, without a probe.";
  }
  [[nodiscard]] std::string_view footer() const override {
    return "A pair that isn't there is denied. What can't be evaluated is named on stderr, and "
           "what it could touch is unknown. With --intent, statements about what must and must "
           "not be are held against the matrix, which isn't written then.\n\n"
           "Exit codes: 0 it is done, or every intent holds; 1 an intent is broken; 2 wrong usage; "
           "3 an error, or something couldn't be read or judged: what could be is written; 130 "
           "interrupted, 143 terminated: then the file of -o isn't written.";
  }
  void AddOptions(OptionSet& options) override;
  [[nodiscard]] int Run() override;

 private:
  void Write(const Evaluator& evaluator, const ExpectFormat& format, std::ostream& out) const;
  [[nodiscard]] int CheckIntent(Evaluator& evaluator, bool broken,
                                const IntentsFormat& format) const;

  PolicySourceOptions from_;
  std::string format_ = "table";
  std::string output_;
  GroupBy group_by_ = GroupBy::kWorkload;
  std::string intent_;  ///< a file, or "built-in"; empty: the matrix is written
  Severity severity_threshold_ = Severity::kInfo;
};

void Expect::AddOptions(OptionSet& options) {
  AddPolicySource(options, from_);
  AddFormat(options, format_,
            {ChoiceOf(ExpectFormats(), "How the matrix is written"),
             ChoiceOf(IntentsFormats(), "How the result of --intent is written")});
  AddOutput(options, output_);
  options.Choice<GroupBy>("--group-by", group_by_,
                          {{"workload", GroupBy::kWorkload},
                           {"pod", GroupBy::kPod},
                           {"namespace", GroupBy::kNamespace},
                           {"class", GroupBy::kClass}},
                          "What the ends are. A class is the pods that no policy tells apart.");
  AddIntent(options, intent_);
  AddSeverityThreshold(options, severity_threshold_,
                       "With --intent: broken intents of this severity or above make the exit "
                       "code 1.");
}

void Expect::Write(const Evaluator& evaluator, const ExpectFormat& format,
                   std::ostream& out) const {
  IntendedMatrix matrix(evaluator, group_by_);
  const auto writer = format.write(out);
  writer->Begin();
  for (std::size_t i = 0; group_by_ == GroupBy::kClass && i < matrix.pod_ends(); ++i)
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

int Expect::CheckIntent(Evaluator& evaluator, bool broken, const IntentsFormat& format) const {
  const auto to_check = LoadIntents(intent_);
  if (!to_check) return Fail(to_check.error());
  const auto report = CheckIntents(evaluator, to_check->intents, to_check->lints);
  const auto written = WriteTo(output_, [&](std::ostream& out) {
    format.write({to_check->intents, to_check->lints, report}, out);
  });
  if (!written) return Fail(written.error());
  bool unknown = broken;
  bool breached = false;
  for (const auto& breach : report.breaches) {
    unknown = unknown || breach.unknown;
    breached = breached || (!breach.unknown && IsAtLeast(to_check->intents[breach.intent].severity,
                                                         severity_threshold_));
  }
  for (const auto& breach : report.lints)
    breached = breached || IsAtLeast(breach.lint.severity, severity_threshold_);
  return breached ? kFindings : unknown ? kFailed : kNothing;
}

int Expect::Run() {
  const Signals signals(Signals::Then::kQuit);
  const ExpectFormat* matrix_format = FindFormat(ExpectFormats(), format_);
  const IntentsFormat* intents_format = FindFormat(IntentsFormats(), format_);
  if (intent_.empty() && matrix_format == nullptr) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "the matrix has no format " + format_,
                          "use -f with " + NamesOf(ExpectFormats()) + ", or --intent"));
  }
  if (!intent_.empty() && intents_format == nullptr) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "--intent has no format " + format_,
                          "use -f with " + NamesOf(IntentsFormats())));
  }
  auto evaluator = MakeEvaluator(from_, signals);
  if (!evaluator) return Fail(evaluator.error());
  const bool broken = SayGaps(*evaluator);
  if (!intent_.empty()) return CheckIntent(*evaluator, broken, *intents_format);
  const auto written =
      WriteTo(output_, [&](std::ostream& out) { Write(*evaluator, *matrix_format, out); });
  if (!written) return Fail(written.error());
  return broken ? kFailed : kNothing;
}

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<Expect>(); }

}  // namespace podreach::cli::expect_command
