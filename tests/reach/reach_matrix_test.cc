#include "podreach/reach/reach_matrix.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

#include "tests/reach/words.h"

namespace podreach {
namespace {

constexpr VantageId kFirst{0};
constexpr VantageId kSecond{1};

TargetList Targets(std::uint32_t count) {
  std::vector<TargetId> targets;
  for (std::uint32_t i = 0; i < count; ++i) targets.push_back(TargetId{i});
  return std::make_shared<const std::vector<TargetId>>(std::move(targets));
}

/// As many distinct observations as one asks for.
Observation Number(unsigned number) {
  return {.outcome = Outcome::kRejected,
          .icmp = IcmpError{IpAddress::V4(0x0A000001 + number), 3, 13},
          .error_number = static_cast<int>(number % 7)};
}

TEST(ReachMatrixTest, EveryReasonForNoObservationHasItsWord) {
  ExpectWords<NotProbed>({{NotProbed::kNone, ""},
                          {NotProbed::kNoReport, "no-report"},
                          {NotProbed::kNoResponder, "no-responder"},
                          {NotProbed::kTargetMoved, "target-moved"},
                          {NotProbed::kGroundChanged, "ground-changed"},
                          {NotProbed::kUnconfirmed, "unconfirmed"}},
                         ParseNotProbed);
}

TEST(ReachMatrixTest, WhatNobodySawIsNotProbed) {
  ReachMatrix matrix(2);
  matrix.SetRow(kFirst, Targets(3));
  matrix.SetRow(kSecond, Targets(3), NotProbed::kTargetMoved);
  matrix.Set(kSecond, 2, {.outcome = Outcome::kOpen});
  EXPECT_EQ(matrix.At(kFirst, 2), (Observation{.why = NotProbed::kNoReport}));
  EXPECT_EQ(matrix.At(kSecond, 1), (Observation{.why = NotProbed::kTargetMoved}));
  EXPECT_EQ(matrix.At(kSecond, 2).outcome, Outcome::kOpen);
}

TEST(ReachMatrixTest, APositionThatARowDoesNotHaveIsRefused) {
  ReachMatrix matrix(2);
  matrix.SetRow(kFirst, Targets(3));
  EXPECT_THROW((void)matrix.At(kFirst, 3), std::out_of_range);
  EXPECT_THROW((void)matrix.At(kSecond, 0), std::out_of_range);  // it has no row
}

TEST(ReachMatrixTest, AVantageThatItDoesNotHaveIsRefused) {
  const ReachMatrix matrix(2);
  EXPECT_THROW((void)matrix.At(VantageId{2}, 0), std::out_of_range);
}

TEST(ReachMatrixTest, AVantageWithoutARowHasNoTargets) {
  ReachMatrix matrix(1);
  EXPECT_EQ(matrix.vantages(), 1U);
  EXPECT_TRUE(matrix.targets(kFirst).empty());
  EXPECT_EQ(matrix.list(kFirst), nullptr);
  matrix.SetRow(kFirst, nullptr);
  EXPECT_TRUE(matrix.targets(kFirst).empty());
  matrix.Set(kFirst, 0, {.outcome = Outcome::kOpen});  // nothing to set
  EXPECT_THROW((void)matrix.At(kFirst, 0), std::out_of_range);
}

TEST(ReachMatrixTest, RowsShareTheirTargets) {
  ReachMatrix matrix(2);
  const TargetList targets = Targets(5);
  matrix.SetRow(kFirst, targets);
  matrix.SetRow(kSecond, targets);
  EXPECT_EQ(matrix.list(kFirst), matrix.list(kSecond));
  EXPECT_EQ(matrix.targets(kSecond).size(), 5U);
  matrix.Set(kFirst, 0, {.outcome = Outcome::kOpen});
  EXPECT_EQ(matrix.At(kSecond, 0).outcome, Outcome::kNotProbed);
}

TEST(ReachMatrixTest, SetRowForgetsWhatWasThere) {
  ReachMatrix matrix(1);
  matrix.SetRow(kFirst, Targets(600));
  for (unsigned i = 0; i < 600; ++i) matrix.Set(kFirst, i, Number(i));
  matrix.SetRow(kFirst, Targets(600), NotProbed::kNoResponder);
  for (unsigned i = 0; i < 600; ++i)
    ASSERT_EQ(matrix.At(kFirst, i), (Observation{.why = NotProbed::kNoResponder})) << i;
}

TEST(ReachMatrixTest, ExtendKeepsWhatWasSeen) {
  ReachMatrix matrix(1);
  matrix.Extend(kFirst, Targets(300), NotProbed::kNoResponder);  // as SetRow where there was none
  for (unsigned i = 1; i < 300; ++i) matrix.Set(kFirst, i, Number(i));
  const TargetList more = Targets(500);
  matrix.Extend(kFirst, more);
  EXPECT_EQ(matrix.list(kFirst), more);
  EXPECT_EQ(matrix.At(kFirst, 0), (Observation{.why = NotProbed::kNoResponder}));
  for (unsigned i = 1; i < 300; ++i) ASSERT_EQ(matrix.At(kFirst, i), Number(i)) << i;
  for (unsigned i = 300; i < 500; ++i)
    ASSERT_EQ(matrix.At(kFirst, i), (Observation{.why = NotProbed::kNoReport})) << i;
  matrix.Set(kFirst, 499, Number(7));
  EXPECT_EQ(matrix.At(kFirst, 499), Number(7));
}

TEST(ReachMatrixTest, DropLeavesTheOtherRowsAlone) {
  ReachMatrix matrix(2);
  matrix.SetRow(kFirst, Targets(2));
  matrix.SetRow(kSecond, Targets(2));
  matrix.Set(kSecond, 1, {.outcome = Outcome::kOpen});
  matrix.Drop(kFirst);
  EXPECT_TRUE(matrix.targets(kFirst).empty());
  EXPECT_THROW((void)matrix.At(kFirst, 0), std::out_of_range);
  EXPECT_EQ(matrix.At(kSecond, 1).outcome, Outcome::kOpen);
}

// A byte numbers 255 of them; the rest is kept elsewhere.
TEST(ReachMatrixTest, ARowMayHaveAnyNumberOfDistinctObservations) {
  for (const unsigned count : {253U, 254U, 255U, 256U, 1000U}) {
    ReachMatrix matrix(2);
    matrix.SetRow(kFirst, Targets(count));
    matrix.SetRow(kSecond, Targets(count));
    for (unsigned i = 0; i < count; ++i) matrix.Set(kFirst, i, Number(i));
    for (unsigned i = 0; i < count; ++i) matrix.Set(kSecond, i, Number(count - i));
    for (unsigned i = 0; i < count; ++i) {
      ASSERT_EQ(matrix.At(kFirst, i), Number(i)) << i << " of " << count;
      ASSERT_EQ(matrix.At(kSecond, i), Number(count - i)) << i << " of " << count;
    }
  }
}

TEST(ReachMatrixTest, EveryFieldOfAnObservationTellsItApart) {
  const Observation plain{.outcome = Outcome::kFiltered};
  const std::vector<Observation> others = {
      {.outcome = Outcome::kOpen},
      {.outcome = Outcome::kFiltered, .unsure = true},
      {.outcome = Outcome::kFiltered, .icmp = IcmpError{IpAddress::V4(1), 3, 1}},
      {.outcome = Outcome::kFiltered, .icmp = IcmpError{IpAddress::V4(1), 3, 2}},
      {.outcome = Outcome::kFiltered, .error_number = 11},
      {.outcome = Outcome::kFiltered, .why = NotProbed::kUnconfirmed}};
  ReachMatrix matrix(1);
  matrix.SetRow(kFirst, Targets(7));
  matrix.Set(kFirst, 6, plain);
  for (std::size_t i = 0; i < others.size(); ++i) matrix.Set(kFirst, i, others[i]);
  EXPECT_EQ(matrix.At(kFirst, 6), plain);
  for (std::size_t i = 0; i < others.size(); ++i) EXPECT_EQ(matrix.At(kFirst, i), others[i]) << i;
}

TEST(ReachMatrixTest, FillStopsAtTheEndOfTheRow) {
  ReachMatrix matrix(1);
  matrix.SetRow(kFirst, Targets(4));
  matrix.Fill(kFirst, 2, 100, {.outcome = Outcome::kOpen});
  matrix.Fill(kFirst, 4, 1, {.outcome = Outcome::kClosed});
  matrix.Fill(kFirst, 0, 0, {.outcome = Outcome::kClosed});
  EXPECT_EQ(matrix.At(kFirst, 1).outcome, Outcome::kNotProbed);
  EXPECT_EQ(matrix.At(kFirst, 2).outcome, Outcome::kOpen);
  EXPECT_EQ(matrix.At(kFirst, 3).outcome, Outcome::kOpen);
}

// Against a plain vector: runs over what is kept in a byte, over what is kept elsewhere, and back.
TEST(ReachMatrixTest, FillsOverRunsAsAVectorWould) {
  constexpr std::size_t kCells = 700;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same in every run
  ReachMatrix matrix(1);
  matrix.SetRow(kFirst, Targets(kCells));
  std::vector<Observation> plain(kCells, {.why = NotProbed::kNoReport});
  for (unsigned round = 0; round < 3000; ++round) {
    const std::size_t first = random() % kCells;
    const std::size_t count = random() % 3 == 0 ? random() % 200 : 1;
    const Observation seen = Number(static_cast<unsigned>(random() % 600));
    matrix.Fill(kFirst, first, count, seen);
    for (std::size_t i = first; i < std::min(kCells, first + count); ++i) plain[i] = seen;
    if (round % 100 != 99) continue;
    for (std::size_t i = 0; i < kCells; ++i)
      ASSERT_EQ(matrix.At(kFirst, i), plain[i]) << "cell " << i << " after round " << round;
  }
}

}  // namespace
}  // namespace podreach
