#include "cli/evaluator_source.h"

#include <iostream>
#include <memory>
#include <utility>

#include "cli/log.h"
#include "podreach/base/text.h"
#include "podreach/collect/source.h"
#include "podreach/policy/policy_kinds.h"

namespace podreach::cli {
namespace {

Result<Snapshot> Collect(const PolicySourceOptions& options, const Signals& signals) {
  if (!options.manifests.empty())
    return CollectManifests(options.manifests, std::cin, PolicyKinds());
  auto connection = Connect(options.access);
  if (!connection) return std::move(connection).error();
  return CollectLive(*connection->client, connection->access.name, PolicyKinds(), signals.token());
}

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

Result<Cidr> ReadCidr(const std::string& text) {
  if (const auto cidr = Cidr::Parse(text)) return *cidr;
  return MakeError(ErrorKind::kInvalidInput, "not a CIDR: " + CleanText(text, 64),
                   "write 10.244.0.0/16");
}

}  // namespace

void AddCni(OptionSet& options, Cni& cni) {
  options.Choice<Cni>(
      "--cni", cni, {{"auto", Cni::kAuto}, {"standard", Cni::kStandard}, {"cilium", Cni::kCilium}},
      "Whose known deviations from the standard to judge by.");
}

void AddPodCidrs(OptionSet& options, std::vector<Cidr>& pod_cidrs) {
  options
      .Many<Cidr>("--pod-cidr", pod_cidrs, ReadCidr,
                  "Where pods of manifests, which have no address yet, will get it. Without it, "
                  "whether an ipBlock holds them is unknown. It may be repeated.")
      .SplitAt(',')
      .Called("CIDR");
}

void AddPolicySource(OptionSet& options, PolicySourceOptions& source) {
  AddAccessOptions(options, source.access);
  options
      .Texts("--manifests", source.manifests,
             "Read these instead of a cluster: files, directories with .yaml, .yml and .json, or - "
             "for stdin. It may be repeated.")
      .Called("PATH");
  AddCni(options, source.cni);
  AddPodCidrs(options, source.pod_cidrs);
}

EnforcerProfile ProfileOf(Cni cni, const Snapshot& snapshot) {
  const bool cilium = cni == Cni::kCilium || (cni == Cni::kAuto && snapshot.cilium);
  return cilium ? EnforcerProfile{"cilium", false, false} : EnforcerProfile{};
}

Result<Evaluator> MakeEvaluator(const PolicySourceOptions& options, const Signals& signals) {
  auto collected = Collect(options, signals);
  if (!collected) return std::move(collected).error();
  auto snapshot = std::make_shared<const Snapshot>(*std::move(collected));
  auto profile = ProfileOf(options.cni, *snapshot);
  profile.pod_cidrs = options.pod_cidrs;
  LogDebug("read " + std::to_string(snapshot->pods.size()) + " pods in " +
           std::to_string(snapshot->namespaces.size()) +
           " namespaces; judging by the deviations of " + profile.name);
  return Evaluator(std::move(snapshot), std::move(profile));
}

bool SayGaps(const Evaluator& evaluator, std::string_view of) {
  const Snapshot& snapshot = evaluator.snapshot();
  const auto say = [&](const std::string& what, const std::string& why) {
    LogWarning((of.empty() ? "" : std::string(of) + ": ") + what + ": " + why);
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

}  // namespace podreach::cli
