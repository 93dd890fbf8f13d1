#include "podreach/net/port.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

TEST(PortTest, ParsesDigitsInRangeOnly) {
  EXPECT_EQ(Port::Parse("1")->number(), 1);
  EXPECT_EQ(Port::Parse("65535")->number(), 65535);
  for (const char* bad : {"", "0", "65536", "-1", "+1", " 1", "1 ", "http", "1-2"}) {
    EXPECT_FALSE(Port::Parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace podreach
