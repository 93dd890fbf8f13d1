#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "podreach/wire/probe_order.h"

namespace podreach {
namespace {

using ::testing::HasSubstr;

constexpr char kNonce[] = "0123456789abcdef0123456789abcdef";

PortSet Ports(std::string_view text) { return *PortSet::Parse(text); }

ProbeOrder SampleOrder() {
  ProbeOrder order;
  order.scan = "s-1";
  order.go = true;
  order.round = 2;
  order.limits.rate = 5000;
  order.limits.flows_per_two_minutes = 40000;
  order.hosts = {{*IpAddress::Parse("10.0.0.7"), Ports("22,80,6000-6100"), Ports("53")},
                 {*IpAddress::Parse("fd00::7"), Ports("1-65535"), {}}};
  order.names = {"kubernetes.default.svc.cluster.local", "db"};
  order.probes["web-0"] = {kNonce, Ports("80"), {}, {*IpAddress::Parse("10.0.0.7")}, std::nullopt};
  order.probes["db-0"] = {
      kNonce, {}, Ports("53"), {}, {{{*IpAddress::Parse("10.0.0.9"), Ports("5432"), {}}}}};
  order.probes["idle"] = {kNonce, {}, {}, {}, std::vector<HostOrder>{}};
  return order;
}

/// The sample's text with one piece replaced.
std::string Altered(std::string_view piece, std::string_view by) {
  std::string text = EncodeOrder(SampleOrder());
  const auto at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece << " is not in " << text;
  return text.replace(at, piece.size(), by);
}

TEST(OrderTest, WhatIsEncodedParsesToTheSameValue) {
  const auto parsed = ParseOrder(EncodeOrder(SampleOrder()));
  ASSERT_TRUE(parsed) << parsed.error().ToString();
  EXPECT_EQ(*parsed, SampleOrder());
}

TEST(OrderTest, ARoundThatIsAbsentIsTheFirst) {
  const auto parsed = ParseOrder(Altered(R"("round":2,)", ""));
  ASSERT_TRUE(parsed) << parsed.error().ToString();
  EXPECT_EQ(parsed->round, 0U);
}

struct BadOrder {
  const char* piece;
  const char* by;
  const char* complaint;
};

class BadOrderTest : public ::testing::TestWithParam<BadOrder> {};

TEST_P(BadOrderTest, IsRefusedByName) {
  const auto parsed = ParseOrder(Altered(GetParam().piece, GetParam().by));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(parsed.error().message, HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadOrderTest,
    ::testing::Values(
        BadOrder{"order/v1", "order/v2", "schema: not podreach.io/order/v1"},
        BadOrder{R"("s-1")", R"("S 1")", "scan: not 1 to 63"},
        BadOrder{R"("go":true)", R"("go":1)", "go: neither true nor false"},
        BadOrder{R"("go":true)", R"("go":true,"stop":1)", "stop: unknown"},
        BadOrder{R"("go":true,)", "", "go: missing"},
        BadOrder{R"("round":2)", R"("round":4294967296)", "round: not a whole number"},
        BadOrder{R"("in_flight":512)", R"("in_flight":0)", "limits.in_flight: not a whole"},
        BadOrder{R"("in_flight":512)", R"("in_flight":65001)", "limits.in_flight"},
        BadOrder{R"("tries":2)", R"("tries":6)", "limits.tries"},
        BadOrder{R"("tries":2)", R"("tries":2.5)", "limits.tries"},
        BadOrder{R"("timeout_ms":600)", R"("timeout_ms":-1)", "limits.timeout_ms"},
        BadOrder{"10.0.0.7", "10.0.0.256", "hosts[0].address: not an IP address"},
        BadOrder{"fd00::7", "10.0.0.7", "hosts[1].address: comes twice"},
        BadOrder{"22,80,6000-6100", "80-22", "hosts[0].tcp: not ports"},
        BadOrder{"22,80,6000-6100", "0", "hosts[0].tcp: not ports"},
        BadOrder{R"("db"])", R"("d b"])", "names[1]: not a DNS name"},
        BadOrder{"\"web-0\"", "\"Web_0\"", "probes: a member's name is no pod name"},
        BadOrder{"0123456789abcdef0", "0123456789ABCDEF0", "nonce: not 32 hex digits"},
        BadOrder{R"("listen_tcp":"80")", R"("listen_tcp":"1-65535")", "more than 4096 ports"},
        BadOrder{R"("skip":["10.0.0.7"])", R"("skip":[7])", "probes.web-0.skip: not an IP"},
        BadOrder{"{", "[", "not JSON"}));

TEST(OrderTest, MoreThanAMebibyteIsRefused) {
  EXPECT_FALSE(ParseOrder(std::string((1U << 20U) + 1, ' ')));
}

TEST(OrderTest, DeepNestingIsRefusedWithoutRecursion) {
  EXPECT_FALSE(ParseOrder(std::string(1U << 19U, '[')));
}

TEST(OrderTest, EveryTruncationIsAnError) {
  const std::string text = EncodeOrder(SampleOrder());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseOrder(std::string_view(text).substr(0, size))) << size;
  }
}

// An order has no checksum: a flipped bit may well give another valid order, but never an invalid
// one.
TEST(OrderTest, EveryFlippedBitIsAnErrorOrAValidOrder) {
  const std::string text = EncodeOrder(SampleOrder());
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto parsed = ParseOrder(flipped);
    if (!parsed) continue;
    const auto again = ParseOrder(EncodeOrder(*parsed));
    ASSERT_TRUE(again) << flipped;
    EXPECT_EQ(*again, *parsed);
  }
}

TEST(OrderTest, EveryByteReplacedByNoiseIsAnErrorOrAValidOrder) {
  const std::string text = EncodeOrder(SampleOrder());
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char noise : {'\0', '\n', '"', '{', '9', '\xff'}) {
      std::string noisy = text;
      noisy[at] = noise;
      const auto parsed = ParseOrder(noisy);
      if (parsed) EXPECT_TRUE(ParseOrder(EncodeOrder(*parsed))) << noisy;
    }
  }
}

}  // namespace
}  // namespace podreach
