#include "podreach/wire/probe_order.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace podreach {
namespace {

using nlohmann::json;

PortSet Ports(const char* text) { return *PortSet::Parse(text); }

ProbeOrder EmptyOrder(std::string scan) {
  ProbeOrder order;
  order.scan = std::move(scan);
  return order;
}

ProbeOrder FullOrder() {
  ProbeOrder order;
  order.scan = "scan-1";
  order.go = true;
  order.round = 7;
  order.identify = true;
  order.limits = {65535, 1, 2, 3, 5, std::chrono::milliseconds(60000)};
  order.asks = {"1-65535=@10.0.0.1;", "22,80u53=@fd00::1;*C", "="};
  order.probes["twin-0"] = {std::string(32, 'a'), Ports("8080"), Ports("53"), std::nullopt, {}};
  order.probes["twin-1"] = {std::string(32, 'b'), {}, {}, 2, {}};
  order.probes["twin-2"] = {
      std::string(32, 'c'), {}, {}, 0, SweepLimits{1, 2, 3, 4, 5, std::chrono::milliseconds(6)}};
  return order;
}

TEST(ProbeOrderTest, ComesBackAsItWas) {
  for (const ProbeOrder& order : {FullOrder(), EmptyOrder("s")}) {
    const std::string text = EncodeOrder(order);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto parsed = ParseOrder(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, order);
  }
}

TEST(ProbeOrderTest, NamesTheFieldThatIsWrong) {
  const std::vector<std::pair<const char*, std::string>> cases = {
      {R"({"schema": "podreach.io/order/v1"})", "schema"},
      {R"({"schema": null})", "schema"},
      {R"({"scan": ""})", "scan"},
      {R"({"scan": "Upper"})", "scan"},
      {R"({"scan": "a b"})", "scan"},
      {R"({"go": 1})", "go"},
      {R"({"round": -1})", "round"},
      {R"({"round": 1.0})", "round"},
      {R"({"round": 4294967296})", "round"},
      {R"({"limits": []})", "limits"},
      {R"({"limits": {"in_flight": 0}})", "limits.in_flight"},
      {R"({"limits": {"in_flight": 65536}})", "limits.in_flight"},
      {R"({"limits": {"rate": "1"}})", "limits.rate"},
      {R"({"limits": {"rate_per_host": 4294967296}})", "limits.rate_per_host"},
      {R"({"limits": {"flows_per_two_minutes": true}})", "limits.flows_per_two_minutes"},
      {R"({"limits": {"tries": 0}})", "limits.tries"},
      {R"({"limits": {"tries": 6}})", "limits.tries"},
      {R"({"limits": {"timeout_ms": 0}})", "limits.timeout_ms"},
      {R"({"limits": {"timeout_ms": 60001}})", "limits.timeout_ms"},
      {R"({"limits": {"burst": 1}})", R"(limits."burst")"},
      {R"({"asks": {}})", "asks"},
      {R"({"asks": [1, "", ""]})", "asks[0]"},
      {R"({"asks": ["", "a b", ""]})", "asks[1]"},
      {R"({"asks": ["", "", "\""]})", "asks[2]"},
      {R"({"asks": ["\u00e9"]})", "asks[0]"},
      {R"({"names": []})", R"("names")"},
      {R"({"probes": []})", "probes"},
      {R"({"probes": {"A": {}}})", "probes"},
      {R"({"probes": {"p": {"nonce": "ab"}}})", "probes.p.nonce"},
      {R"({"probes": {"p": {"nonce": "ABABABABABABABABABABABABABABABAB"}}})", "probes.p.nonce"},
      {R"({"probes": {"twin-0": {"listen_tcp": "65536"}}})", "probes.twin-0.listen_tcp"},
      {R"({"probes": {"twin-0": {"listen_udp": 53}}})", "probes.twin-0.listen_udp"},
      {R"({"probes": {"twin-0": {"ask": 3}}})", "probes.twin-0.ask"},
      {R"({"probes": {"twin-0": {"ask": -1}}})", "probes.twin-0.ask"},
      {R"({"asks": ["="]})", "probes.twin-1.ask"},
      {R"({"probes": {"twin-0": {"limits": {}}}})", "probes.twin-0.limits.in_flight"},
      {R"({"probes": {"twin-2": {"limits": {"tries": 0}}}})", "probes.twin-2.limits.tries"},
      {R"({"probes": {"twin-2": {"limits": null}}})", ""},
      {R"({"probes": {"twin-2": {"hosts": []}}})", R"(probes.twin-2."hosts")"},
      {R"({"extra\u001b": 1})", R"("extra\u001b")"},
  };
  for (const auto& [patch, field] : cases) {
    json order = json::parse(EncodeOrder(FullOrder()));
    order.merge_patch(json::parse(patch));
    const auto parsed = ParseOrder(order.dump());
    if (field.empty()) {
      EXPECT_TRUE(parsed) << patch;
      continue;
    }
    ASSERT_FALSE(parsed) << patch;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kCorrupt);
    EXPECT_NE(parsed.error().message.find(": " + field + ": "), std::string::npos)
        << patch << " gave " << parsed.error().message;
  }
}

TEST(ProbeOrderTest, BoundsListsAndLengths) {
  ProbeOrder order = EmptyOrder(std::string(63, 's'));
  EXPECT_TRUE(ParseOrder(EncodeOrder(order)));
  order.scan += 's';
  EXPECT_FALSE(ParseOrder(EncodeOrder(order)));

  json many = json::parse(EncodeOrder(EmptyOrder("s")));
  many["asks"] = json(std::vector<int>(65537, 1));
  const auto parsed = ParseOrder(many.dump());
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("asks: must be an array of at most 65536"),
            std::string::npos);
}

TEST(ProbeOrderTest, RefusesWhatIsNoStrictJson) {
  const std::string good = EncodeOrder(FullOrder());
  const std::string twice = R"({"go":false,)" + good.substr(1);
  EXPECT_FALSE(ParseOrder(twice));
  EXPECT_FALSE(ParseOrder(good + "x"));
  EXPECT_FALSE(ParseOrder(good + std::string(1U << 20U, ' ')));
  for (const char* bad : {"", "null", "[]", "{}", "1e999", "\"", "{\"a\":NaN}", "\xff"}) {
    EXPECT_FALSE(ParseOrder(bad)) << bad;
  }
}

TEST(ProbeOrderTest, DeepNestingCostsNoStack) {
  constexpr std::size_t kDepth = 1U << 19U;
  std::string objects;
  for (std::size_t i = 0; i < kDepth / 3; ++i) objects += "{\"a\":";
  for (const std::string& deep :
       {std::string(kDepth, '['), std::string(kDepth, '[') + std::string(kDepth, ']'), objects}) {
    const auto parsed = ParseOrder(deep);
    ASSERT_FALSE(parsed);
    EXPECT_NE(parsed.error().message.find("16 levels"), std::string::npos);
  }
}

TEST(ProbeOrderTest, TruncatedAnywhereIsAnError) {
  const std::string good = EncodeOrder(FullOrder());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseOrder(std::string_view(good).substr(0, size))) << size;
  }
}

TEST(ProbeOrderTest, AFlippedBitGivesAnErrorOrAValidOrder) {
  const std::string good = EncodeOrder(FullOrder());
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ (1U << bit));
      const auto parsed = ParseOrder(bad);
      if (!parsed) continue;
      const auto again = ParseOrder(EncodeOrder(*parsed));
      ASSERT_TRUE(again) << bad;
      EXPECT_EQ(*again, *parsed);
    }
  }
}

}  // namespace
}  // namespace podreach
