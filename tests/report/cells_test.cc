#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "report/text.h"
#include "tests/report/reports.h"

namespace podreach {
namespace {

using nlohmann::json;

std::vector<json> Lines(const ScanRecord& record) {
  std::vector<json> lines;
  std::istringstream text(CellLines(record));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(Cells, AreOneLineEach) {
  const auto lines = Lines(MakeReport("x", 7));
  ASSERT_EQ(lines.size(), 21U);
  EXPECT_EQ(lines[0]["verdict"], "leak");
  EXPECT_EQ(lines[1]["verdict"], "as-intended");
  EXPECT_EQ(lines[20]["vantage"], "node x");
}

TEST(Cells, SayWhoAskedWhatAndWhatCameOfIt) {
  ScanRecord record = MakeReport("x", 2);
  record.targets[0].service = "PostgreSQL";
  record.controls = {{TargetId{0}, VantageId{2}}};
  record.rules = {{RecordedRule::Direction::kIngress, "shop/deny", "spec", "isolated", "f.yaml:1"}};
  record.evidence = {
      {.icmp = IcmpError{*IpAddress::Parse("fd00::1"), 3, 13}, .error_number = 113, .rules = {0}}};
  record.vantages[0].row->evidence = {{0, 1, 0}};
  const auto lines = Lines(record);
  EXPECT_EQ(lines[0], json::parse(R"({
    "vantage": "bare x", "vantage_kind": "bare",
    "target": "ns0x/db-0", "target_kind": "pod", "workload": "ns0x/db[StatefulSet]",
    "address": "10.0.0.1", "port": 5432, "protocol": "TCP",
    "expectation": "deny", "basis": "isolation",
    "outcome": "open", "seen": "open", "verdict": "leak", "reason": "none",
    "because": "ICMP type 3 code 13 from fd00::1", "control": "node x",
    "evidence": {"icmp": {"from": "fd00::1", "type": 3, "code": 13}, "errno": 113,
                 "rules": [{"policy": "shop/deny", "field": "spec", "text": "isolated"}]}})"));
  EXPECT_EQ(lines[1], json::parse(R"({
    "vantage": "bare x", "vantage_kind": "bare",
    "target": "ns1x/db-0", "target_kind": "pod", "workload": "ns1x/db[StatefulSet]",
    "address": "10.0.0.1", "port": 5432, "protocol": "TCP",
    "expectation": "deny", "basis": "isolation",
    "outcome": "filtered", "seen": "filtered", "verdict": "as-intended",
    "reason": "control-reaches", "because": "silence, and another vantage reaches it"})"));
}

TEST(Cells, SayWhyThereIsNoObservationAndWhatIsUnsure) {
  ScanRecord record =
      MakeReport("x", 1, [](std::uint32_t, std::uint32_t) { return kNotProbedCell; });
  record.vantages[0].fault = "the pod was deleted";
  record.kinds.push_back({.outcome = Outcome::kFiltered,
                          .seen = Outcome::kFiltered,
                          .unsure = true,
                          .verdict = Verdict::kUnproven,
                          .reason = Reason::kLossy});
  record.vantages[1].row->cells = CellRuns("F");
  const auto lines = Lines(record);
  EXPECT_EQ(lines[0]["not_probed"], "no-report");
  EXPECT_EQ(lines[0]["because"], "the pod was deleted");
  EXPECT_FALSE(lines[0].contains("unsure"));
  EXPECT_EQ(lines[1]["unsure"], true);
  EXPECT_FALSE(lines[1].contains("not_probed"));
}

TEST(Cells, HostileNamesParseBackAndNoneOfTheirControlsGetsOut) {
  ScanRecord record = MakeReport(kHostile, 2);
  record.rules = {{RecordedRule::Direction::kEgress, kHostile, kHostile, kHostile, kHostile}};
  record.evidence = {{.rules = {0}}};
  record.vantages[0].row->evidence = {{0, 2, 0}};
  std::istringstream text(CellLines(record));
  for (std::string line; std::getline(text, line);)
    EXPECT_TRUE(Plain(line) == line) << line.substr(0, 60);
  EXPECT_THAT(Lines(record)[0]["vantage"].get<std::string>(),
              ::testing::HasSubstr("<script>alert(1)</script>"));
}

TEST(Cells, AnEmptyReportWorks) { EXPECT_EQ(CellLines({}), ""); }

}  // namespace
}  // namespace podreach
