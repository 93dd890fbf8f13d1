#include "podreach/scan/confirmation.h"

#include <set>

namespace podreach {

bool IsConfirmed(const CellToConfirm& cell, bool denies_by_silence) {
  if (cell.verdict == Verdict::kLeak || cell.verdict == Verdict::kBroken) return true;
  // UDP silence of a target that answers somebody is as suspect as TCP's.
  const bool silence = cell.outcome == Outcome::kFiltered ||
                       (cell.outcome == Outcome::kOpenFiltered && cell.target_answers);
  if (!silence) return false;
  // Silence where an answer is allowed, whether a control reached the target or not; and where this
  // cluster's denials are heard, or where it denies nothing.
  return cell.expectation == Expectation::kAllow ||
         (cell.expectation == Expectation::kDeny && !denies_by_silence);
}

namespace {

bool Answered(Outcome outcome) { return outcome == Outcome::kOpen || outcome == Outcome::kClosed; }

/// By target: whether somebody found it open or closed, after the controls.
std::vector<bool> TargetsThatAnswer(const ScanPlan& plan, const ReachMatrix& observed,
                                    const Controls& controls) {
  std::vector<bool> answers(plan.targets.size());
  for (const Vantage& vantage : plan.vantages) {
    if (IsCanary(vantage.kind)) continue;
    const auto targets = observed.targets(vantage.id);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const Outcome seen = observed.At(vantage.id, i).outcome;
      const bool open_elsewhere = controls.open_from[Index(targets[i])] != Controls::kNobody;
      if (seen == Outcome::kOpen || (seen == Outcome::kClosed && !open_elsewhere))
        answers[Index(targets[i])] = true;
    }
  }
  return answers;
}

std::vector<std::uint32_t> OfVantage(const ScanPlan& plan, const ReachMatrix& observed,
                                     const IntentionTable& intentions, const Controls& controls,
                                     const std::vector<bool>& answers, VantageId vantage) {
  const bool denies_by_silence = controls.canary == Outcome::kFiltered;
  std::vector<std::uint32_t> again;
  std::vector<std::uint32_t> unclear;
  const auto targets = observed.targets(vantage);
  for (std::uint32_t i = 0; i < targets.size(); ++i) {
    const CellKind cell = Decide(intentions.At(vantage, i), observed.At(vantage, i),
                                 FactsOf(plan, controls, vantage, targets[i]));
    const CellToConfirm looked_at{cell.expectation, cell.outcome, cell.verdict,
                                  answers[Index(targets[i])]};
    if (IsConfirmed(looked_at, denies_by_silence)) {
      again.push_back(i);
    } else if (cell.expectation == Expectation::kUnknown && Answered(cell.outcome)) {
      unclear.push_back(i);
    }
  }
  if (again.empty()) return {};
  std::set<std::uint32_t> both(again.begin(), again.end());
  both.insert(unclear.begin(), unclear.end());
  return {both.begin(), both.end()};
}

}  // namespace

std::vector<std::vector<std::uint32_t>> CellsToConfirm(const ScanPlan& plan,
                                                       const ReachMatrix& observed,
                                                       const IntentionTable& intentions,
                                                       const Controls& controls,
                                                       std::span<const VantageId> vantages) {
  std::vector<std::vector<std::uint32_t>> cells(plan.vantages.size());
  const auto answers = TargetsThatAnswer(plan, observed, controls);
  for (const VantageId vantage : vantages) {
    if (IsCanary(plan.vantage(vantage).kind)) continue;
    cells[Index(vantage)] = OfVantage(plan, observed, intentions, controls, answers, vantage);
  }
  return cells;
}

void ForgetUnconfirmed(const std::vector<std::vector<std::uint32_t>>& cells,
                       ReachMatrix& observed) {
  for (std::uint32_t v = 0; v < cells.size(); ++v) {
    for (const std::uint32_t position : cells[v])
      observed.Set(VantageId{v}, position, {.why = NotProbed::kUnconfirmed});
  }
}

std::vector<bool> PlacesThatMoved(const Snapshot& before, const Snapshot& now,
                                  const ScanPlan& plan) {
  std::set<std::pair<std::string_view, IpAddress>> live;
  for (const Pod& pod : now.pods) {
    if (!pod.IsLive()) continue;
    for (const IpAddress& address : pod.ips) live.emplace(pod.uid, address);
  }
  std::vector<bool> moved(plan.places.size());
  for (std::size_t i = 0; i < plan.places.size(); ++i) {
    const auto& pod = plan.pod_of_place[i];
    moved[i] = pod && !live.contains({before.pods[*pod].uid, plan.places[i].address});
  }
  return moved;
}

void ForgetMoved(const std::vector<bool>& moved, const ScanPlan& plan, ReachMatrix& observed) {
  for (const Vantage& vantage : plan.vantages) {
    const auto targets = observed.targets(vantage.id);
    for (std::uint32_t i = 0; i < targets.size(); ++i) {
      if (moved[Index(plan.target(targets[i]).place)])
        observed.Set(vantage.id, i, {.why = NotProbed::kTargetMoved});
    }
  }
}

}  // namespace podreach
