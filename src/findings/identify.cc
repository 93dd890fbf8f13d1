#include <algorithm>

#include "podreach/findings/judge.h"

namespace podreach {
namespace {

/// Whether it is worth a question what answers at an open port.
bool IsWorthAsking(const Place& place, const Target& target, Expectation expectation) {
  if (place.kind == TargetKind::kProbe || place.kind == TargetKind::kExternal) return false;
  return target.sensitive || target.undeclared || place.kind == TargetKind::kMetadata ||
         place.kind == TargetKind::kDns || expectation == Expectation::kDeny ||
         (target.declared && !target.service.empty());
}

/// Which vantages could ask what.
using Askers = std::map<TargetId, std::set<VantageId>>;
constexpr std::size_t kEnough = 8;  // of them, to spread the work

}  // namespace

std::vector<std::set<TargetId>> WhatToIdentify(const ScanPlan& plan, const ReachMatrix& observed,
                                               const IntentionTable& intentions,
                                               std::span<const VantageId> vantages,
                                               const std::map<TargetId, IdentifiedService>& known) {
  Askers others;
  Askers neighbours;  // in the target's own namespace: asked only where nobody else can
  for (const VantageId id : vantages) {
    const Vantage& vantage = plan.vantage(id);
    if (!StandsForPods(vantage.kind)) continue;
    const auto targets = observed.targets(id);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (observed.At(id, i).outcome != Outcome::kOpen || known.contains(targets[i])) continue;
      const Place& place = plan.place(targets[i]);
      if (!IsWorthAsking(place, plan.target(targets[i]), intentions.At(id, i).expectation))
        continue;
      const bool same = !place.ns.empty() && place.ns == vantage.ns;
      auto& askers = (same ? neighbours : others)[targets[i]];
      if (askers.size() < kEnough) askers.insert(id);
    }
  }
  for (const auto& [target, askers] : neighbours) others.try_emplace(target, askers);
  std::vector<std::set<TargetId>> asked(plan.vantages.size());
  for (const auto& [target, askers] : others) {
    const VantageId least = *std::ranges::min_element(
        askers, {}, [&](VantageId vantage) { return asked[Index(vantage)].size(); });
    asked[Index(least)].insert(target);
  }
  return asked;
}

}  // namespace podreach
