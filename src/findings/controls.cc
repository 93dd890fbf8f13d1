#include "findings/judge.h"

namespace podreach {
namespace {

std::string Describe(Outcome canary) {
  switch (canary) {
    case Outcome::kOpen:
      return "policies are not enforced";
    case Outcome::kFiltered:
      return "policies are enforced: denied by silence";
    case Outcome::kRejected:
      return "policies are enforced: denied by ICMP";
    case Outcome::kClosed:
      return "policies are enforced: denied by RST";
    case Outcome::kOpenFiltered:
    case Outcome::kUnreachable:
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      break;
  }
  return "whether policies are enforced is unknown: the canary gave no answer";
}

}  // namespace

Controls FindControls(const ScanPlan& plan, const ReachMatrix& observed) {
  Controls controls;
  controls.alive.assign(plan.vantages.size(), false);
  for (const Target& target : plan.targets) {
    const bool tcp = target.endpoint.protocol == Protocol::kTcp;
    for (const Vantage& vantage : plan.vantages) {
      const Outcome outcome = observed.At(vantage.id, target.id).outcome;
      if (outcome == Outcome::kOpen) controls.open_from.emplace(target.id, vantage.id);
      const bool answered =
          outcome == Outcome::kOpen || outcome == Outcome::kClosed || outcome == Outcome::kRejected;
      if (answered && target.probe != vantage.id) {
        controls.alive[Index(vantage.id)] = true;
        if (target.probe && outcome != Outcome::kRejected)
          controls.alive[Index(*target.probe)] = true;
      }
      // A node is let in by most enforcers: what it finds closed got an answer of the target's own.
      if (outcome == Outcome::kOpen ||
          (tcp && outcome == Outcome::kClosed && vantage.kind == VantageKind::kNode)) {
        controls.reached_from.emplace(target.id, vantage.id);
      }
      const bool canary = vantage.kind == VantageKind::kCanarySource && target.probe &&
                          plan.vantages[Index(*target.probe)].kind == VantageKind::kCanaryTarget;
      if (canary) controls.canary = outcome;
    }
  }
  controls.enforcer = Describe(controls.canary);
  controls.denies_by_reset = controls.canary == Outcome::kClosed;
  return controls;
}

}  // namespace podreach
