#include "rate_governor.h"

#include <gtest/gtest.h>

namespace podreach::probe {
namespace {

using namespace std::chrono_literals;

const IpAddress kA = IpAddress::V4(0x0A000001);
const IpAddress kB = IpAddress::V4(0x0A000002);

/// How many attempts to `host` may start from `begin` within `span`, by a clock of the test's own.
std::size_t StartsWithin(RateGovernor& governor, const IpAddress& host, RateGovernor::Time begin,
                         std::chrono::nanoseconds span) {
  std::size_t count = 0;
  for (auto now = begin; (now = governor.Earliest(host, now)) < begin + span && count < 100'000;) {
    governor.Started(host, now);
    ++count;
  }
  return count;
}

TEST(RateGovernorTest, WithoutLimitsEveryAttemptStartsAtOnce) {
  RateGovernor governor{SweepLimits{}};
  const RateGovernor::Time now{5s};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(governor.Earliest(kA, now), now);
    governor.Started(kA, now);
  }
}

TEST(RateGovernorTest, HoldsTheRateInAll) {
  SweepLimits limits;
  limits.rate = 100;
  RateGovernor governor(limits);
  EXPECT_NEAR(static_cast<double>(StartsWithin(governor, kA, RateGovernor::Time{5s}, 10s)), 1000,
              1);
}

TEST(RateGovernorTest, HoldsTheRateToOneHostAndLeavesTheOthers) {
  SweepLimits limits;
  limits.rate_per_host = 10;
  RateGovernor governor(limits);
  const RateGovernor::Time now{5s};
  governor.Started(kA, now);
  EXPECT_EQ(governor.Earliest(kA, now), now + 100ms);
  EXPECT_EQ(governor.Earliest(kB, now), now);
}

TEST(RateGovernorTest, NoTwoMinutesSeeMoreFlowsThanTheBudget) {
  SweepLimits limits;
  limits.flows_per_two_minutes = 50;
  RateGovernor governor(limits);
  const RateGovernor::Time begin{5s};
  EXPECT_EQ(StartsWithin(governor, kA, begin, 120s), 50U);
  EXPECT_EQ(StartsWithin(governor, kA, begin + 120s, 60s), 0U) << "the table isn't empty yet";
  EXPECT_EQ(StartsWithin(governor, kA, begin + 185s, 120s), 50U);
}

TEST(RateGovernorTest, APauseIsNotMadeUpFor) {
  SweepLimits limits;
  limits.rate = 10;
  RateGovernor governor(limits);
  const RateGovernor::Time begin{5s};
  governor.Started(kA, begin);
  EXPECT_LE(StartsWithin(governor, kA, begin + 60s, 1s), 11U);
}

// A timer that wakes a probe a millisecond late doesn't halve a high rate.
TEST(RateGovernorTest, LateWakeUpsAreMadeUpForAtHighRates) {
  SweepLimits limits;
  limits.rate = 10'000;
  limits.rate_per_host = 10'000;
  RateGovernor governor(limits);
  const RateGovernor::Time begin{5s};
  std::size_t started = 0;
  for (RateGovernor::Time now = begin; now < begin + 1s; now += 1ms) {
    for (; governor.Earliest(kA, now) <= now; ++started) governor.Started(kA, now);
  }
  EXPECT_NEAR(static_cast<double>(started), 10'000, 25);
}

}  // namespace
}  // namespace podreach::probe
