#include "podreach/base/time.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST(Rfc3339Test, Table) {
  const struct {
    std::int64_t milliseconds_since_1970;
    const char* seconds;
    const char* with_milliseconds;
  } cases[] = {
      {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
      {999, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.999Z"},
      {1'001, "1970-01-01T00:00:01Z", "1970-01-01T00:00:01.001Z"},
      {-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999Z"},
      {951'782'400'020, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.020Z"},
      {1'795'749'420'250, "2026-11-27T03:17:00Z", "2026-11-27T03:17:00.250Z"},
  };
  for (const auto& test : cases) {
    const system_clock::time_point time{milliseconds(test.milliseconds_since_1970)};
    EXPECT_EQ(Rfc3339(time), test.seconds);
    EXPECT_EQ(Rfc3339(time, Fraction::kMilliseconds), test.with_milliseconds);
  }
}

TEST(FormatUtcTest, TakesTheConversionsOfStrftime) {
  EXPECT_EQ(FormatUtc(system_clock::time_point{}, "%a %b %e %H:%M:%S %Y UTC"),
            "Thu Jan  1 00:00:00 1970 UTC");
}

}  // namespace
}  // namespace podreach
