#include <gmock/gmock.h>

#include <regex>
#include <sstream>

#include "report/text.h"
#include "tests/report/reports.h"

namespace podreach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Uncoloured(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9]+m"), "");
}

void ExpectNarrow(const std::string& table) {
  std::istringstream lines(Uncoloured(table));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(Columns(line), 100U) << line;
    EXPECT_EQ(Plain(line), line);
  }
}

TEST(Table, OpensWithTheScanTheEnforcerAndTheCoverage) {
  EXPECT_THAT(WriteTable(MakeReport("x", 2), Colour::kOff),
              StartsWith("podreach scan abc123 of lab x v1.34.4, 2026-01-02T03:04:05Z\n"
                         "enforcer: policies are enforced: denied by silence\n"
                         "coverage: 98.2 % of 4,512 cells probed; 12 of 13 namespaces\n"
                         "verdicts: 1 leak, 0 broken, 5 as-intended, 0 unproven, 0 unknown\n"
                         "  not covered: node2 x: it is not ready x\n"
                         "  not read: pods x: forbidden x\n"));
}

TEST(Table, OpensWithTheEnforcerThatIgnoresPolicies) {
  ScanReport report = MakeReport("x", 2);
  report.enforcer = "policies are not enforced";
  EXPECT_THAT(WriteTable(report, Colour::kOff),
              StartsWith("enforcer: policies are not enforced\n"));
}

TEST(Table, EndsWithTheSummary) {
  const std::string table = WriteTable(MakeReport("x", 2), Colour::kOff);
  EXPECT_TRUE(table.ends_with("\n1 findings: 1 critical, 0 high, 0 medium, 0 low, 0 info\n"))
      << table;
}

TEST(Table, ShowsTheWorstGlyphUnderItsNamespaceAndNoNodeVantage) {
  const std::string table = WriteTable(MakeReport("x", 2), Colour::kOff);
  EXPECT_THAT(table, HasSubstr("\n        ns0x  ns1x\nbare x     L     .\ntwin x     .     .\n"));
  EXPECT_THAT(table, Not(HasSubstr("node x")));
}

TEST(Table, WhatWasNotProbedIsNotHiddenByWhatIsAsIntended) {
  ScanReport report = MakeReport("x", 2);
  JudgedCell cell = MakeCell(1, 0, Verdict::kUnknown);
  cell.outcome = Outcome::kNotProbed;
  report.cells.push_back(cell);
  EXPECT_THAT(WriteTable(report, Colour::kOff), HasSubstr("\ntwin x     -     .\n"));
}

TEST(Table, NumbersColumnsThatDoNotFitAndLosesNone) {
  const std::string table = WriteTable(MakeReport("x", 150), Colour::kOff);
  ExpectNarrow(table);
  for (int i = 0; i < 150; ++i) EXPECT_THAT(table, HasSubstr(" ns" + std::to_string(i) + "x"));
  EXPECT_THAT(table, HasSubstr(" 150"));
}

TEST(Table, KeepsToAHundredColumnsWhateverTheNames) {
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\u6F22\u5B57\U0001F600";
  for (const std::string& name :
       {std::string(300, 'n'), wide, "caf\u00E9 " + std::string(130, 'e') + " end", kHostile}) {
    for (const std::uint32_t namespaces : {1U, 12U, 60U}) {
      ExpectNarrow(WriteTable(MakeReport(name, namespaces), Colour::kOff));
      ExpectNarrow(WriteTable(MakeReport(name, namespaces), Colour::kOn));
    }
  }
}

TEST(Table, ColourIsOptional) {
  EXPECT_THAT(WriteTable(MakeReport(kHostile, 3), Colour::kOff), Not(HasSubstr("\x1b")));
  EXPECT_EQ(Uncoloured(WriteTable(MakeReport("x", 3), Colour::kOn)),
            WriteTable(MakeReport("x", 3), Colour::kOff));
}

TEST(Table, AnEmptyReportWorks) {
  EXPECT_THAT(WriteTable({}, Colour::kOff), HasSubstr("coverage: 0.0 % of 0 cells"));
}

TEST(Text, WrapKeepsEveryWord) {
  EXPECT_EQ(Wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(Wrap("abcdefgh", 3), (std::vector<std::string>{"abc", "def", "gh"}));
  EXPECT_EQ(Wrap("", 3), std::vector<std::string>{""});
  EXPECT_EQ(Wrap("\u6F22\u5B57", 1), (std::vector<std::string>{"\u6F22", "\u5B57"}));
}

}  // namespace
}  // namespace podreach
