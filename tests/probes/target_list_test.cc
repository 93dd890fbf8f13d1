#include "target_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace podreach::probe {
namespace {

using testing::HasSubstr;

/// The addresses as text, or "error: ..." .
std::string Expanded(const std::vector<std::string>& targets,
                     const std::vector<std::string>& excluded = {}) {
  auto addresses = ExpandTargets(targets, excluded);
  if (!addresses) return "error: " + addresses.error().message;
  std::string text;
  for (const IpAddress& address : *addresses)
    text += (text.empty() ? "" : " ") + address.ToString();
  return text;
}

TEST(TargetListTest, ReadsWhatPeopleWrite) {
  const struct {
    std::vector<std::string> targets;
    std::vector<std::string> excluded;
    const char* addresses;
  } cases[] = {
      {{"10.0.0.1"}, {}, "10.0.0.1"},
      {{"10.0.0.3", "10.0.0.1", "10.0.0.3"}, {}, "10.0.0.1 10.0.0.3"},
      {{"10.0.0.0/30"}, {}, "10.0.0.0 10.0.0.1 10.0.0.2 10.0.0.3"},
      {{"10.0.0.254-10.0.1.1"}, {}, "10.0.0.254 10.0.0.255 10.0.1.0 10.0.1.1"},
      {{"10.0.0.7-9"}, {}, "10.0.0.7 10.0.0.8 10.0.0.9"},
      {{"10.0.0.7-7"}, {}, "10.0.0.7"},
      {{"fd00::1-fd00::3"}, {}, "fd00::1 fd00::2 fd00::3"},
      {{"fd00::/127"}, {}, "fd00:: fd00::1"},
      {{"255.255.255.254/31"}, {}, "255.255.255.254 255.255.255.255"},
      {{"10.0.0.0/29"}, {"10.0.0.1-6", "10.0.0.0"}, "10.0.0.7"},
  };
  for (const auto& [targets, excluded, addresses] : cases)
    EXPECT_EQ(Expanded(targets, excluded), addresses);
}

TEST(TargetListTest, ALinkLocalAddressKeepsItsZone) {
  EXPECT_EQ(Expanded({"fe80::1%lo"}), "fe80::1%1");
  EXPECT_EQ(Expanded({"fe80::1%1"}), "fe80::1%1");
  EXPECT_EQ(ShowZoned(*ParseZoned("fe80::1%1")), "fe80::1%lo");
  EXPECT_EQ(ShowZoned(*ParseZoned("10.0.0.1")), "10.0.0.1");
}

TEST(TargetListTest, SaysWhatItCannotRead) {
  EXPECT_THAT(Expanded({"10.0.0.9-3"}), HasSubstr("target 10.0.0.9-3: the end of the range"));
  EXPECT_THAT(Expanded({"10.0.0.1-fd00::1"}), HasSubstr("the end of the range"));
  EXPECT_THAT(Expanded({"fe80::1"}), HasSubstr("needs its zone"));
  EXPECT_THAT(Expanded({"fe80::1%nowhere"}), HasSubstr("nowhere isn't"));
  EXPECT_THAT(Expanded({"fe80::1%4000000000"}), HasSubstr("4000000000 isn't"));
  EXPECT_THAT(Expanded({"10.0.0.1%lo"}), HasSubstr("only a link-local"));
  EXPECT_THAT(Expanded({"a b"}), HasSubstr("neither an address, a CIDR, a range nor a name"));
  EXPECT_THAT(Expanded({""}), HasSubstr("neither"));
  EXPECT_THAT(Expanded({"10.0.0.0/8"}), HasSubstr("more than 65,536 addresses"));
  EXPECT_THAT(Expanded({"10.0.0.1"}, {"10.0.0.0/24"}), HasSubstr("no target is left"));
  EXPECT_THAT(Expanded({"10.0.0.1"}, {"10.0.0.9-3"}), HasSubstr("--exclude: target 10.0.0.9-3"));
  EXPECT_THAT(Expanded({"@/nowhere/targets"}), HasSubstr("/nowhere/targets"));
}

class TargetFileTest : public testing::Test {
 protected:
  ~TargetFileTest() override { std::filesystem::remove(path_); }
  std::string Write(const std::string& text) {
    std::ofstream(path_) << text;
    return "@" + path_;
  }
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("targets-" + std::to_string(getpid()));
};

TEST_F(TargetFileTest, HasOneTargetALineAndComments) {
  EXPECT_EQ(Expanded({Write("# ours\n10.0.0.1\n\n  10.0.0.4-5 # a pair\r\n")}),
            "10.0.0.1 10.0.0.4 10.0.0.5");
}

TEST_F(TargetFileTest, ErrorsNameTheLine) {
  EXPECT_THAT(Expanded({Write("10.0.0.1\n10.0.0.9-3\n")}), HasSubstr(path_ + ":2: target"));
  EXPECT_THAT(Expanded({Write("@" + path_ + "\n")}), HasSubstr("can't name another"));
}

}  // namespace
}  // namespace podreach::probe
