#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace podreach {

/// Holds an enum's words against a table of all of them: each leads back to its value, and nothing
/// else does.
template <class Enum, class Parse>
void ExpectWords(const std::vector<std::pair<Enum, std::string_view>>& words, const Parse& parse) {
  std::set<std::string_view> distinct;
  for (const auto& [value, word] : words) {
    EXPECT_EQ(ToString(value), word);
    EXPECT_EQ(parse(word), value) << word;
    distinct.insert(word);
    if (word.empty()) continue;
    EXPECT_FALSE(parse(std::string(word) + " ")) << word;
    EXPECT_FALSE(parse(word.substr(1))) << word;
  }
  EXPECT_EQ(distinct.size(), words.size());
  EXPECT_FALSE(parse("?"));
  EXPECT_FALSE(parse("Open"));
}

}  // namespace podreach
