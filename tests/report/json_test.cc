#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/report/reports.h"

namespace podreach {
namespace {

using nlohmann::json;

TEST(Json, HoldsEverythingOfTheReport) {
  const json read = json::parse(WriteJson(MakeReport("x", 7)));
  EXPECT_EQ(read["schema"], "podreach.io/scan/v1");
  EXPECT_EQ(read["cluster"], "lab x");
  EXPECT_EQ(read["coverage"]["cells"], 4512);
  EXPECT_NEAR(read["coverage"]["share"].get<double>(), 0.982, 0.001);
  EXPECT_EQ(read["coverage"]["not_covered"][0]["reason"], "it is not ready x");
  EXPECT_EQ(read["phases"], json::parse(R"([{"name":"sweep","milliseconds":1234}])"));
  EXPECT_EQ(read["gaps"].size(), 1U);
  EXPECT_EQ(read["vantages"].size(), 3U);
  EXPECT_EQ(read["vantages"][0]["stands_for"][0], "shop/bare x[Deployment]");
  EXPECT_EQ(read["targets"].size(), 7U);
  EXPECT_EQ(read["cells"].size(), 21U);
  EXPECT_EQ(read["cells"][0]["verdict"], "leak");
  EXPECT_EQ(read["findings"][0]["severity"], "critical");
}

TEST(Json, NamesEachRuleOnceAndCellsByItsNumber) {
  ScanReport report = MakeReport("x", 7);
  report.cells[3].rules.push_back({DecidingRule::Direction::kEgress, "a/b", "spec", "text"});
  const json read = json::parse(WriteJson(report));
  ASSERT_EQ(read["rules"].size(), 2U);
  EXPECT_EQ(read["rules"][1]["direction"], "egress");
  EXPECT_EQ(read["cells"][3]["rules"], json::parse("[0,1]"));
}

TEST(Json, WritesOneLineACell) {
  const auto lines = [](std::uint32_t namespaces) {
    ScanReport report = MakeReport("x", 40);
    report.cells.resize(namespaces);
    const std::string text = WriteJson(report);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines(110) - lines(10), 100);
}

TEST(Json, HostileNamesParseBackAndNoneOfTheirControlsGetsOut) {
  const std::string text = WriteJson(MakeReport(kHostile, 2));
  EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                          [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7F); }));
  EXPECT_THAT(json::parse(text)["findings"][0]["title"].get<std::string>(),
              ::testing::HasSubstr("<script>alert(1)</script>\x1b[31m\u202Egpj"));
}

TEST(Json, AnEmptyReportWorks) {
  const json read = json::parse(WriteJson({}));
  for (const char* list : {"phases", "gaps", "vantages", "targets", "rules", "cells", "findings"})
    EXPECT_EQ(read.at(list), json::array()) << list;
}

}  // namespace
}  // namespace podreach
