#include "podreach/reach/outcome.h"

#include <gtest/gtest.h>

#include <set>

#include "podreach/reach/reach_matrix.h"

namespace podreach {
namespace {

TEST(OutcomeTest, EveryNameLeadsBack) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Outcome::kNotProbed); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    EXPECT_EQ(ParseOutcome(ToString(outcome)), outcome);
    names.insert(ToString(outcome));
  }
  EXPECT_EQ(names.size(), 8U);
  EXPECT_FALSE(ParseOutcome("Open"));
  EXPECT_FALSE(ParseOutcome(""));
}

TEST(OutcomeTest, BasesHaveNames) {
  EXPECT_EQ(ToString(Basis::kRule), "rule");
  EXPECT_EQ(ToString(Basis::kIsolation), "isolation");
  EXPECT_EQ(ToString(Basis::kDefault), "default");
  EXPECT_EQ(ToString(Basis::kOwnNode), "own-node");
  EXPECT_EQ(ToString(Basis::kItself), "itself");
  EXPECT_EQ(ToString(Basis::kUnknown), "unknown");
}

TEST(ReachMatrixTest, WhatNobodySawIsNotProbed) {
  ReachMatrix matrix(2, 3);
  matrix.At(VantageId{1}, TargetId{2}).outcome = Outcome::kOpen;
  EXPECT_EQ(matrix.At(VantageId{0}, TargetId{2}).outcome, Outcome::kNotProbed);
  EXPECT_EQ(matrix.At(VantageId{1}, TargetId{2}).outcome, Outcome::kOpen);
  EXPECT_THROW((void)matrix.At(VantageId{2}, TargetId{0}), std::out_of_range);
}

}  // namespace
}  // namespace podreach
