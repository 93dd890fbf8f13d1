#include "icmp_pace.h"

#include <gtest/gtest.h>

namespace podreach::probe {
namespace {

using namespace std::chrono_literals;

const IcmpPace::Time kNow{1000s};

TEST(IcmpPaceTest, AHostThatNeverRefusesIsNotWaitedFor) {
  IcmpPace pace;
  EXPECT_FALSE(pace.NextTry(kNow));
}

TEST(IcmpPaceTest, TurnsAreMoreThanASecondApart) {
  IcmpPace pace;
  pace.Refused(false);
  auto last = kNow;
  for (int i = 0; i < 10; ++i) {
    const auto next = pace.NextTry(kNow);
    ASSERT_TRUE(next) << i;
    EXPECT_GT(*next - last, 1000ms);
    last = *next;
  }
  EXPECT_FALSE(pace.NextTry(kNow)) << "ten are enough";
}

TEST(IcmpPaceTest, SilenceAtThatPaceIsThePortsOwn) {
  IcmpPace pace;
  pace.Refused(false);
  pace.Silent();
  EXPECT_TRUE(pace.worthwhile());
  pace.Silent();
  EXPECT_FALSE(pace.worthwhile());
  EXPECT_FALSE(pace.NextTry(kNow));
}

TEST(IcmpPaceTest, OneErrorAtThatPaceProvesThatTheyAreHeldBack) {
  IcmpPace pace;
  pace.Refused(false);
  pace.Refused(true);
  pace.Silent();
  pace.Silent();
  pace.Silent();
  EXPECT_TRUE(pace.worthwhile());
  EXPECT_TRUE(pace.NextTry(kNow));
}

}  // namespace
}  // namespace podreach::probe
