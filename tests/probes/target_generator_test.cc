#include "target_generator.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace podreach::probe {
namespace {

using namespace std::chrono_literals;

const SweepLimits kLimits;
constexpr TargetGenerator::Time kNow{10s};

SweepHost Host(std::uint32_t address, const char* tcp, const char* udp = nullptr) {
  return {{IpAddress::V4(address), *PortSet::Parse(tcp),
           udp != nullptr ? *PortSet::Parse(udp) : PortSet()},
          HostPace(kLimits),
          {}};
}

TEST(TargetGeneratorTest, GivesEveryPortOnceInEveryOrder) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<SweepHost> hosts = {Host(1, "1-100,5000", "53"), Host(2, "443"),
                                    Host(3, "1-64", "1-64")};
    for (SweepHost& host : hosts) host.pace.Answered(1ms, 0);
    TargetGenerator generator(hosts, seed * 0x9E3779B97F4A7C15U);
    std::set<std::tuple<std::uint32_t, Protocol, Port>> seen;
    while (const auto next = generator.Next(kNow)) {
      EXPECT_TRUE(seen.emplace(next->host, next->protocol, next->port).second) << "twice";
    }
    EXPECT_TRUE(generator.done());
    EXPECT_EQ(seen.size(), 102U + 1U + 128U);
    EXPECT_TRUE(seen.contains({0, Protocol::kUdp, *Port::From(53)}));
    EXPECT_TRUE(seen.contains({0, Protocol::kTcp, *Port::From(5000)}));
  }
}

TEST(TargetGeneratorTest, TheOrderDependsOnTheSeed) {
  const auto first_ports = [](std::uint64_t seed) {
    std::vector<SweepHost> hosts = {Host(1, "-")};
    TargetGenerator generator(hosts, seed);
    std::vector<unsigned> ports;
    for (int i = 0; i < 20; ++i) ports.push_back(generator.Next(kNow)->port.number());
    return ports;
  };
  EXPECT_EQ(first_ports(7), first_ports(7));
  EXPECT_NE(first_ports(7), first_ports(0x123456789ABCDEFU));
}

TEST(TargetGeneratorTest, GoesRoundTheHosts) {
  const std::vector<SweepHost> hosts = {Host(1, "1-10"), Host(2, "1-10"), Host(3, "1-10")};
  TargetGenerator generator(hosts, 7);
  for (std::uint32_t i = 0; i < 30; ++i) EXPECT_EQ(generator.Next(kNow)->host, i % 3);
}

TEST(TargetGeneratorTest, ManyProbesBeginAtDifferentHosts) {
  std::vector<SweepHost> hosts;
  for (std::uint32_t i = 0; i < 100; ++i) hosts.push_back(Host(i + 1, "80"));
  std::set<std::uint32_t> first;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    TargetGenerator generator(hosts, seed * 0x9E3779B97F4A7C15U);
    first.insert(generator.Next(kNow)->host);
  }
  EXPECT_GT(first.size(), 40U);
}

TEST(TargetGeneratorTest, AnUnheardHostGetsAFewAndMoreAfterAMoment) {
  std::vector<SweepHost> hosts = {Host(1, "1-1000"), Host(2, "1-10")};
  TargetGenerator generator(hosts, 7);
  std::map<std::uint32_t, int> given;
  while (const auto next = generator.Next(kNow)) ++given[next->host];
  EXPECT_FALSE(generator.done());
  EXPECT_EQ(given[0], 64);
  EXPECT_EQ(given[1], 10);
  EXPECT_EQ(generator.resumes(), kNow + 50ms);
  EXPECT_FALSE(generator.Next(kNow + 49ms));
  EXPECT_TRUE(generator.Next(kNow + 50ms));
}

TEST(TargetGeneratorTest, AHostThatAnsweredNeedsNoMoment) {
  std::vector<SweepHost> hosts = {Host(1, "1-1000")};
  TargetGenerator generator(hosts, 7);
  while (generator.Next(kNow)) continue;
  hosts[0].pace.Answered(1ms, 0);
  int given = 64;
  while (generator.Next(kNow)) ++given;
  EXPECT_EQ(given, 1000);
  EXPECT_TRUE(generator.done());
}

}  // namespace
}  // namespace podreach::probe
