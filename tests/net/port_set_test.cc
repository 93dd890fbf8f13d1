#include "podreach/net/port_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace podreach {
namespace {

PortSet Set(const char* text) { return *PortSet::Parse(text); }
Port P(unsigned number) { return *Port::From(static_cast<std::uint16_t>(number)); }

TEST(PortSetTest, ReadsListsAndWritesThemSortedAndMerged) {
  EXPECT_EQ(Set("443,22,80-82,83").ToString(), "22,80-83,443");
  EXPECT_EQ(Set("-"), PortSet::All());
  EXPECT_EQ(PortSet::All().size(), 65535U);
  EXPECT_EQ(PortSet().ToString(), "");
}

TEST(PortSetTest, TakesNothingElse) {
  for (const char* bad : {"", ",", "22,", ",22", "0", "65536", "90-80", "80-", "-80", "80--90",
                          "http", "22 ,80", "1-2-3"}) {
    EXPECT_FALSE(PortSet::Parse(bad)) << bad;
  }
}

// Against std::set: whatever is added and removed, the same ports are in, and ranges neither
// overlap nor touch.
TEST(PortSetTest, IsASet) {
  std::mt19937 random(7);
  const auto range = [&] {
    const unsigned first = 1U + static_cast<unsigned>(random() % 60);
    return PortRange{P(first), P(first + static_cast<unsigned>(random() % 10))};
  };
  for (int round = 0; round < 300; ++round) {
    PortSet ports;
    std::set<unsigned> model;
    for (int step = 0; step < 20; ++step) {
      const PortRange part = range();
      const bool add = random() % 3 != 0;
      PortSet single;
      single.Add(part);
      if (add) {
        ports.Add(part);
      } else {
        ports.Remove(single);
      }
      for (unsigned p = part.first.number(); p <= part.last.number(); ++p) {
        if (add) {
          model.insert(p);
        } else {
          model.erase(p);
        }
      }
    }
    ASSERT_EQ(ports.size(), model.size());
    for (unsigned p = 1; p < 80; ++p) ASSERT_EQ(ports.Contains(P(p)), model.contains(p)) << p;
    for (std::size_t i = 1; i < ports.ranges().size(); ++i) {
      ASSERT_GT(ports.ranges()[i].first.number(), ports.ranges()[i - 1].last.number() + 1);
    }
    if (ports.empty()) continue;
    ASSERT_EQ(PortSet::Parse(ports.ToString()), ports);
  }
}

TEST(PortSetTest, IntersectsAndContains) {
  EXPECT_EQ(Set("1-100").Intersect(Set("50-150,200")).ToString(), "50-100");
  EXPECT_TRUE(Set("1-10").Intersect(Set("11")).empty());
  EXPECT_TRUE(Set("1-100").Contains(Set("5,7-9")));
  EXPECT_FALSE(Set("1-100").Contains(Set("99-101")));
  EXPECT_TRUE(Set("1").Contains(PortSet()));
}

TEST(PortSetTest, TheLastPortIsNoSpecialCase) {
  PortSet ports = Set("65535");
  ports.Add(P(65534));
  EXPECT_EQ(ports.ToString(), "65534-65535");
  ports.Remove(PortSet::All());
  EXPECT_TRUE(ports.empty());
}

}  // namespace
}  // namespace podreach
