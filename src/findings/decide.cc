#include "findings/judge.h"

namespace podreach {
namespace {

const std::string& NameOf(const ScanPlan& plan, VantageId id) {
  return plan.vantages[Index(id)].name;
}

void Allowed(const ScanPlan& plan, const Controls& controls, JudgedCell& cell) {
  const auto control = controls.reached_from.find(cell.target);
  switch (cell.outcome) {
    case Outcome::kOpen:
    case Outcome::kClosed:
      cell.verdict = Verdict::kAsIntended;
      return;
    case Outcome::kRejected:
      cell.verdict = Verdict::kBroken;
      return;
    case Outcome::kFiltered:
      cell.verdict = control == controls.reached_from.end() ? Verdict::kUnproven : Verdict::kBroken;
      cell.because = control == controls.reached_from.end()
                         ? "silence, and no control reached the target"
                         : NameOf(plan, control->second) + " reaches it";
      return;
    case Outcome::kOpenFiltered:
      cell.verdict = Verdict::kUnproven;
      cell.because = "UDP silence proves nothing";
      return;
    case Outcome::kUnreachable:
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      cell.verdict = Verdict::kUnknown;
      return;
  }
}

void Denied(const ScanPlan& plan, const Controls& controls, JudgedCell& cell) {
  const auto control = controls.reached_from.find(cell.target);
  switch (cell.outcome) {
    case Outcome::kOpen:
      cell.verdict = Verdict::kLeak;
      return;
    case Outcome::kClosed:
      cell.verdict = controls.denies_by_reset ? Verdict::kUnproven : Verdict::kLeak;
      if (controls.denies_by_reset) {
        cell.because =
            "an RST, and this cluster's enforcer denies by RST: no control tells whose it is";
      }
      return;
    case Outcome::kRejected:
      cell.verdict = Verdict::kAsIntended;
      return;
    case Outcome::kFiltered:
    case Outcome::kOpenFiltered:
      if (!controls.alive[Index(cell.vantage)]) {
        cell.verdict = Verdict::kUnproven;
        cell.because = "silence, but nothing at all answered this vantage or reached it";
        return;
      }
      if (controls.canary == Outcome::kOpen) {
        cell.verdict = Verdict::kUnproven;
        cell.because = "silence, but the canary shows that policies are not enforced";
        return;
      }
      cell.verdict =
          control == controls.reached_from.end() ? Verdict::kUnproven : Verdict::kAsIntended;
      cell.because = control == controls.reached_from.end()
                         ? "silence, and no control reached the target"
                         : NameOf(plan, control->second) + " reaches it";
      return;
    case Outcome::kUnreachable:
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      cell.verdict = Verdict::kUnknown;
      return;
  }
}

/// Silence that packet loss may explain proves neither way.
bool IsDoubtful(const JudgedCell& cell) {
  return cell.unsure &&
         (cell.outcome == Outcome::kFiltered || cell.outcome == Outcome::kOpenFiltered) &&
         cell.expectation != Expectation::kUnknown;
}

}  // namespace

void Decide(const ScanPlan& plan, const Controls& controls, const Target& target,
            JudgedCell& cell) {
  const auto open = controls.open_from.find(cell.target);
  // A port that another vantage finds open wasn't closed by its owner: the RST, or for UDP the ICMP
  // error that a Service's address translation gave the target's address, is an enforcer's.
  if (cell.outcome == Outcome::kClosed && open != controls.open_from.end()) {
    cell.outcome = Outcome::kRejected;
    cell.because = "refused, but " + NameOf(plan, open->second) + " finds it open";
  }
  // Through a Service an ICMP error bears the Service's address: it can't be told from the target's
  // own.
  const bool translated = !target.backends.empty() && target.endpoint.protocol == Protocol::kUdp;
  if (cell.outcome == Outcome::kClosed && translated && cell.expectation == Expectation::kDeny) {
    cell.verdict = Verdict::kUnproven;
    cell.because = "refused through a Service: whose answer it is can't be told";
    return;
  }
  if (IsDoubtful(cell)) {
    cell.verdict = Verdict::kUnproven;
    cell.because = "silence, but many packets to this host were lost";
    return;
  }
  std::string note = cell.because;
  switch (cell.expectation) {
    case Expectation::kAllow:
      Allowed(plan, controls, cell);
      break;
    case Expectation::kDeny:
      Denied(plan, controls, cell);
      break;
    case Expectation::kUnknown:
      cell.verdict = Verdict::kUnknown;
      if (!cell.rules.empty()) cell.because = cell.rules.front().text;
      break;
  }
  if (cell.because.empty()) cell.because = std::move(note);
}

}  // namespace podreach
