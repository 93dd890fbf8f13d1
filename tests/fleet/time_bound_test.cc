#include "fleet/time_bound.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

using std::chrono::seconds;

std::vector<HostOrder> Hosts(std::size_t count, const char *ports) {
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < count; ++i)
    hosts.push_back({IpAddress::V4(1 + i), *PortSet::Parse(ports), {}});
  return hosts;
}

SweepLimits Limits(std::uint32_t rate, std::uint32_t rate_per_host, std::uint32_t flows) {
  SweepLimits limits;
  limits.rate = rate;
  limits.rate_per_host = rate_per_host;
  limits.flows_per_two_minutes = flows;
  return limits;
}

// Each limit by itself: the time that it takes at least.
TEST(TimeBoundTest, IsAboveWhatTheLimitsTake) {
  const struct {
    const char *what;
    std::vector<HostOrder> hosts;
    SweepLimits limits;
    bool identify;
    seconds least;
  } kCases[] = {
      {"nothing", {}, Limits(0, 0, 0), false, seconds(60)},
      {"silence, 512 at once", Hosts(10'000, "80,443,22"), Limits(0, 0, 0), false, seconds(70)},
      {"a rate", Hosts(1000, "80"), Limits(10, 0, 0), false, seconds(200)},
      {"a rate per host", Hosts(1, "1-1000"), Limits(0, 10, 0), false, seconds(200)},
      {"flows", Hosts(1000, "80"), Limits(0, 0, 100), false, seconds(20 * 185)},
      {"questions", Hosts(100, "80"), Limits(0, 0, 0), true, seconds(100 * 12 / 16)},
  };
  for (const auto &c : kCases)
    EXPECT_GE(SweepTimeBound(c.hosts, c.limits, c.identify), c.least) << c.what;
}

TEST(TimeBoundTest, LittleWorkHasLittleTime) {
  EXPECT_LE(SweepTimeBound(Hosts(10, "80"), {}, false), seconds(90));
}

}  // namespace
}  // namespace podreach
