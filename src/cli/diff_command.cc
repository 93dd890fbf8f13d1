#include "cli/options.h"
#include "cli/policy_source.h"
#include "cli/signals.h"
#include "podreach/policy/matrix_diff.h"
#include "podreach/report/diff_writer.h"

namespace podreach::cli {
namespace {

constexpr std::string_view kContext = "context:";

PolicySourceOptions SourceOf(const DiffOptions& options, const std::string& side) {
  PolicySourceOptions source;
  source.access = options.access;
  source.cni = options.cni;
  source.pod_cidrs = options.pod_cidrs;
  if (side.starts_with(kContext)) {
    source.access.context = side.substr(kContext.size());
  } else if (side != "cluster") {
    source.manifests = {side};
  }
  return source;
}

}  // namespace

int RunDiff(const DiffOptions& options) {
  const Signals signals(Signals::Then::kQuit);
  if (options.before == "-" && options.after == "-") {
    return FailWith("diff", MakeError(ErrorKind::kInvalidInput, "both sides are to come from stdin",
                                      "write one of them to a file"));
  }
  const auto before = MakeEvaluator(SourceOf(options, options.before), signals);
  if (!before) return FailWith("diff", WithContext(before.error(), options.before));
  const auto after = MakeEvaluator(SourceOf(options, options.after), signals);
  if (!after) return FailWith("diff", WithContext(after.error(), options.after));
  bool broken = SayGaps("diff: " + options.before, *before);
  broken = SayGaps("diff: " + options.after, *after) || broken;
  MatrixDiff diff;
  const auto written = WriteTo(options.output, [&](std::ostream& out) {
    const auto writer = options.format == "json" ? MakeDiffJson(out) : MakeDiffTable(out);
    writer->Begin();
    diff = DiffMatrices(*before, *after,
                        [&](const ChangedConnection& change) { writer->Change(change); });
    writer->End(diff);
  });
  if (!written) return FailWith("diff", written.error());
  if (broken) return kFailed;
  return diff.changes > 0 || !diff.added.empty() || !diff.removed.empty() ? kFindings : kNothing;
}

}  // namespace podreach::cli
