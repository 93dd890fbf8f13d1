#include "cli/policy_source.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "podreach/base/text.h"
#include "podreach/collect/document_file.h"
#include "podreach/collect/source.h"
#include "podreach/kube/kubeconfig.h"
#include "podreach/policy/policy_kinds.h"

namespace podreach::cli {
namespace {

Result<Snapshot> Collect(const PolicySourceOptions& options, const Signals& signals) {
  if (!options.manifests.empty()) return CollectManifests(options.manifests, std::cin, PolicyKinds());
  auto access = FindClusterAccess(options.access.kubeconfig, options.access.context);
  if (!access) return access.error();
  auto transport = MakeCurlTransport(*access);
  if (!transport) return transport.error();
  KubeClient client(**transport, RealSleeper());
  return CollectLive(client, access->name, PolicyKinds(), signals.token());
}

}  // namespace

EnforcerProfile ProfileOf(const std::string& cni, const Snapshot& snapshot) {
  const bool cilium = cni == "cilium" || (cni == "auto" && snapshot.cilium);
  return cilium ? EnforcerProfile{"cilium", false, false} : EnforcerProfile{};
}

Result<Evaluator> MakeEvaluator(const PolicySourceOptions& options, const Signals& signals) {
  auto collected = Collect(options, signals);
  if (!collected) return collected.error();
  auto snapshot = std::make_shared<const Snapshot>(*std::move(collected));
  auto profile = ProfileOf(options.cni, *snapshot);
  for (const auto& text : options.pod_cidrs) {
    const auto cidr = Cidr::Parse(text);
    if (!cidr) {
      return MakeError(ErrorKind::kInvalidInput, "--pod-cidr: not a CIDR: " + CleanText(text, 64),
                       "write 10.244.0.0/16");
    }
    profile.pod_cidrs.push_back(*cidr);
  }
  return Evaluator(std::move(snapshot), std::move(profile));
}

Result<IntentsToCheck> LoadIntents(const std::string& file) {
  IntentFile read;
  if (file != "built-in") {
    const auto document = ReadDocumentFile(file);
    if (!document) return document.error();
    Problems problems;
    read = ReadIntents(document->value, problems);
    if (!problems.empty()) {
      std::string text;
      for (const Problem& problem : problems.All()) {
        text += (text.empty() ? "" : "\n  ") + document->PlaceOf(problem.path) + ": " +
                problem.ToString();
      }
      return MakeError(ErrorKind::kInvalidInput, text,
                       "include/podreach/schemas/intent-v1.schema.json says what may stand there");
    }
  }
  IntentsToCheck to_check;
  to_check.intents = std::move(read.intents);
  for (auto& intent : BuiltInIntents()) {
    if (!read.switched_off.contains(intent.name)) to_check.intents.push_back(std::move(intent));
  }
  for (const auto& lint : PolicyLints()) {
    if (!read.switched_off.contains(lint.name)) to_check.lints.push_back(lint);
  }
  return to_check;
}

namespace {

/// "a, b, c and 4 others".
std::string Listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() <= kMost) return text;
  const auto more = names.size() - kMost;
  return text + " and " + std::to_string(more) + (more == 1 ? " other" : " others");
}

}  // namespace

bool SayGaps(std::string_view verb, const Evaluator& evaluator) {
  const Snapshot& snapshot = evaluator.snapshot();
  const auto say = [&](const std::string& what, const std::string& why) {
    std::cerr << "podreach " << verb << ": " << what << ": " << why << '\n';
  };
  bool broken = false;
  std::vector<std::string> namespaces;
  for (const SnapshotGap& gap : snapshot.gaps) {
    if (gap.kind == GapKind::kNamespaceNotGiven) {
      namespaces.push_back(gap.object.name);
    } else {
      say(gap.What(), gap.Why());
      broken = true;
    }
  }
  if (!namespaces.empty()) {
    say(Listed(namespaces),
        namespaces.size() == 1
            ? "the namespace is not in the manifests: taken to have no label but its name's"
            : "the namespaces are not in the manifests: taken to have no labels but their names'");
  }
  FieldPlaces places;
  for (SnapshotGap& gap : evaluator.NotEvaluated()) {
    gap.place = places.Of(gap.place, gap.field);
    say(gap.What(), gap.Why());
    broken = true;
  }
  return broken;
}

Result<void> WriteTo(const std::string& file, const std::function<void(std::ostream&)>& write,
                     Readers readers) {
  if (file.empty()) {
    write(std::cout);
    std::cout.flush();
    if (std::cout) return {};
    return MakeError(ErrorKind::kUnavailable, "writing to stdout failed");
  }
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored)) {
    // A device or a pipe is written to, not replaced.
    std::ofstream device(file, std::ios::binary);
    write(device);
    device.close();
    if (device) return {};
    return MakeError(ErrorKind::kInvalidInput, "writing " + file + " failed");
  }
  const std::string part = file + ".part";
  const UnfinishedFile unfinished(part);
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  std::error_code error;
  if (readers == Readers::kOwner) {
    using std::filesystem::perms;
    std::filesystem::permissions(part, perms::owner_read | perms::owner_write, error);
  }
  write(out);
  out.close();
  if (out) std::filesystem::rename(part, file, error);
  if (out && !error) return {};
  std::filesystem::remove(part, error);
  return MakeError(ErrorKind::kInvalidInput, "writing " + file + " failed",
                   "see that its folder exists, is writable and has room");
}

int FailWith(std::string_view verb, const Error& error) {
  std::cerr << "podreach " << verb << ": " << error.ToString() << '\n';
  return error.kind == ErrorKind::kInvalidInput || error.kind == ErrorKind::kNotFound ? kUsage
                                                                                      : kFailed;
}

}  // namespace podreach::cli
