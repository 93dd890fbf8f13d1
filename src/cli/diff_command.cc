#include "cli/command.h"
#include "cli/evaluator_source.h"
#include "cli/exit_code.h"
#include "cli/format_option.h"
#include "cli/log.h"
#include "cli/output_file.h"
#include "cli/signals.h"
#include "podreach/policy/matrix_diff.h"
#include "podreach/report/diff_writer.h"
#include "podreach/report/formats.h"

namespace podreach::cli::diff_command {
namespace {

constexpr std::string_view kContext = "context:";

class Diff final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "diff"; }
  [[nodiscard]] std::string_view help() const override {
    return "Says what opens and what closes between two sets of manifests or clusters, without a "
           "probe.";
  }
  [[nodiscard]] std::string_view footer() const override {
    return "It says workload by workload which connections open and close, and which may, as "
           "something about them is unknown on one side; and what decided before and after.\n\n"
           "Exit codes: 0 nothing changes; 1 something changes; 2 wrong usage; 3 an error, or "
           "something couldn't be read: what could be is compared; 130 interrupted; 143 "
           "terminated.";
  }
  void AddOptions(OptionSet& options) override;
  [[nodiscard]] int Run() override;

 private:
  [[nodiscard]] PolicySourceOptions SourceOf(const std::string& side) const;

  AccessOptions access_;
  std::string before_;  ///< a path, "-", "cluster" or "context:NAME"
  std::string after_;   ///< the same
  Cni cni_ = Cni::kAuto;
  std::vector<Cidr> pod_cidrs_;
  std::string format_ = "table";
  std::string output_;
};

void Diff::AddOptions(OptionSet& options) {
  AddAccessOptions(options, access_);
  options
      .Text("before", before_,
            "Manifests (a file, a directory, or - for stdin), the word cluster, or context:NAME "
            "for a context of the kubeconfig.")
      .Required()
      .Called("BEFORE");
  options.Text("after", after_, "The same, for the other side.").Required().Called("AFTER");
  AddCni(options, cni_);
  AddPodCidrs(options, pod_cidrs_);
  AddFormat(options, format_, {ChoiceOf(DiffFormats(), "How the result is written")});
  AddOutput(options, output_);
}

PolicySourceOptions Diff::SourceOf(const std::string& side) const {
  PolicySourceOptions source;
  source.access = access_;
  source.cni = cni_;
  source.pod_cidrs = pod_cidrs_;
  if (side.starts_with(kContext)) {
    source.access.context = side.substr(kContext.size());
  } else if (side != "cluster") {
    source.manifests = {side};
  }
  return source;
}

int Diff::Run() {
  const Signals signals(Signals::Then::kQuit);
  if (before_ == "-" && after_ == "-") {
    return Fail(MakeError(ErrorKind::kInvalidInput, "both sides are to come from stdin",
                          "write one of them to a file"));
  }
  const auto before = MakeEvaluator(SourceOf(before_), signals);
  if (!before) return Fail(WithContext(before.error(), before_));
  const auto after = MakeEvaluator(SourceOf(after_), signals);
  if (!after) return Fail(WithContext(after.error(), after_));
  bool broken = SayGaps(*before, before_);
  broken = SayGaps(*after, after_) || broken;
  MatrixDiff diff;
  const auto written = WriteTo(output_, [&](std::ostream& out) {
    const auto writer = FindFormat(DiffFormats(), format_)->write(out);
    writer->Begin();
    diff = DiffMatrices(*before, *after,
                        [&](const ChangedConnection& change) { writer->Change(change); });
    writer->End(diff);
  });
  if (!written) return Fail(written.error());
  if (broken) return kFailed;
  return diff.changes > 0 || !diff.added.empty() || !diff.removed.empty() ? kFindings : kNothing;
}

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<Diff>(); }

}  // namespace podreach::cli::diff_command
