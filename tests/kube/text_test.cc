#include "podreach/base/text.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

TEST(CleanTextTest, Table) {
  const struct {
    std::string_view text;
    std::size_t max;
    std::string_view clean;
  } cases[] = {
      {"plain", 10, "plain"},
      {"a\x1b[31m\nb\tc\x7f", 20, "a [31m b c "},
      {"\xC2\x9B"
       "31m",
       20, " 31m"},  // C1 CSI
      {"a\xE2\x80\xAE"
       "b\xE2\x81\xA6"
       "c",
       20, "a b c"},  // right-to-left override, isolate
      {"gr\xC3\xBC\xC3\x9F", 20, "gr\xC3\xBC\xC3\x9F"},
      {"\xFF\xC3", 20, "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"abcdef", 3, "abc..."},
      {"ab\xC3\xBC", 3, "ab..."},
  };
  for (const auto& test : cases) EXPECT_EQ(CleanText(test.text, test.max), test.clean);
}

TEST(ScrubUtf8Test, Table) {
  const struct {
    std::string_view text;
    std::string_view clean;
  } cases[] = {
      {"a\nb", "a\nb"},
      {"\xF0\x9F\x9A\x80", "\xF0\x9F\x9A\x80"},
      {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},                  // overlong
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // surrogate
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& test : cases) EXPECT_EQ(ScrubUtf8(test.text), test.clean);
}

TEST(DecodeBase64Test, Table) {
  const struct {
    std::string_view text;
    std::optional<std::string> bytes;
  } cases[] = {
      {"", ""},
      {"Zg==", "f"},
      {"Zm8=", "fo"},
      {"Zm9v", "foo"},
      {"Zm9vYg", "foob"},
      {"Zm\n9v ", "foo"},
      {"Zm9vY", std::nullopt},
      {"Zm-v", std::nullopt},
      {"Zg==Zg==", std::nullopt},
  };
  for (const auto& test : cases) EXPECT_EQ(DecodeBase64(test.text), test.bytes) << test.text;
}

}  // namespace
}  // namespace podreach
