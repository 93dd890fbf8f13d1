#include "podreach/reach/outcome.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/reach/words.h"

namespace podreach {
namespace {

TEST(OutcomeTest, EveryOutcomeHasItsWord) {
  ExpectWords<Outcome>({{Outcome::kOpen, "open"},
                        {Outcome::kClosed, "closed"},
                        {Outcome::kRejected, "rejected"},
                        {Outcome::kFiltered, "filtered"},
                        {Outcome::kOpenFiltered, "open-filtered"},
                        {Outcome::kUnreachable, "unreachable"},
                        {Outcome::kLocalError, "local-error"},
                        {Outcome::kNotProbed, "not-probed"}},
                       ParseOutcome);
  EXPECT_FALSE(ParseOutcome(""));
  for (std::size_t i = 0; i < kOutcomes; ++i)
    EXPECT_NE(ToString(static_cast<Outcome>(i)), "?") << i;
}

TEST(OutcomeTest, EveryExpectationHasItsWord) {
  ExpectWords<Expectation>({{Expectation::kAllow, "allow"},
                            {Expectation::kDeny, "deny"},
                            {Expectation::kUnknown, "unknown"}},
                           ParseExpectation);
  EXPECT_FALSE(ParseExpectation(""));
}

TEST(OutcomeTest, EveryBasisHasItsWord) {
  ExpectWords<Basis>({{Basis::kRule, "rule"},
                      {Basis::kIsolation, "isolation"},
                      {Basis::kDefault, "default"},
                      {Basis::kOwnNode, "own-node"},
                      {Basis::kItself, "itself"},
                      {Basis::kUnknown, "unknown"}},
                     ParseBasis);
  EXPECT_FALSE(ParseBasis(""));
}

TEST(OutcomeTest, EveryVerdictHasItsWord) {
  ExpectWords<Verdict>({{Verdict::kAsIntended, "as-intended"},
                        {Verdict::kUngoverned, "ungoverned"},
                        {Verdict::kLeak, "leak"},
                        {Verdict::kBroken, "broken"},
                        {Verdict::kUnproven, "unproven"},
                        {Verdict::kUnknown, "unknown"}},
                       ParseVerdict);
  EXPECT_FALSE(ParseVerdict(""));
}

// Of several cells the worst is shown: what nobody intended is better than what can't be judged,
// and worse than what was intended.
TEST(OutcomeTest, TheTableOfVerdictsGoesFromTheWorstToTheBest) {
  const std::vector<Verdict> order = {Verdict::kLeak,       Verdict::kBroken,
                                      Verdict::kUnproven,   Verdict::kUnknown,
                                      Verdict::kUngoverned, Verdict::kAsIntended};
  ASSERT_EQ(kVerdicts.size(), order.size());
  std::set<char> glyphs;
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(kVerdicts[i].verdict, order[i]);
    EXPECT_EQ(kVerdicts[i].rank, static_cast<int>(i));
    glyphs.insert(kVerdicts[i].glyph);
  }
  EXPECT_EQ(glyphs, (std::set<char>{'L', 'B', '?', 'u', 'o', '+'}));
}

TEST(OutcomeTest, AFailureOfOursIsNoObservation) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const bool ours = outcome == Outcome::kLocalError || outcome == Outcome::kNotProbed;
    EXPECT_EQ(IsObserved(outcome), !ours) << ToString(outcome);
  }
}

}  // namespace
}  // namespace podreach
