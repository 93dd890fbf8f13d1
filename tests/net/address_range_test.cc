#include "podreach/net/address_range.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

AddressRange Range(const char* first, const char* last) {
  return {*IpAddress::Parse(first), *IpAddress::Parse(last)};
}

IpBlock Block(const char* cidr, std::initializer_list<const char*> except = {}) {
  IpBlock block{*Cidr::Parse(cidr), {}};
  for (const char* one : except) block.except.push_back(*Cidr::Parse(one));
  return block;
}

/// "a-b c-d".
std::string Text(const std::vector<AddressRange>& ranges) {
  std::string text;
  for (const AddressRange& range : ranges) text += (text.empty() ? "" : " ") + range.ToString();
  return text;
}

TEST(AddressRangeTest, TheAddressBefore) {
  EXPECT_EQ(Before(*IpAddress::Parse("10.0.1.0")).ToString(), "10.0.0.255");
  EXPECT_EQ(Before(*IpAddress::Parse("fd00::1:0")).ToString(), "fd00::ffff");
}

TEST(AddressRangeTest, OverlapsWithACidr) {
  const struct {
    AddressRange range;
    const char* cidr;
    const char* both;
  } cases[] = {
      {Range("10.0.0.0", "10.0.0.9"), "10.0.0.8/29", "10.0.0.8-10.0.0.9"},
      {Range("10.0.0.0", "10.0.0.9"), "10.0.0.0/8", "10.0.0.0-10.0.0.9"},
      {Range("10.0.0.0", "10.0.0.9"), "10.0.0.10/31", ""},
      {Range("10.0.0.0", "10.0.0.9"), "::/0", ""},
  };
  for (const auto& one : cases) {
    const auto both = Overlap(one.range, *Cidr::Parse(one.cidr));
    EXPECT_EQ(both ? both->ToString() : "", one.both) << one.cidr;
  }
}

TEST(AddressRangeTest, LeavesWhatACidrDoesNotHold) {
  const std::vector<AddressRange> ranges = {Range("10.0.0.0", "10.0.0.15")};
  EXPECT_EQ(Text(Minus(ranges, *Cidr::Parse("10.0.0.4/30"))),
            "10.0.0.0-10.0.0.3 10.0.0.8-10.0.0.15");
  EXPECT_EQ(Text(Minus(ranges, *Cidr::Parse("10.0.0.0/29"))), "10.0.0.8-10.0.0.15");
  EXPECT_EQ(Text(Minus(ranges, *Cidr::Parse("10.0.0.0/8"))), "");
  EXPECT_EQ(Text(Minus(ranges, *Cidr::Parse("192.0.2.0/24"))), "10.0.0.0-10.0.0.15");
}

TEST(AddressRangeTest, InsideAndBeyondBlocksAreTheWhole) {
  const auto range = Range("10.0.0.0", "10.0.0.255");
  const struct {
    std::vector<IpBlock> blocks;
    const char* inside;
    const char* beyond;
  } cases[] = {
      {{}, "", "10.0.0.0-10.0.0.255"},
      {{Block("10.0.0.0/25")}, "10.0.0.0-10.0.0.127", "10.0.0.128-10.0.0.255"},
      {{Block("10.0.0.0/8", {"10.0.0.16/28"})},
       "10.0.0.0-10.0.0.15 10.0.0.32-10.0.0.255",
       "10.0.0.16-10.0.0.31"},
      {{Block("10.0.0.0/25"), Block("10.0.0.128/25", {"10.0.0.192/26"})},
       "10.0.0.0-10.0.0.127 10.0.0.128-10.0.0.191",
       "10.0.0.192-10.0.0.255"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(Text(Inside(range, one.blocks)), one.inside);
    EXPECT_EQ(Text(Beyond(range, one.blocks)), one.beyond);
  }
}

}  // namespace
}  // namespace podreach
