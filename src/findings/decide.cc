#include "podreach/findings/judge.h"

namespace podreach {
namespace {

struct Decision {
  Verdict verdict;
  Reason reason = Reason::kNone;
};

/// It is allowed. `arrived`: what it means that the connection got there.
Decision Allowed(Outcome outcome, Verdict arrived, const CellFacts& facts) {
  switch (outcome) {
    case Outcome::kOpen:
    case Outcome::kClosed:
      return {arrived};
    case Outcome::kRejected:
      return {Verdict::kBroken};
    case Outcome::kFiltered:
      if (!facts.reached) return {Verdict::kUnproven, Reason::kNoControl};
      // The control may have met another backend than the one that is silent.
      if (facts.several) return {Verdict::kUnproven, Reason::kOneOfSeveral};
      return {Verdict::kBroken, Reason::kControlReaches};
    case Outcome::kOpenFiltered:
      return {Verdict::kUnproven, Reason::kUdpSilence};
    case Outcome::kUnreachable:
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      break;
  }
  return {Verdict::kUnknown};
}

Decision DeniedBySilence(const CellFacts& facts) {
  if (!facts.alive) return {Verdict::kUnproven, Reason::kDeadVantage};
  if (facts.canary == Outcome::kOpen) return {Verdict::kUnproven, Reason::kNotEnforced};
  if (!facts.reached) return {Verdict::kUnproven, Reason::kNoControl};
  return {Verdict::kAsIntended, Reason::kControlReaches};
}

Decision Denied(Outcome outcome, const CellFacts& facts) {
  switch (outcome) {
    case Outcome::kOpen:
      return {Verdict::kLeak};
    case Outcome::kClosed:
      if (facts.denies_by_reset) return {Verdict::kUnproven, Reason::kResetIsAmbiguous};
      return {Verdict::kLeak};
    case Outcome::kRejected:
      return {Verdict::kAsIntended};
    case Outcome::kFiltered:
    case Outcome::kOpenFiltered:
      return DeniedBySilence(facts);
    case Outcome::kUnreachable:
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      break;
  }
  return {Verdict::kUnknown};
}

/// Silence that packet loss may explain proves neither way.
bool IsDoubtful(const CellKind& cell) {
  return cell.unsure && cell.expectation != Expectation::kUnknown &&
         (cell.outcome == Outcome::kFiltered || cell.outcome == Outcome::kOpenFiltered);
}

Decision DecideOutcome(const CellKind& cell, const CellIntention& intended,
                       const CellFacts& facts) {
  // Through a Service an ICMP error bears the Service's address: it can't be told from the target's
  // own.
  const bool translated_udp = facts.translated && facts.protocol == Protocol::kUdp;
  // And of several backends one may not listen: its RST is no enforcer's, though others are open.
  const bool one_of_several = facts.several && facts.open_elsewhere;
  if (cell.outcome == Outcome::kClosed && (translated_udp || one_of_several) &&
      cell.expectation == Expectation::kDeny)
    return {Verdict::kUnproven, Reason::kServiceRefusal};
  if (IsDoubtful(cell)) return {Verdict::kUnproven, Reason::kLossy};
  switch (cell.expectation) {
    case Expectation::kAllow:
      return Allowed(cell.outcome,
                     cell.basis == Basis::kDefault ? Verdict::kUngoverned : Verdict::kAsIntended,
                     facts);
    case Expectation::kDeny:
      return Denied(cell.outcome, facts);
    case Expectation::kUnknown:
      break;
  }
  return {Verdict::kUnknown, intended.reason};
}

}  // namespace

CellKind Decide(const CellIntention& intended, const Observation& seen, const CellFacts& facts) {
  CellKind cell{.expectation = intended.expectation,
                .basis = intended.basis,
                .outcome = seen.outcome,
                .seen = seen.outcome,
                .unsure = seen.unsure,
                .why = seen.why};
  // A port that another vantage finds open wasn't closed by its owner: the RST, or for UDP the ICMP
  // error that a Service's address translation gave the target's address, is an enforcer's.
  // Of several backends the one that refused may be another than the one that is open.
  const bool unmasked = seen.outcome == Outcome::kClosed && facts.open_elsewhere && !facts.several;
  if (unmasked) cell.outcome = Outcome::kRejected;
  const Decision decision = DecideOutcome(cell, intended, facts);
  cell.verdict = decision.verdict;
  cell.reason =
      unmasked && decision.reason == Reason::kNone ? Reason::kOpenElsewhere : decision.reason;
  return cell;
}

}  // namespace podreach
