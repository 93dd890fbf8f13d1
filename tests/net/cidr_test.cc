#include "podreach/net/cidr.h"

#include <gtest/gtest.h>

#include "podreach/net/endpoint.h"

namespace podreach {
namespace {

IpAddress Address(const char* text) { return *IpAddress::Parse(text); }
Cidr Block(const char* text) { return *Cidr::Parse(text); }

TEST(CidrTest, CutsHostBits) {
  EXPECT_EQ(Block("10.1.2.3/16").ToString(), "10.1.0.0/16");
  EXPECT_EQ(Block("10.1.2.3/16"), Block("10.1.0.0/16"));
  EXPECT_EQ(Block("fd00::5/64").ToString(), "fd00::/64");
  EXPECT_EQ(Cidr::Of(Address("10.0.0.1")).ToString(), "10.0.0.1/32");
}

TEST(CidrTest, TakesNothingElse) {
  for (const char* bad :
       {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
        "::/129", "/8", "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/0x8"}) {
    EXPECT_FALSE(Cidr::Parse(bad)) << bad;
  }
}

TEST(CidrTest, HoldsFromItsFirstToItsLast) {
  const Cidr block = Block("10.0.0.128/25");
  EXPECT_TRUE(block.Contains(Address("10.0.0.128")));
  EXPECT_TRUE(block.Contains(Address("10.0.0.255")));
  EXPECT_FALSE(block.Contains(Address("10.0.0.127")));
  EXPECT_FALSE(block.Contains(Address("10.0.1.0")));
  EXPECT_EQ(block.last(), Address("10.0.0.255"));
  EXPECT_EQ(Block("fd00::/127").last(), Address("fd00::1"));
}

TEST(CidrTest, ABlockOfAllIsOfItsFamilyAlone) {
  EXPECT_TRUE(Block("0.0.0.0/0").Contains(Address("203.0.113.1")));
  EXPECT_FALSE(Block("0.0.0.0/0").Contains(Address("fd00::1")));
  EXPECT_TRUE(Block("::/0").Contains(Address("fd00::1")));
  EXPECT_FALSE(Block("::/0").Contains(Address("203.0.113.1")));
}

TEST(CidrTest, HoldsSmallerBlocks) {
  EXPECT_TRUE(Block("10.0.0.0/8").Contains(Block("10.1.0.0/16")));
  EXPECT_TRUE(Block("10.0.0.0/8").Contains(Block("10.0.0.0/8")));
  EXPECT_FALSE(Block("10.1.0.0/16").Contains(Block("10.0.0.0/8")));
  EXPECT_FALSE(Block("0.0.0.0/0").Contains(Block("fd00::/8")));
}

TEST(EndpointTest, WritesIpv6InBrackets) {
  EXPECT_EQ((Endpoint{Address("10.0.0.1"), Protocol::kTcp, *Port::From(80)}.ToString()),
            "10.0.0.1:80/TCP");
  EXPECT_EQ((Endpoint{Address("fd00::1"), Protocol::kUdp, *Port::From(53)}.ToString()),
            "[fd00::1]:53/UDP");
}

}  // namespace
}  // namespace podreach
