#include <algorithm>
#include <array>
#include <random>

#include "podreach/collect/source.h"
#include "podreach/policy/policy_kinds.h"
#include "scan/scan_runner.h"

namespace podreach {
namespace {

std::string NewScanId() {
  static constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::random_device source;
  std::string id;
  while (id.size() < 8) id += kLetters[source() % kLetters.size()];
  return id;
}

EnforcerProfile ProfileOf(const std::string& cni, const Snapshot& snapshot) {
  const bool cilium = cni == "cilium" || (cni == "auto" && snapshot.cilium);
  return cilium ? EnforcerProfile{"cilium", false, false} : EnforcerProfile{};
}

}  // namespace

Result<ScanGround> PrepareScan(const ScanSettings& settings, const ScanDependencies& dependencies,
                               const std::stop_token& stop) {
  ScanGround ground;
  ground.options = settings.plan;
  if (ground.options.scan_id.empty()) ground.options.scan_id = NewScanId();
  auto collected = CollectLive(dependencies.client, settings.cluster, PolicyKinds(), stop);
  if (!collected) return collected.error();
  std::erase_if(collected->pods, [&](const Pod& pod) {
    return !settings.own_pod.empty() && pod.ns + "/" + pod.name == settings.own_pod;
  });
  ground.snapshot = std::make_shared<const Snapshot>(*std::move(collected));
  ground.evaluator =
      std::make_unique<Evaluator>(ground.snapshot, ProfileOf(settings.cni, *ground.snapshot));
  ground.plan = PlanVantages(*ground.evaluator, ground.options);
  return ground;
}

Waves MakeWaves(const ScanPlan& plan, std::size_t max_probes) {
  Waves waves;
  std::vector<VantageId> others;
  for (const Vantage& vantage : plan.vantages)
    (StandsForPods(vantage.kind) ? others : waves.staying).push_back(vantage.id);
  // Responders are asked by their own wave alone, so a small cluster is one wave.
  const std::size_t each = plan.enumerated ? others.size() : std::max<std::size_t>(1, max_probes);
  for (std::size_t i = 0; i < others.size(); i += each) {
    const std::size_t end = std::min(others.size(), i + each);
    waves.waves.emplace_back(others.begin() + static_cast<std::ptrdiff_t>(i),
                             others.begin() + static_cast<std::ptrdiff_t>(end));
  }
  if (waves.waves.empty()) waves.waves.emplace_back();
  return waves;
}

}  // namespace podreach
