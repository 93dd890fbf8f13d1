#include "podreach/base/text.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

TEST(IsMisleadingTest, EveryCharacterThatCanMakeTextLie) {
  const struct {
    std::uint32_t first;
    std::uint32_t last;
  } ranges[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},      {0x61C, 0x61C},
                {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},  {0x2060, 0x206F},
                {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
  std::uint32_t next = 0;
  for (const auto& range : ranges) {
    for (; next < range.first; ++next) EXPECT_FALSE(IsMisleading(next)) << std::hex << next;
    for (; next <= range.last; ++next) EXPECT_TRUE(IsMisleading(next)) << std::hex << next;
  }
  for (; next <= 0x10FFFF; ++next) ASSERT_FALSE(IsMisleading(next)) << std::hex << next;
}

TEST(DecodeRuneTest, Table) {
  const struct {
    const char* text;
    std::uint32_t code;
    std::size_t length;
  } cases[] = {
      {"a", 'a', 1},
      {"\xC3\xA9x", 0xE9, 2},
      {"\xE2\x82\xAC", 0x20AC, 3},
      {"\xF0\x9F\x98\x80", 0x1F600, 4},
      {"\x80", 0, 0},              // a continuation alone
      {"\xC0\xAF", 0, 0},          // overlong
      {"\xE0\x80\xAF", 0, 0},      // overlong
      {"\xED\xA0\x80", 0, 0},      // a surrogate
      {"\xF4\x90\x80\x80", 0, 0},  // above Unicode
      {"\xE2\x82", 0, 0},          // cut
  };
  for (const auto& test : cases) {
    const Rune rune = DecodeRune(test.text);
    EXPECT_EQ(rune.code, test.code) << test.text;
    EXPECT_EQ(rune.length, test.length) << test.text;
  }
}

}  // namespace
}  // namespace podreach
