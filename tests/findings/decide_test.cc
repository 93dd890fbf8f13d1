// The design's table of verdicts: line by line, and every combination against a second reading of
// it.

#include <gtest/gtest.h>

#include <functional>

#include "podreach/findings/judge.h"

namespace podreach {
namespace {

using E = Expectation;
using B = Basis;
using O = Outcome;
using V = Verdict;
using R = Reason;

/// A vantage that had an answer, in a cluster of which nothing more is known.
CellFacts Alive() { return {.alive = true}; }

CellFacts Reached() { return {.reached = true, .alive = true}; }

CellKind DecideOf(E expected, B basis, O seen, const CellFacts& facts) {
  return Decide({expected, basis, R::kNone}, {.outcome = seen}, facts);
}

struct Case {
  E expected;
  B basis;
  O seen;
  bool reached;  ///< a control reached the target
  V verdict;
  R reason = R::kNone;
};

class DecideTest : public testing::TestWithParam<Case> {};

TEST_P(DecideTest, FollowsTheTable) {
  const Case& of = GetParam();
  const CellKind cell = DecideOf(of.expected, of.basis, of.seen, of.reached ? Reached() : Alive());
  EXPECT_EQ(ToString(cell.verdict), ToString(of.verdict));
  EXPECT_EQ(ToString(cell.reason), ToString(of.reason));
  EXPECT_EQ(cell.expectation, of.expected);
  EXPECT_EQ(cell.basis, of.basis);
  EXPECT_EQ(cell.outcome, of.seen);
  EXPECT_EQ(cell.seen, of.seen);
}

INSTANTIATE_TEST_SUITE_P(
    AllowedByARule, DecideTest,
    testing::Values(Case{E::kAllow, B::kRule, O::kOpen, false, V::kAsIntended},
                    Case{E::kAllow, B::kRule, O::kClosed, false, V::kAsIntended},
                    Case{E::kAllow, B::kRule, O::kRejected, false, V::kBroken},
                    Case{E::kAllow, B::kRule, O::kRejected, true, V::kBroken},
                    Case{E::kAllow, B::kRule, O::kFiltered, true, V::kBroken, R::kControlReaches},
                    Case{E::kAllow, B::kRule, O::kFiltered, false, V::kUnproven, R::kNoControl},
                    Case{E::kAllow, B::kRule, O::kOpenFiltered, true, V::kUnproven, R::kUdpSilence},
                    Case{E::kAllow, B::kRule, O::kOpenFiltered, false, V::kUnproven,
                         R::kUdpSilence},
                    Case{E::kAllow, B::kRule, O::kUnreachable, true, V::kUnknown},
                    Case{E::kAllow, B::kRule, O::kLocalError, true, V::kUnknown},
                    Case{E::kAllow, B::kRule, O::kNotProbed, true, V::kUnknown}));

// Nobody intended what no policy governs.
INSTANTIATE_TEST_SUITE_P(
    AllowedByDefault, DecideTest,
    testing::Values(
        Case{E::kAllow, B::kDefault, O::kOpen, false, V::kUngoverned},
        Case{E::kAllow, B::kDefault, O::kOpen, true, V::kUngoverned},
        Case{E::kAllow, B::kDefault, O::kClosed, false, V::kUngoverned},
        Case{E::kAllow, B::kDefault, O::kClosed, true, V::kUngoverned},
        Case{E::kAllow, B::kDefault, O::kRejected, false, V::kBroken},
        Case{E::kAllow, B::kDefault, O::kFiltered, true, V::kBroken, R::kControlReaches},
        Case{E::kAllow, B::kDefault, O::kFiltered, false, V::kUnproven, R::kNoControl},
        Case{E::kAllow, B::kDefault, O::kOpenFiltered, true, V::kUnproven, R::kUdpSilence},
        Case{E::kAllow, B::kDefault, O::kUnreachable, true, V::kUnknown},
        Case{E::kAllow, B::kDefault, O::kLocalError, true, V::kUnknown},
        Case{E::kAllow, B::kDefault, O::kNotProbed, true, V::kUnknown}));

INSTANTIATE_TEST_SUITE_P(
    AllowedByTheStandardItself, DecideTest,
    testing::Values(Case{E::kAllow, B::kOwnNode, O::kOpen, false, V::kAsIntended},
                    Case{E::kAllow, B::kItself, O::kOpen, false, V::kAsIntended},
                    Case{E::kAllow, B::kOwnNode, O::kFiltered, true, V::kBroken,
                         R::kControlReaches}));

INSTANTIATE_TEST_SUITE_P(
    Denied, DecideTest,
    testing::Values(
        Case{E::kDeny, B::kIsolation, O::kOpen, false, V::kLeak},
        Case{E::kDeny, B::kRule, O::kOpen, false, V::kLeak},
        Case{E::kDeny, B::kIsolation, O::kClosed, false, V::kLeak},
        Case{E::kDeny, B::kIsolation, O::kClosed, true, V::kLeak},
        Case{E::kDeny, B::kIsolation, O::kRejected, false, V::kAsIntended},
        Case{E::kDeny, B::kIsolation, O::kFiltered, true, V::kAsIntended, R::kControlReaches},
        Case{E::kDeny, B::kRule, O::kFiltered, true, V::kAsIntended, R::kControlReaches},
        Case{E::kDeny, B::kIsolation, O::kFiltered, false, V::kUnproven, R::kNoControl},
        Case{E::kDeny, B::kIsolation, O::kOpenFiltered, true, V::kAsIntended, R::kControlReaches},
        Case{E::kDeny, B::kIsolation, O::kOpenFiltered, false, V::kUnproven, R::kNoControl},
        Case{E::kDeny, B::kIsolation, O::kUnreachable, true, V::kUnknown},
        Case{E::kDeny, B::kIsolation, O::kLocalError, true, V::kUnknown},
        Case{E::kDeny, B::kIsolation, O::kNotProbed, true, V::kUnknown}));

INSTANTIATE_TEST_SUITE_P(
    Unknown, DecideTest,
    testing::Values(Case{E::kUnknown, B::kUnknown, O::kOpen, true, V::kUnknown},
                    Case{E::kUnknown, B::kUnknown, O::kClosed, true, V::kUnknown},
                    Case{E::kUnknown, B::kUnknown, O::kFiltered, true, V::kUnknown},
                    Case{E::kUnknown, B::kUnknown, O::kNotProbed, true, V::kUnknown}));

TEST(DecideTest, WhatCannotBeJudgedSaysWhy) {
  for (const R why : {R::kUnclearPolicy, R::kBackendsDiffer, R::kNoEndpoint, R::kNodePortSource,
                      R::kSidecar, R::kNoClass}) {
    const CellKind cell = Decide({E::kUnknown, B::kUnknown, why}, {.outcome = O::kOpen}, Reached());
    EXPECT_EQ(cell.verdict, V::kUnknown);
    EXPECT_EQ(ToString(cell.reason), ToString(why));
  }
}

TEST(DecideTest, SilenceIsNoDenialWhereTheCanaryIsOpen) {
  CellFacts facts = Reached();
  facts.canary = O::kOpen;
  for (const O silence : {O::kFiltered, O::kOpenFiltered}) {
    facts.protocol = silence == O::kFiltered ? Protocol::kTcp : Protocol::kUdp;
    const CellKind cell = DecideOf(E::kDeny, B::kIsolation, silence, facts);
    EXPECT_EQ(cell.verdict, V::kUnproven);
    EXPECT_EQ(cell.reason, R::kNotEnforced);
  }
}

TEST(DecideTest, SilenceThatLossMayExplainProvesNeitherWay) {
  for (const auto& [expected, basis] :
       {std::pair{E::kAllow, B::kRule}, {E::kAllow, B::kDefault}, {E::kDeny, B::kIsolation}}) {
    const CellKind cell =
        Decide({expected, basis, R::kNone}, {.outcome = O::kFiltered, .unsure = true}, Reached());
    EXPECT_EQ(cell.verdict, V::kUnproven);
    EXPECT_EQ(cell.reason, R::kLossy);
    EXPECT_TRUE(cell.unsure);
  }
}

TEST(DecideTest, AVantageThatNothingAnsweredProvesNothing) {
  CellFacts facts = Reached();
  facts.alive = false;
  const CellKind cell = DecideOf(E::kDeny, B::kIsolation, O::kFiltered, facts);
  EXPECT_EQ(cell.verdict, V::kUnproven);
  EXPECT_EQ(cell.reason, R::kDeadVantage);
}

TEST(DecideTest, AnRstThatAnotherVantageFindsOpenIsAnEnforcers) {
  CellFacts facts = Alive();
  facts.open_elsewhere = true;
  const CellKind denied = DecideOf(E::kDeny, B::kIsolation, O::kClosed, facts);
  EXPECT_EQ(denied.outcome, O::kRejected);
  EXPECT_EQ(denied.seen, O::kClosed);
  EXPECT_EQ(denied.verdict, V::kAsIntended);
  EXPECT_EQ(denied.reason, R::kOpenElsewhere);
  const CellKind allowed = DecideOf(E::kAllow, B::kDefault, O::kClosed, facts);
  EXPECT_EQ(allowed.outcome, O::kRejected);
  EXPECT_EQ(allowed.verdict, V::kBroken);
  EXPECT_EQ(allowed.reason, R::kOpenElsewhere);
}

TEST(DecideTest, WhereTheEnforcerDeniesByRstAnUncontrolledRstIsNoLeak) {
  CellFacts facts = Alive();
  facts.denies_by_reset = true;
  const CellKind cell = DecideOf(E::kDeny, B::kIsolation, O::kClosed, facts);
  EXPECT_EQ(cell.verdict, V::kUnproven);
  EXPECT_EQ(cell.reason, R::kResetIsAmbiguous);
  // Where it is allowed, an RST of nobody but the target can be meant.
  EXPECT_EQ(DecideOf(E::kAllow, B::kRule, O::kClosed, facts).verdict, V::kAsIntended);
}

TEST(DecideTest, ThroughAServiceARefusalOfUdpMayBeAnybodys) {
  CellFacts facts = Alive();
  facts.translated = true;
  facts.protocol = Protocol::kUdp;
  const CellKind cell = DecideOf(E::kDeny, B::kIsolation, O::kClosed, facts);
  EXPECT_EQ(cell.verdict, V::kUnproven);
  EXPECT_EQ(cell.reason, R::kServiceRefusal);
  facts.protocol = Protocol::kTcp;
  EXPECT_EQ(DecideOf(E::kDeny, B::kIsolation, O::kClosed, facts).verdict, V::kLeak);
  facts.translated = false;
  facts.protocol = Protocol::kUdp;
  EXPECT_EQ(DecideOf(E::kDeny, B::kIsolation, O::kClosed, facts).verdict, V::kLeak);
}

// Each try may meet another backend, so that a control proves little of the one that was met.
TEST(DecideTest, OfSeveralBackendsTheControlMayHaveMetAnother) {
  CellFacts facts = Reached();
  facts.translated = true;
  facts.several = true;
  const CellKind silent = DecideOf(E::kAllow, B::kRule, O::kFiltered, facts);
  EXPECT_EQ(silent.verdict, V::kUnproven);
  EXPECT_EQ(silent.reason, R::kOneOfSeveral);
  facts.open_elsewhere = true;
  const CellKind denied = DecideOf(E::kDeny, B::kIsolation, O::kClosed, facts);
  EXPECT_EQ(denied.outcome, O::kClosed);
  EXPECT_EQ(denied.verdict, V::kUnproven);
  EXPECT_EQ(denied.reason, R::kServiceRefusal);
  const CellKind allowed = DecideOf(E::kAllow, B::kRule, O::kClosed, facts);
  EXPECT_EQ(allowed.outcome, O::kClosed);
  EXPECT_EQ(allowed.verdict, V::kAsIntended);
  EXPECT_EQ(DecideOf(E::kDeny, B::kIsolation, O::kOpen, facts).verdict, V::kLeak);
}

TEST(DecideTest, KeepsWhyThereIsNoObservation) {
  for (const NotProbed why : {NotProbed::kNoReport, NotProbed::kNoResponder,
                              NotProbed::kTargetMoved, NotProbed::kUnconfirmed}) {
    const CellKind cell = Decide({E::kDeny, B::kIsolation, R::kNone}, {.why = why}, Reached());
    EXPECT_EQ(cell.why, why);
    EXPECT_EQ(cell.verdict, V::kUnknown);
  }
}

/// One combination of everything that a verdict can hang on.
struct Question {
  E expected;
  B basis;
  Observation seen;
  CellFacts facts;

  /// The target itself refused, or of several backends one.
  [[nodiscard]] bool Refused() const {
    return seen.outcome == O::kClosed && (!facts.open_elsewhere || facts.several);
  }
  /// An enforcer refused.
  [[nodiscard]] bool Rejected() const {
    return seen.outcome == O::kRejected ||
           (seen.outcome == O::kClosed && facts.open_elsewhere && !facts.several);
  }
  [[nodiscard]] bool Silent() const {
    return seen.outcome == O::kFiltered || seen.outcome == O::kOpenFiltered;
  }
};

struct Line {
  const char* says;
  std::function<bool(const Question&)> about;
  V verdict;
};

/// The table of verdicts as lines, of which the first that is about a question answers it.
const std::vector<Line>& Table() {
  static const std::vector<Line> kLines = {
      {"our own failures, and no way to the target",
       [](const Question& q) {
         return q.seen.outcome == O::kUnreachable || q.seen.outcome == O::kLocalError ||
                q.seen.outcome == O::kNotProbed;
       },
       V::kUnknown},
      {"what can't be expected", [](const Question& q) { return q.expected == E::kUnknown; },
       V::kUnknown},
      {"silence that loss explains", [](const Question& q) { return q.Silent() && q.seen.unsure; },
       V::kUnproven},
      // Allowed.
      {"it gets there, and nobody governs it",
       [](const Question& q) {
         return q.expected == E::kAllow && q.basis == B::kDefault &&
                (q.seen.outcome == O::kOpen || q.Refused());
       },
       V::kUngoverned},
      {"it gets there",
       [](const Question& q) {
         return q.expected == E::kAllow && (q.seen.outcome == O::kOpen || q.Refused());
       },
       V::kAsIntended},
      {"somebody refuses what is allowed",
       [](const Question& q) { return q.expected == E::kAllow && q.Rejected(); }, V::kBroken},
      {"silence where others get there",
       [](const Question& q) {
         return q.expected == E::kAllow && q.seen.outcome == O::kFiltered && q.facts.reached &&
                !q.facts.several;
       },
       V::kBroken},
      {"any other silence of what is allowed",
       [](const Question& q) { return q.expected == E::kAllow; }, V::kUnproven},
      // Denied.
      {"it gets through", [](const Question& q) { return q.seen.outcome == O::kOpen; }, V::kLeak},
      {"an enforcer says no", [](const Question& q) { return q.Rejected(); }, V::kAsIntended},
      {"a Service's ICMP error",
       [](const Question& q) {
         return q.Refused() && q.facts.translated && q.facts.protocol == Protocol::kUdp;
       },
       V::kUnproven},
      {"a refusal of one of several backends, of which others are open",
       [](const Question& q) { return q.Refused() && q.facts.several && q.facts.open_elsewhere; },
       V::kUnproven},
      {"an RST that may be the enforcer's",
       [](const Question& q) { return q.Refused() && q.facts.denies_by_reset; }, V::kUnproven},
      {"the target's own refusal", [](const Question& q) { return q.Refused(); }, V::kLeak},
      {"silence that a control makes a denial",
       [](const Question& q) {
         return q.Silent() && q.facts.reached && q.facts.alive && q.facts.canary != O::kOpen;
       },
       V::kAsIntended},
      {"any other silence", [](const Question& q) { return q.Silent(); }, V::kUnproven}};
  return kLines;
}

TEST(DecideTest, EveryCombinationFollowsTheTable) {
  std::vector<std::size_t> answered(Table().size());
  const auto check = [&](const Question& q) {
    std::size_t line = 0;
    while (!Table()[line].about(q)) ++line;
    ++answered[line];
    const CellKind cell = Decide({q.expected, q.basis, R::kNone}, q.seen, q.facts);
    ASSERT_EQ(cell.verdict, Table()[line].verdict)
        << Table()[line].says << ": " << ToString(q.expected) << " by " << ToString(q.basis)
        << ", seen " << ToString(q.seen.outcome) << " unsure " << q.seen.unsure << " "
        << ToString(q.facts.protocol) << " translated " << q.facts.translated << " several "
        << q.facts.several << " open elsewhere " << q.facts.open_elsewhere << " reached "
        << q.facts.reached << " alive " << q.facts.alive << " canary " << ToString(q.facts.canary)
        << " denies by reset " << q.facts.denies_by_reset;
    ASSERT_EQ(cell.outcome, q.Rejected() ? O::kRejected : q.seen.outcome);
    ASSERT_EQ(cell.seen, q.seen.outcome);
    // A verdict that isn't plain says why.
    ASSERT_TRUE(cell.verdict != V::kUnproven || cell.reason != R::kNone);
  };
  for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
    for (std::size_t basis = 0; basis < 6; ++basis) {
      for (std::size_t expected = 0; expected < 3; ++expected) {
        for (std::size_t canary = 0; canary < kOutcomes; ++canary) {
          for (unsigned bits = 0; bits < 256; ++bits) {
            const auto bit = [&](unsigned number) { return ((bits >> number) & 1U) != 0; };
            check({static_cast<E>(expected),
                   static_cast<B>(basis),
                   {.outcome = static_cast<O>(outcome), .unsure = bit(0)},
                   {.protocol = bit(1) ? Protocol::kUdp : Protocol::kTcp,
                    .translated = bit(2),
                    .several = bit(7),
                    .open_elsewhere = bit(3),
                    .reached = bit(4),
                    .alive = bit(5),
                    .canary = static_cast<O>(canary),
                    .denies_by_reset = bit(6)}});
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
  for (std::size_t i = 0; i < answered.size(); ++i) EXPECT_GT(answered[i], 0U) << Table()[i].says;
}

}  // namespace
}  // namespace podreach
