#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/record/records.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using Runs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // kind, count

std::optional<Runs> Read(const std::string& text) {
  Runs runs;
  const CellRuns cells(text);
  const bool sound = cells.ForEach(
      [&](std::uint32_t kind, std::uint32_t count) { runs.emplace_back(kind, count); });
  return sound ? std::optional(runs) : std::nullopt;
}

struct RunsCase {
  Runs runs;
  const char* text;
};

class CellRunsTest : public testing::TestWithParam<RunsCase> {};

TEST_P(CellRunsTest, AreWrittenAndReadBack) {
  CellRuns cells;
  for (const auto& [kind, count] : GetParam().runs) {
    for (std::uint32_t i = 0; i < count; ++i) cells.Add(kind);
  }
  EXPECT_EQ(cells.text(), GetParam().text);
  EXPECT_EQ(Read(cells.text()), GetParam().runs);
  EXPECT_EQ(cells, CellRuns(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    All, CellRunsTest,
    testing::Values(RunsCase{{}, ""}, RunsCase{{{0, 1}}, "A"}, RunsCase{{{0, 2}}, "A2"},
                    RunsCase{{{0, 120}, {1, 1}}, "A120B"},
                    RunsCase{{{0, 1}, {1, 1}, {0, 1}}, "ABA"},
                    RunsCase{{{25, 3}, {26, 1}, {51, 9}}, "Z3az9"}, RunsCase{{{52, 1}}, "(52)"},
                    RunsCase{{{52, 3}, {51, 1}}, "(52)3z"},
                    RunsCase{{{1000, 2}, {1001, 1}, {0, 10}}, "(1000)2(1001)A10"}));

TEST(CellRunsTest, MayBeAddedToAfterTheirTextWasRead) {
  CellRuns cells;
  cells.Add(1);
  cells.Add(1);
  EXPECT_EQ(cells.text(), "B2");
  cells.Add(2);
  cells.Add(1);
  Runs runs;
  EXPECT_TRUE(cells.ForEach([&](auto kind, auto count) { runs.emplace_back(kind, count); }));
  EXPECT_EQ(runs, (Runs{{1, 2}, {2, 1}, {1, 1}}));
}

TEST(CellRunsTest, HoldTheLargestNumbers) {
  EXPECT_EQ(Read("A4294967295"), (Runs{{0, 4'294'967'295U}}));
  EXPECT_EQ(Read("(4294967295)2"), (Runs{{4'294'967'295U, 2}}));
}

TEST(CellRunsTest, RefuseMalformedTexts) {
  for (const char* text :
       {"5",    "5A",   "A0",  "AB0",          "A4294967296", "A99999999999999999999",
        "(",    "()",   "(52", "(52)0",        "(-1)",        "(+1)",
        "( 1)", "(1 )", "(A)", "(4294967296)", ")",           "A-1",
        "A+1",  "A 1",  " A",  "A ",           "A,B",         "\x80",
        "[0]",  "A1.5", "A\n"})
    EXPECT_EQ(Read(text), std::nullopt) << text;
}

TEST(CellRunsTest, RefuseAZeroByte) { EXPECT_EQ(Read(std::string("A\0B", 3)), std::nullopt); }

/// "vantage target kind evidence", numbers; "-" where there is no evidence.
std::vector<std::string> Cells(const ScanRecord& record, std::optional<VantageId> vantage = {}) {
  std::vector<std::string> cells;
  const auto take = [&](const RecordedCell& cell) {
    cells.push_back(
        std::to_string(Index(cell.vantage)) + " " + std::to_string(Index(cell.target)) + " " +
        std::to_string(cell.kind - record.kinds.data()) + " " +
        (cell.evidence == nullptr ? "-" : std::to_string(cell.evidence - record.evidence.data())));
  };
  vantage ? ForEachCell(record, *vantage, take) : ForEachCell(record, take);
  return cells;
}

TEST(ForEachCellTest, GivesTheCellsOfARowWithTheirEvidence) {
  const ScanRecord record = RichRecord();
  EXPECT_THAT(Cells(record, VantageId{0}), ElementsAre("0 0 0 0", "0 1 0 0", "0 2 1 1", "0 4 3 -"));
  EXPECT_THAT(Cells(record, VantageId{2}), ElementsAre("2 3 3 -", "2 0 0 0"));
  EXPECT_THAT(Cells(record, VantageId{3}), ElementsAre());  // it has no row
}

TEST(ForEachCellTest, GivesVantageByVantage) {
  const auto cells = Cells(RichRecord());
  ASSERT_EQ(cells.size(), 10U);
  EXPECT_EQ(cells[3], "0 4 3 -");
  EXPECT_EQ(cells[4], "1 0 2 -");
  EXPECT_EQ(cells[9], "2 0 0 0");
}

TEST(ForEachCellTest, EvidenceMayBeginLateAndHaveGaps) {
  ScanRecord record = RichRecord();
  record.asks = {{}};
  for (std::uint32_t i = 0; i < 10; ++i) record.asks[0].push_back(TargetId{i % 5});
  record.vantages = {MakeVantage(
      VantageKind::kBare, "bank", "bank (bare)",
      RecordedRow{
          .ask = 0, .cells = CellRuns("A10"), .evidence = {{2, 1, 1}, {3, 2, 0}, {8, 1, 1}}})};
  std::string shown;
  ForEachCell(record, [&](const RecordedCell& cell) {
    shown +=
        cell.evidence == nullptr ? "-" : std::to_string(cell.evidence - record.evidence.data());
  });
  EXPECT_EQ(shown, "--100---1-");
}

TEST(CountVerdictsTest, CountsTheCellsOfEveryRow) {
  const auto counts = CountVerdicts(RichRecord());
  std::array<std::uint64_t, 6> expected{};
  expected[static_cast<std::size_t>(Verdict::kLeak)] = 3;
  expected[static_cast<std::size_t>(Verdict::kBroken)] = 1;
  expected[static_cast<std::size_t>(Verdict::kUnproven)] = 4;
  expected[static_cast<std::size_t>(Verdict::kUnknown)] = 2;
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(CountVerdicts({}), (std::array<std::uint64_t, 6>{}));
}

TEST(CountVerdictsTest, CountsMoreCellsThanFitIntoAWord) {
  ScanRecord record;
  record.kinds = {{.verdict = Verdict::kUngoverned}};
  record.vantages = {
      MakeVantage(VantageKind::kBare, "bank", "bank (bare)",
                  RecordedRow{.ask = 0, .cells = CellRuns("A4294967295A2"), .evidence = {}})};
  EXPECT_EQ(CountVerdicts(record)[static_cast<std::size_t>(Verdict::kUngoverned)], 4'294'967'297U);
}

}  // namespace
}  // namespace podreach
