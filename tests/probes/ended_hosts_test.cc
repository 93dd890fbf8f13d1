#include "ended_hosts.h"

#include <gtest/gtest.h>

namespace podreach::probe {
namespace {

constexpr std::uint32_t kFirst = 0x0A000000U;

std::vector<HostOrder> Hosts(std::size_t count, const char* tcp, const char* udp = nullptr) {
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < count; ++i) {
    hosts.push_back({IpAddress::V4(kFirst + i), *PortSet::Parse(tcp),
                     udp == nullptr ? PortSet() : *PortSet::Parse(udp)});
  }
  return hosts;
}

void Add(EndedHosts& ended, std::uint32_t host, std::uint16_t port, Outcome state,
         Protocol protocol = Protocol::kTcp) {
  Verdict verdict;
  verdict.state = state;
  ended.Add({IpAddress::V4(kFirst + host), protocol, *Port::From(port)}, verdict);
}

PortGroup All(Outcome state, Protocol protocol = Protocol::kTcp) {
  return {protocol, state, {}, {}, 0, false, true};
}

TEST(EndedHostsTest, HostsThatEndedAlikeComeTogetherInWhateverOrderTheyEnded) {
  const auto hosts = Hosts(6, "80,443", "53");
  EndedHosts ended(hosts);
  for (const std::uint32_t host : {5U, 0U, 2U, 1U, 3U}) {
    const bool late = host % 2 == 0;
    if (late) Add(ended, host, 53, Outcome::kOpenFiltered, Protocol::kUdp);
    Add(ended, host, late ? 443 : 80, Outcome::kFiltered);
    Add(ended, host, late ? 80 : 443, Outcome::kFiltered);
    if (!late) Add(ended, host, 53, Outcome::kOpenFiltered, Protocol::kUdp);
  }
  const AlikeHosts silent{{{0, 4}, {5, 1}},
                          {All(Outcome::kFiltered), All(Outcome::kOpenFiltered, Protocol::kUdp)}};
  EXPECT_EQ(ended.TakeEnded(), std::vector{silent});
  EXPECT_TRUE(ended.TakeEnded().empty());
}

TEST(EndedHostsTest, AHostComesWhenItsLastPortEnded) {
  const auto hosts = Hosts(2, "80,443");
  EndedHosts ended(hosts);
  Add(ended, 0, 80, Outcome::kOpen);
  Add(ended, 1, 80, Outcome::kOpen);
  EXPECT_TRUE(ended.TakeEnded().empty());
  Add(ended, 1, 443, Outcome::kClosed);
  const AlikeHosts second{{{1, 1}},
                          {{Protocol::kTcp, Outcome::kOpen, *PortSet::Parse("80"), {}, 0},
                           {Protocol::kTcp, Outcome::kClosed, *PortSet::Parse("443"), {}, 0}}};
  EXPECT_EQ(ended.TakeEnded(), std::vector{second});
  // What is known of the other one is given where the sweep is stopped.
  const AlikeHosts first{{{0, 1}},
                         {{Protocol::kTcp, Outcome::kOpen, *PortSet::Parse("80"), {}, 0}}};
  EXPECT_EQ(ended.TakeAll(), std::vector{first});
}

TEST(EndedHostsTest, IsFullBeforeItGrowsLarge) {
  const auto hosts = Hosts(20'000, "80");
  EndedHosts ended(hosts);
  std::uint32_t host = 0;
  while (!ended.IsFull()) Add(ended, host++, 80, Outcome::kFiltered);
  EXPECT_EQ(ended.TakeEnded(), (std::vector{AlikeHosts{{{0, host}}, {All(Outcome::kFiltered)}}}));
  EXPECT_FALSE(ended.IsFull());
}

}  // namespace
}  // namespace podreach::probe
