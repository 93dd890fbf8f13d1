#pragma once

#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>

#include "report/text.h"

namespace podreach {

inline std::string Uncoloured(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9]+m"), "");
}

inline void ExpectNarrow(const std::string& table) {
  std::istringstream lines(Uncoloured(table));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(Columns(line), 100U) << line;
    EXPECT_EQ(Plain(line), line);
  }
}

}  // namespace podreach
