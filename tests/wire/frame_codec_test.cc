#include "wire/frame_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace podreach::wire {
namespace {

TEST(FrameCodecTest, ChecksumIsCrc32c) {
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);              // the catalogue's check value
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAU);    // RFC 3720, appendix B.4
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43U);  // RFC 3720, appendix B.4
}

TEST(FrameCodecTest, ReadsWhatItWrote) {
  std::string line = EncodeFrame("s", "n", 4294967295U, R"({"a": "b c"})");
  ASSERT_EQ(line.back(), '\n');
  line.pop_back();
  const auto frame = DecodeFrame(line, "s", "n");
  ASSERT_TRUE(frame.has_value() && frame->has_value());
  EXPECT_EQ((*frame)->sequence, 4294967295U);
  EXPECT_EQ((*frame)->payload, R"({"a": "b c"})");
}

TEST(FrameCodecTest, TellsForeignLinesFromBrokenOnes) {
  std::string line = EncodeFrame("s", "n", 7, "{}");
  line.pop_back();
  const std::string sum = line.substr(line.size() - 11, 8);
  for (const std::string& foreign :
       {std::string(), std::string("PODREACH1"), std::string("PODREACH1 s n"), " " + line,
        "PODREACH2 s n 7 2 " + sum + " {}", "PODREACH1 t n 7 2 " + sum + " {}",
        "PODREACH1 s m 7 2 " + sum + " {}"}) {
    const auto frame = DecodeFrame(foreign, "s", "n");
    ASSERT_TRUE(frame.has_value()) << foreign;
    EXPECT_FALSE(frame->has_value()) << foreign;
  }
  for (const std::string& broken :
       {std::string("PODREACH1 s n "), "PODREACH1 s n 07 2 " + sum + " {}",
        "PODREACH1 s n +7 2 " + sum + " {}", "PODREACH1 s n -7 2 " + sum + " {}",
        "PODREACH1 s n 4294967303 2 " + sum + " {}", "PODREACH1 s n 7 02 " + sum + " {}",
        "PODREACH1 s n 7 3 " + sum + " {}", "PODREACH1 s n 8 2 " + sum + " {}",
        "PODREACH1 s n 7 2 " + sum + "  {}", std::string("PODREACH1 s n 7 2 00000000 {}"),
        "PODREACH1 s n 7  2 " + sum + " {}", line + "\r", line + " "}) {
    EXPECT_TRUE(DecodeFrame(broken, "s", "n").has_error()) << broken;
  }
}

}  // namespace
}  // namespace podreach::wire
