#include "podreach/net/ip_address.h"

#include <gtest/gtest.h>

#include <array>

namespace podreach {
namespace {

IpAddress Address(const char* text) { return *IpAddress::Parse(text); }

TEST(IpAddressTest, ReadsBothFamiliesAndWritesThemCanonically) {
  EXPECT_EQ(Address("10.0.0.1").ToString(), "10.0.0.1");
  EXPECT_TRUE(Address("10.0.0.1").is_v4());
  EXPECT_EQ(Address("2001:0DB8:0:0:0:0:0:1").ToString(), "2001:db8::1");
  EXPECT_FALSE(Address("::1").is_v4());
}

TEST(IpAddressTest, AMappedAddressIsTheIpv4Address) {
  EXPECT_EQ(Address("::ffff:10.0.0.1"), Address("10.0.0.1"));
  EXPECT_TRUE(Address("::ffff:10.0.0.1").is_v4());
}

TEST(IpAddressTest, TakesNothingElse) {
  for (const char* bad : {"", "10.0.0", "10.0.0.256", "10.0.0.01.1", "[::1]", "fe80::1%eth0",
                          "::1/64", "10.0.0.1:80", " 10.0.0.1", "localhost", "1:2:3:4:5:6:7:8:9"}) {
    EXPECT_FALSE(IpAddress::Parse(bad)) << bad;
  }
  EXPECT_FALSE(IpAddress::Parse(std::string_view("10.0.0.1\0", 9)));
}

TEST(IpAddressTest, BytesGoThereAndBack) {
  EXPECT_EQ(IpAddress::FromBytes(Address("10.1.2.3").bytes()), Address("10.1.2.3"));
  EXPECT_EQ(IpAddress::FromBytes(Address("fd00::5").bytes()), Address("fd00::5"));
  const std::array<std::uint8_t, 5> five{};
  EXPECT_FALSE(IpAddress::FromBytes(five));
  EXPECT_EQ(IpAddress::V4(0x0A010203), Address("10.1.2.3"));
}

TEST(IpAddressTest, TheNextOneCarries) {
  EXPECT_EQ(Address("10.0.255.255").Next(), Address("10.1.0.0"));
  EXPECT_EQ(Address("fd00::ffff:ffff").Next(), Address("fd00::1:0:0"));
  EXPECT_FALSE(Address("255.255.255.255").Next());
  EXPECT_FALSE(Address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").Next());
}

TEST(IpAddressTest, Ipv4ComesBeforeIpv6) {
  EXPECT_LT(Address("10.0.0.2"), Address("10.0.0.10"));
  EXPECT_LT(Address("255.255.255.255"), Address("::"));
}

TEST(IpAddressTest, KnowsLoopback) {
  EXPECT_TRUE(Address("127.0.0.53").IsLoopback());
  EXPECT_TRUE(Address("::1").IsLoopback());
  EXPECT_FALSE(Address("10.0.0.1").IsLoopback());
  EXPECT_FALSE(Address("::2").IsLoopback());
}

}  // namespace
}  // namespace podreach
