#include "podreach/wire/host_list.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "wire/vlq.h"

namespace podreach {
namespace {

HostOrder Host(const char* address, const char* tcp, const char* udp = "") {
  const auto ports = [](const std::string& text) {
    return text.empty() ? PortSet() : *PortSet::Parse(text);
  };
  return {*IpAddress::Parse(address), ports(tcp), ports(udp)};
}

TEST(VlqTest, EveryNumberHasOneWriting) {
  const std::pair<std::uint32_t, const char*> kCases[] = {
      {0, "A"},   {1, "B"},     {31, "f"},     {32, "gB"},
      {33, "hB"}, {1023, "_f"}, {1024, "ggB"}, {wire::kMaxVlq, "_____f"}};
  for (const auto& [number, text] : kCases) {
    std::string written;
    wire::AppendVlq(written, number);
    EXPECT_EQ(written, text);
    std::string_view left = text;
    EXPECT_EQ(wire::CutVlq(left), number);
    EXPECT_EQ(left, "");
  }
  for (const char* bad : {"", "g", "gA", "ggA", "_____g", "______f", "=", " A", "g.", "\xff"}) {
    std::string_view left = bad;
    EXPECT_FALSE(wire::CutVlq(left)) << bad;
  }
}

struct Case {
  const char* what;
  std::vector<HostOrder> hosts;
  const char* text;
};

const Case kCases[] = {
    {"no host", {}, "="},
    {"one host", {Host("10.0.0.1", "80")}, "80=@10.0.0.1;"},
    {"a host without ports", {Host("10.0.0.1", "")}, "=@10.0.0.1;"},
    {"UDP alone", {Host("10.0.0.1", "", "53")}, "u53=@10.0.0.1;"},
    {"all ports", {Host("10.0.0.1", "1-65535", "53")}, "1-65535u53=@10.0.0.1;"},
    {"the next address", {Host("10.0.0.1", "80"), Host("10.0.0.2", "80")}, "80=@10.0.0.1;A"},
    {"a gap of two", {Host("10.0.0.1", "80"), Host("10.0.0.4", "80")}, "80=@10.0.0.1;C"},
    {"a run",
     {Host("10.0.0.1", "80"), Host("10.0.0.2", "80"), Host("10.0.0.3", "80"),
      Host("10.0.0.4", "80")},
     "80=@10.0.0.1;*C"},
    {"two patterns, in turns",
     {Host("10.0.0.1", "80"), Host("10.0.0.2", "22"), Host("10.0.0.3", "80")},
     "80|22=@10.0.0.1;.BA.AA"},
    {"a far address",
     {Host("10.0.0.1", "80"), Host("192.168.0.1", "80")},
     "80=@10.0.0.1;@192.168.0.1;"},
    {"both families",
     {Host("255.255.255.255", "80"), Host("fd00::1", "80"), Host("fd00::2", "80"),
      Host("fd00:0:0:1::", "80")},
     "80=@255.255.255.255;@fd00::1;A@fd00:0:0:1::;"},
};

TEST(HostListTest, HasOneWriting) {
  for (const Case& c : kCases) {
    EXPECT_EQ(EncodeHosts(c.hosts), c.text) << c.what;
    const auto hosts = ParseHosts(c.text);
    ASSERT_TRUE(hosts) << c.what << ": " << hosts.error().message;
    EXPECT_EQ(*hosts, c.hosts) << c.what;
  }
}

TEST(HostListTest, RefusesWhatIsNone) {
  for (const char* bad : {"",
                          "80",
                          "80=A",
                          "80=*A",
                          "80=@10.0.0.1",
                          "80=@10.0.0;",
                          "80=@10.0.0.1;@10.0.0.1;",
                          "80=@10.0.0.2;@10.0.0.1;",
                          "80=@fd00::1;@10.0.0.1;",
                          "80=@255.255.255.255;A",
                          "80=@255.255.255.254;*B",
                          "80=@ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff;A",
                          "80=@10.0.0.1;.B",
                          "80=.B@10.0.0.1;",
                          "80=@10.0.0.1;g",
                          "80=@10.0.0.1;gA",
                          "80=@10.0.0.1; ",
                          "80=@10.0.0.1;!",
                          "80=@10.0.0.1;.",
                          "80=@10.0.0.1;*",
                          "80=@10.0.0.1;______",
                          "0=@10.0.0.1;",
                          "65536=@10.0.0.1;",
                          "80,=@10.0.0.1;",
                          "80u=@10.0.0.1;",
                          "u=@10.0.0.1;",
                          "80u53u53=@10.0.0.1;",
                          "-=@10.0.0.1;",
                          "80u-=@10.0.0.1;",
                          "x=@10.0.0.1;",
                          "80=@::ffff:10.0.0.1%1;"}) {
    const auto hosts = ParseHosts(bad);
    ASSERT_FALSE(hosts) << bad;
    EXPECT_EQ(hosts.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(HostListTest, AShortTextCantGrowLarge) {
  std::string run;
  wire::AppendVlq(run, kMaxHostsOfAsk - 2);
  EXPECT_EQ(ParseHosts("80=@10.0.0.0;*" + run)->size(), kMaxHostsOfAsk);
  EXPECT_FALSE(ParseHosts("80=@10.0.0.0;*" + run + "A"));
  EXPECT_FALSE(ParseHosts("80=@10.0.0.0;*_____f"));
  // Many hosts of many ranges.
  std::string ports = "1";
  for (int port = 3; port < 1000; port += 2) ports += "," + std::to_string(port);
  EXPECT_FALSE(ParseHosts(ports + "=@10.0.0.0;*" + run));
}

/// Nodes of a cluster hold some of the addresses of their /24 each.
std::vector<HostOrder> Cluster(std::size_t pods, std::size_t patterns, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<PortSet> ports;
  for (std::size_t i = 0; i < patterns; ++i) {
    PortSet set;
    for (std::size_t j = 0; j <= i % 3; ++j)
      set.Add(*Port::From(static_cast<std::uint16_t>(1 + random() % 65535)));
    ports.push_back(set);
  }
  std::set<std::uint32_t> addresses;
  const std::size_t nodes = pods / 100 + 1;
  while (addresses.size() < pods) {
    addresses.insert(
        static_cast<std::uint32_t>(0x0A000000U + 256 * (random() % nodes) + random() % 254));
  }
  std::vector<HostOrder> hosts;
  for (const std::uint32_t address : addresses)
    hosts.push_back({IpAddress::V4(address), ports[random() % patterns], {}});
  return hosts;
}

/// Hosts anywhere in 10.0.0.0/8.
std::vector<HostOrder> Scattered(std::size_t count, std::size_t patterns) {
  std::vector<HostOrder> hosts = Cluster(count, patterns, 3);
  std::mt19937 random(4);
  std::set<std::uint32_t> addresses;
  while (addresses.size() < count)
    addresses.insert(0x0A000000U + static_cast<std::uint32_t>(random() % (1U << 24U)));
  auto host = hosts.begin();
  for (const std::uint32_t address : addresses) (host++)->address = IpAddress::V4(address);
  return hosts;
}

TEST(HostListTest, IsSmall) {
  const struct {
    const char* what;
    std::vector<HostOrder> hosts;
    std::size_t most;
  } kSizes[] = {{"100,000 pods, one pattern", Cluster(100'000, 1, 1), 350'000},
                {"100,000 pods, 20 patterns", Cluster(100'000, 20, 2), 450'000},
                {"10,000 scattered hosts, 20 patterns", Scattered(10'000, 20), 120'000}};
  for (const auto& size : kSizes) {
    const std::string text = EncodeHosts(size.hosts);
    EXPECT_LE(text.size(), size.most) << size.what;
    std::cout << size.what << ": " << text.size() << " bytes\n";
    const auto back = ParseHosts(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, size.hosts);
  }
}

TEST(HostListTest, TruncatedOrFlippedItIsRefusedOrValid) {
  const std::string good = EncodeHosts(Cluster(40, 5, 9));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 9; ++bit) {
      std::string bad = good;
      if (bit == 8) {
        bad.resize(at);
      } else {
        bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ (1U << bit));
      }
      const auto parsed = ParseHosts(bad);
      if (!parsed) continue;
      const auto again = ParseHosts(EncodeHosts(*parsed));
      ASSERT_TRUE(again) << bad;
      EXPECT_EQ(*again, *parsed);
    }
  }
}

}  // namespace
}  // namespace podreach
