#include "podreach/findings/judge.h"

namespace podreach {
namespace {

/// The connection that the canary's policy denies.
bool IsCanaryCell(const ScanPlan& plan, VantageId vantage, TargetId id) {
  const auto& probe = plan.place(id).probe;
  return plan.vantage(vantage).kind == VantageKind::kCanarySource && probe &&
         plan.vantage(*probe).kind == VantageKind::kCanaryTarget;
}

/// What one observation shows of its target and of its vantage.
void Note(const ScanPlan& plan, VantageId vantage, TargetId id, Outcome outcome,
          Controls& controls) {
  const auto& probe = plan.place(id).probe;
  const bool answered =
      outcome == Outcome::kOpen || outcome == Outcome::kClosed || outcome == Outcome::kRejected;
  if (answered && probe != vantage) {
    controls.alive[Index(vantage)] = true;
    if (probe && outcome != Outcome::kRejected) controls.alive[Index(*probe)] = true;
  }
  std::uint32_t& open = controls.open_from[Index(id)];
  if (outcome == Outcome::kOpen && open == Controls::kNobody)
    open = static_cast<std::uint32_t>(Index(vantage));
  // A node is let in by most enforcers: what it finds closed got an answer of the target's own.
  const bool node_closed = plan.target(id).protocol == Protocol::kTcp &&
                           outcome == Outcome::kClosed &&
                           plan.vantage(vantage).kind == VantageKind::kNode;
  std::uint32_t& reached = controls.reached_from[Index(id)];
  if ((outcome == Outcome::kOpen || node_closed) && reached == Controls::kNobody)
    reached = static_cast<std::uint32_t>(Index(vantage));
}

/// A denial shows an enforcer only where the denied target is there, which another vantage must
/// show, and getting through shows that there is none only where there was a policy.
void FindCanary(const ScanPlan& plan, TargetId target, Outcome outcome, Controls& controls) {
  const bool denied =
      outcome == Outcome::kFiltered || outcome == Outcome::kRejected || outcome == Outcome::kClosed;
  if (!plan.canary_policy_made && (denied || outcome == Outcome::kOpen)) {
    controls.canary_gap = Enforcement::kNoPolicy;
  } else if (denied && controls.reached_from[Index(target)] == Controls::kNobody) {
    controls.canary_gap = Enforcement::kUnreached;
  } else {
    controls.canary = outcome;
  }
}

}  // namespace

Controls FindControls(const ScanPlan& plan, const ReachMatrix& observed) {
  Controls controls;
  controls.alive.assign(plan.vantages.size(), false);
  controls.open_from.assign(plan.targets.size(), Controls::kNobody);
  controls.reached_from.assign(plan.targets.size(), Controls::kNobody);
  controls.translated.assign(plan.targets.size(), false);
  controls.several.assign(plan.targets.size(), false);
  for (const auto& [target, backends] : plan.backends) {
    controls.translated[Index(target)] = !backends.empty();
    controls.several[Index(target)] = backends.size() > 1;
  }
  for (const Vantage& vantage : plan.vantages) {
    const auto targets = observed.targets(vantage.id);
    for (std::size_t i = 0; i < targets.size(); ++i)
      Note(plan, vantage.id, targets[i], observed.At(vantage.id, i).outcome, controls);
  }
  for (const Vantage& vantage : plan.vantages) {
    if (vantage.kind != VantageKind::kCanarySource) continue;
    const auto targets = observed.targets(vantage.id);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (IsCanaryCell(plan, vantage.id, targets[i]))
        FindCanary(plan, targets[i], observed.At(vantage.id, i).outcome, controls);
    }
  }
  controls.denies_by_reset = controls.canary == Outcome::kClosed;
  return controls;
}

void FindResets(const ScanPlan& plan, const ReachMatrix& observed, const IntentionTable& intentions,
                Controls& controls) {
  for (const Vantage& vantage : plan.vantages) {
    if (controls.denies_by_reset) return;
    if (IsCanary(vantage.kind)) continue;
    const auto targets = observed.targets(vantage.id);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const bool unmasked = observed.At(vantage.id, i).outcome == Outcome::kClosed &&
                            plan.target(targets[i]).protocol == Protocol::kTcp &&
                            controls.open_from[Index(targets[i])] != Controls::kNobody &&
                            !controls.several[Index(targets[i])] &&
                            intentions.At(vantage.id, i).expectation == Expectation::kDeny;
      controls.denies_by_reset = controls.denies_by_reset || unmasked;
    }
  }
}

Enforcement EnforcementOf(const Controls& controls) {
  switch (controls.canary) {
    case Outcome::kOpen:
      return Enforcement::kNotEnforced;
    case Outcome::kFiltered:
      return Enforcement::kBySilence;
    case Outcome::kRejected:
      return Enforcement::kByIcmp;
    case Outcome::kClosed:
      return Enforcement::kByReset;
    case Outcome::kOpenFiltered:
    case Outcome::kUnreachable:
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      break;
  }
  return controls.canary_gap;
}

CellFacts FactsOf(const ScanPlan& plan, const Controls& controls, VantageId vantage,
                  TargetId target) {
  return {.protocol = plan.target(target).protocol,
          .translated = controls.translated[Index(target)],
          .several = controls.several[Index(target)],
          .open_elsewhere = controls.open_from[Index(target)] != Controls::kNobody,
          .reached = controls.reached_from[Index(target)] != Controls::kNobody,
          .alive = controls.alive[Index(vantage)],
          .canary = controls.canary,
          .denies_by_reset = controls.denies_by_reset};
}

}  // namespace podreach
