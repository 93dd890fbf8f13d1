#include <algorithm>
#include <set>

#include "findings/judge.h"

namespace podreach {
namespace {

bool IsCanary(const Vantage& vantage) {
  return vantage.kind == VantageKind::kCanarySource || vantage.kind == VantageKind::kCanaryTarget;
}

/// Whether the pair is a cell of the matrix: the canary is a control, and no probe is judged
/// against itself.
bool IsCell(const ScanPlan& plan, const Vantage& vantage, const Target& target) {
  if (IsCanary(vantage)) return false;
  return !target.probe ||
         (*target.probe != vantage.id && !IsCanary(plan.vantages[Index(*target.probe)]));
}

JudgedCell Judge(const Evaluator& evaluator, const ScanPlan& plan, const Controls& controls,
                 const ReachMatrix& observed, const Vantage& vantage, const Target& target) {
  const Observation& seen = observed.At(vantage.id, target.id);
  Judgement intended = Intended(evaluator, plan, vantage, target);
  JudgedCell cell{.vantage = vantage.id,
                  .target = target.id,
                  .expectation = intended.expectation,
                  .outcome = seen.outcome,
                  .seen = seen.outcome,
                  .unsure = seen.unsure,
                  .verdict = Verdict::kUnknown,
                  .rules = std::move(intended.rules),
                  .because = seen.note};
  if (seen.icmp) {
    cell.because = "ICMP type " + std::to_string(seen.icmp->type) + " code " +
                   std::to_string(seen.icmp->code) + " from " + seen.icmp->from.ToString();
  }
  Decide(plan, controls, target, cell);
  return cell;
}

Coverage CoverageOf(const Evaluator& evaluator, const ScanReport& report) {
  Coverage coverage;
  coverage.not_covered = report.plan.not_covered;
  coverage.cells = report.cells.size();
  std::set<std::string> covered;
  for (const JudgedCell& cell : report.cells) {
    if (cell.seen == Outcome::kNotProbed || cell.seen == Outcome::kLocalError) continue;
    ++coverage.probed;
    const Vantage& vantage = report.plan.vantages[Index(cell.vantage)];
    if (vantage.kind != VantageKind::kNode) covered.insert(vantage.ns);
  }
  for (const Namespace& ns : evaluator.snapshot().namespaces) {
    ++coverage.namespaces;
    coverage.namespaces_covered += covered.contains(ns.name) ? 1U : 0U;
  }
  return coverage;
}

}  // namespace

ScanReport Compare(const Evaluator& evaluator, ScanPlan plan, const ReachMatrix& observed,
                   std::map<TargetId, IdentifiedService> services) {
  ScanReport report;
  report.services = std::move(services);
  report.plan = std::move(plan);
  Controls controls = FindControls(report.plan, observed);
  const auto judge_all = [&] {
    report.cells.clear();
    for (const Vantage& vantage : report.plan.vantages) {
      for (const Target& target : report.plan.targets) {
        if (IsCell(report.plan, vantage, target)) {
          report.cells.push_back(
              Judge(evaluator, report.plan, controls, observed, vantage, target));
        }
      }
    }
  };
  judge_all();
  // A denied cell whose RST a control unmasked shows how this enforcer denies, wherever the canary
  // stands.
  const bool unmasked =
      std::any_of(report.cells.begin(), report.cells.end(), [&](const JudgedCell& cell) {
        return report.plan.targets[Index(cell.target)].endpoint.protocol == Protocol::kTcp &&
               cell.expectation == Expectation::kDeny && cell.seen == Outcome::kClosed &&
               cell.outcome == Outcome::kRejected;
      });
  if (unmasked && !controls.denies_by_reset) {
    controls.denies_by_reset = true;
    judge_all();
  }
  report.enforcer = controls.enforcer;
  report.denies_by_silence = controls.canary == Outcome::kFiltered;
  report.coverage = CoverageOf(evaluator, report);
  AddFindings(evaluator, controls, report);
  return report;
}

}  // namespace podreach
