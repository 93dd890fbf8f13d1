#include "fleet/order_plan.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

HostList Hosts(std::size_t count, std::uint32_t step = 1000) {
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < count; ++i)
    hosts.push_back({IpAddress::V4(0x0A000000U + step * i), *PortSet::Parse("80"), {}});
  return std::make_shared<const std::vector<HostOrder>>(std::move(hosts));
}

/// Every ask whole, part after part, in rising rounds.
void ExpectWhole(const std::vector<NamespaceRound> &rounds, VantageId vantage,
                 const std::vector<HostOrder> &asked) {
  std::vector<HostOrder> got;
  for (const NamespaceRound &round : rounds) {
    const auto ask = round.ask_of.find(vantage);
    if (ask == round.ask_of.end()) continue;
    const AskPart &part = round.asks.at(ask->second);
    EXPECT_EQ(part.first, got.size());
    EXPECT_EQ(*ParseHosts(*part.text), *part.hosts);
    got.insert(got.end(), part.hosts->begin(), part.hosts->end());
  }
  EXPECT_EQ(got, asked);
}

TEST(OrderPlanTest, WhoSharesAnAskSharesItsText) {
  const HostList all = Hosts(100);
  const HostList few = Hosts(3);
  AskTexts texts;
  const auto rounds =
      PlanRounds({{VantageId{0}, all}, {VantageId{1}, few}, {VantageId{2}, all}}, 900'000, texts);
  ASSERT_EQ(rounds.size(), 1U);
  EXPECT_EQ(rounds[0].asks.size(), 2U);
  EXPECT_EQ(rounds[0].ask_of.at(VantageId{0}), rounds[0].ask_of.at(VantageId{2}));
  EXPECT_EQ(rounds[0].asks[0].hosts, all) << "what comes whole isn't copied";
  // Another namespace doesn't write it again.
  const auto other = PlanRounds({{VantageId{7}, all}}, 900'000, texts);
  EXPECT_EQ(other[0].asks[0].text, rounds[0].asks[0].text);
}

TEST(OrderPlanTest, WhatIsTooLongComesInParts) {
  const HostList all = Hosts(1000);
  const HostList few = Hosts(30);
  AskTexts texts;
  const std::vector<std::pair<VantageId, HostList>> asks = {{VantageId{0}, all},
                                                            {VantageId{1}, few}};
  const std::size_t whole = EncodeHosts(*all).size();
  for (const std::size_t max : {std::size_t{20}, whole / 3, whole - 1, whole}) {
    const auto rounds = PlanRounds(asks, max, texts);
    for (const NamespaceRound &round : rounds) {
      std::size_t bytes = 0;
      for (const AskPart &part : round.asks) bytes += part.text->size();
      EXPECT_LE(bytes, max);
    }
    ExpectWhole(rounds, VantageId{0}, *all);
    ExpectWhole(rounds, VantageId{1}, *few);
  }
}

TEST(OrderPlanTest, AHostWhoseTextIsTooLongComesAlone) {
  AskTexts texts;
  const HostList two = Hosts(2);
  const auto rounds = PlanRounds({{VantageId{0}, two}}, 5, texts);
  EXPECT_EQ(rounds.size(), 2U);
  ExpectWhole(rounds, VantageId{0}, *two);
}

TEST(OrderPlanTest, NobodyAsksNothing) {
  AskTexts texts;
  EXPECT_TRUE(PlanRounds({}, 900'000, texts).empty());
}

}  // namespace
}  // namespace podreach
