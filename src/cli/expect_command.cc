#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/options.h"
#include "cli/signals.h"
#include "podreach/collect/source.h"
#include "podreach/kube/kubeconfig.h"
#include "podreach/report/expect_writer.h"

namespace podreach::cli {
namespace {

int Fail(const Error& error) {
  std::cerr << "podreach expect: " << error.ToString() << '\n';
  return error.kind == ErrorKind::kInvalidInput || error.kind == ErrorKind::kNotFound ? kUsage
                                                                                      : kFailed;
}

Result<Snapshot> Collect(const ExpectOptions& options, const Signals& signals) {
  if (!options.manifests.empty()) return CollectManifests(options.manifests, std::cin);
  auto access = FindClusterAccess(options.access.kubeconfig, options.access.context);
  if (!access) return access.error();
  auto transport = MakeCurlTransport(*access);
  if (!transport) return transport.error();
  KubeClient client(**transport, RealSleeper());
  return CollectLive(client, access->name, signals.token());
}

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

/// What couldn't be read goes to stderr: the matrix calls what hangs on it unknown, or doesn't know
/// of it at all.
bool SayGaps(const Evaluator& evaluator) {
  const Snapshot& snapshot = evaluator.snapshot();
  for (const SnapshotGap& gap : snapshot.gaps)
    std::cerr << "podreach expect: " << gap.resource << ": " << gap.reason << '\n';
  bool broken = false;
  for (const SnapshotGap& gap : evaluator.NotEvaluated()) {
    std::cerr << "podreach expect: " << gap.resource << ": " << gap.reason << '\n';
    broken = true;
  }
  for (const NetworkPolicy& policy : snapshot.network_policies) {
    for (const std::string& problem : policy.problems)
      std::cerr << "podreach expect: " << policy.ns << "/NetworkPolicy/" << policy.name << ": "
                << problem << '\n';
    broken = broken || !policy.problems.empty();
  }
  for (const SnapshotGap& gap : snapshot.gaps)
    broken = broken || !gap.resource.starts_with("Namespace/");
  return broken;
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
  writer->End();
}

}  // namespace

int RunExpect(const ExpectOptions& options) {
  const Signals signals;
  auto collected = Collect(options, signals);
  if (!collected) return Fail(collected.error());
  auto snapshot = std::make_shared<const Snapshot>(*std::move(collected));
  const bool cilium = options.cni == "cilium" || (options.cni == "auto" && snapshot->cilium);
  const Evaluator evaluator(snapshot,
                            cilium ? EnforcerProfile{"cilium", false, false} : EnforcerProfile{});
  const bool broken = SayGaps(evaluator);
  if (options.output.empty()) {
    Write(evaluator, options, std::cout);
    std::cout.flush();
  } else {
    // The whole file or none.
    const std::string part = options.output + ".part";
    std::ofstream file(part, std::ios::binary | std::ios::trunc);
    Write(evaluator, options, file);
    file.close();
    std::error_code error;
    if (file) std::filesystem::rename(part, options.output, error);
    if (!file || error) {
      std::filesystem::remove(part, error);
      return Fail(MakeError(ErrorKind::kInvalidInput, "writing " + options.output + " failed",
                            "see that its folder exists, is writable and has room"));
    }
  }
  if (!std::cout) return Fail(MakeError(ErrorKind::kUnavailable, "writing to stdout failed"));
  return broken ? kFailed : kNothing;
}

}  // namespace podreach::cli
