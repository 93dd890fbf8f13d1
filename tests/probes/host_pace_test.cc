#include "host_pace.h"

#include <gtest/gtest.h>

namespace podreach::probe {
namespace {

using namespace std::chrono_literals;

class HostPaceTest : public testing::Test {
 protected:
  HostPaceTest() { limits_.timeout = 600ms; }
  SweepLimits limits_;
};

TEST_F(HostPaceTest, AHostNeverHeardFromIsGivenTheWholeTimeByTheSecondTry) {
  const HostPace pace(limits_);
  EXPECT_EQ(pace.Timeout(1), 300ms);
  EXPECT_EQ(pace.Timeout(2), 600ms);
  EXPECT_EQ(pace.Tries(), 2U);
}

TEST_F(HostPaceTest, AFastHostIsWaitedForATenthOfASecond) {
  HostPace pace(limits_);
  for (int i = 0; i < 10; ++i) pace.Answered(200us, 0);
  EXPECT_EQ(pace.Timeout(1), 100ms);
  EXPECT_EQ(pace.Timeout(2), 200ms);
}

TEST_F(HostPaceTest, ASlowOrUnsteadyHostIsWaitedForLonger) {
  HostPace steady(limits_);
  for (int i = 0; i < 100; ++i) steady.Answered(80ms, 0);
  EXPECT_GE(steady.Timeout(1), 160ms);
  EXPECT_LT(steady.Timeout(1), 200ms);
  HostPace unsteady(limits_);
  for (int i = 0; i < 100; ++i) unsteady.Answered(i % 2 == 0 ? 5ms : 100ms, 0);
  EXPECT_GT(unsteady.Timeout(1), steady.Timeout(1));
  EXPECT_LE(unsteady.Timeout(2), 600ms);
}

TEST_F(HostPaceTest, OneLostTryIsNoEvidenceOfLoss) {
  HostPace pace(limits_);
  pace.Answered(1ms, 1);
  EXPECT_EQ(pace.Tries(), 2U);
  EXPECT_TRUE(pace.IsSure(2));
}

// Loss of a share both ways loses 1 - (1 - share)^2 of the tries.
TEST_F(HostPaceTest, LossRaisesTheTriesUntilAMissIsRareOrFiveAreMade) {
  HostPace two_percent(limits_);
  HostPace ten_percent(limits_);
  for (int i = 0; i < 1000; ++i) {
    two_percent.Answered(1ms, i % 25 == 0 ? 1 : 0);
    ten_percent.Answered(1ms, i % 4 == 0 ? 1 : 0);
  }
  EXPECT_EQ(two_percent.Tries(), 4U);
  EXPECT_TRUE(two_percent.IsSure(4));
  EXPECT_FALSE(two_percent.IsSure(2));
  EXPECT_EQ(ten_percent.Tries(), 5U);
  EXPECT_FALSE(ten_percent.IsSure(5));
}

TEST_F(HostPaceTest, TheLimitsOwnTriesAreNeverUndercut) {
  limits_.tries = 5;
  HostPace pace(limits_);
  for (int i = 0; i < 1000; ++i) pace.Answered(1ms, i % 500 == 0 ? 1 : 0);
  EXPECT_EQ(pace.Tries(), 5U);
}

}  // namespace
}  // namespace podreach::probe
