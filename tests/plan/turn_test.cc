#include <gtest/gtest.h>

#include <set>

#include "plan/groups.h"

namespace podreach {
namespace {

TEST(TurnTest, EachHasItsTurnOnceEachTimeThrough) {
  for (const TurnOf what : {TurnOf::kPlain, TurnOf::kClass, TurnOf::kMember, TurnOf::kPort}) {
    for (const std::size_t count : {1U, 2U, 6U, 7U}) {
      for (std::uint64_t begin = 0; begin < 20 * count; begin += count) {
        std::set<std::size_t> had;
        for (std::uint64_t rotation = begin; rotation < begin + count; ++rotation)
          had.insert(Turn(rotation, count, what));
        EXPECT_EQ(had.size(), count) << count << " from rotation " << begin;
        EXPECT_LT(*had.rbegin(), count);
      }
    }
  }
}

// With turns that go in step, twin 0 of 4 would only ever meet members 0 and 2 of 4.
TEST(TurnTest, ThingsOfTwoKindsAllMeet) {
  for (const std::size_t twins : {2U, 3U, 4U, 6U}) {
    for (const std::size_t members : {2U, 3U, 4U, 6U, 8U}) {
      std::set<std::pair<std::size_t, std::size_t>> met;
      for (std::uint64_t rotation = 0; rotation < 20 * twins * members; ++rotation)
        met.emplace(Turn(rotation, twins), Turn(rotation, members, TurnOf::kMember));
      EXPECT_EQ(met.size(), twins * members) << twins << " twins, " << members << " members";
    }
  }
}

TEST(TurnTest, TheFirstTimeThroughGoesInOrder) {
  for (std::uint64_t rotation = 0; rotation < 5; ++rotation)
    EXPECT_EQ(Turn(rotation, 5, TurnOf::kPort), rotation);
}

}  // namespace
}  // namespace podreach
