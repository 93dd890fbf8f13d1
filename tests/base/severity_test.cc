#include "podreach/base/severity.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace podreach {
namespace {

TEST(Severity, EveryWordIsReadBack) {
  for (const Severity severity : kSeverities)
    EXPECT_EQ(ParseSeverity(ToString(severity)), severity);
}

TEST(Severity, AnUnknownWordIsNoSeverity) {
  for (const auto* word : {"", "High", "urgent", "critical "})
    EXPECT_EQ(ParseSeverity(word), std::nullopt);
}

TEST(Severity, TheOrderOfTheValuesIsTheRank) {
  EXPECT_TRUE(std::is_sorted(kSeverities.begin(), kSeverities.end()));
  EXPECT_LT(Severity::kHigh, Severity::kCritical);
}

}  // namespace
}  // namespace podreach
