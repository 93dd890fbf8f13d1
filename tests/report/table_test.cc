#include <gmock/gmock.h>

#include "tests/report/reports.h"
#include "tests/report/tables.h"

namespace podreach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Table, OpensWithTheScanTheEnforcerAndTheCoverage) {
  EXPECT_THAT(
      Table(MakeReport("x", 2)),
      StartsWith("podreach scan abc123 of lab x v1.34.4, 2026-01-02T03:04:05Z\n"
                 "enforcer: policies are enforced: denied by silence\n"
                 "coverage: 98.2 % of 4,512 cells probed; 12 of 13 namespaces\n"
                 "          56 of 1,058 pods of 20 of 21 workloads were asked, from 14 of 15 "
                 "vantages\n"
                 "          all 65,535 ports of 5 of 9 target groups; next: shop/a[Pod], "
                 "shop/b[Pod]\n"
                 "verdicts: 1 leak, 0 broken, 0 ungoverned, 5 as-intended, 0 unproven, 0 unknown\n"
                 "  not covered: node2 x: it is not ready x\n"
                 "  not read: pods x: forbidden x\n"));
}

TEST(Table, SaysWhatTheScanWasLimitedToAndThatItWasASample) {
  ScanRecord record = MakeReport("x", 2);
  EXPECT_THAT(Table(record), Not(HasSubstr("limited to")));
  EXPECT_THAT(Table(record), Not(HasSubstr("stands for the others")));
  record.info.scope = "-n shop";
  record.info.enumerated = false;
  EXPECT_THAT(Table(record), HasSubstr("          limited to -n shop\n"));
  EXPECT_THAT(Table(record), HasSubstr("          one pod of each policy class stands for"));
}

TEST(Table, SaysWhereTheScanDidNotEndWell) {
  ScanRecord record = MakeReport("x", 2);
  EXPECT_THAT(Table(record), Not(HasSubstr("INCOMPLETE")));
  EXPECT_THAT(Table(record), Not(HasSubstr("LEFT BEHIND")));
  record.info.incomplete = true;
  record.info.left_behind = true;
  EXPECT_THAT(Table(record), HasSubstr("\nINCOMPLETE: the scan was stopped before its end\n"));
  EXPECT_THAT(Table(record), HasSubstr("\nLEFT BEHIND: "));
}

TEST(Table, OpensWithTheEnforcerThatIgnoresPolicies) {
  ScanRecord record = MakeReport("x", 2);
  record.enforcement = Enforcement::kNotEnforced;
  EXPECT_THAT(Table(record), StartsWith("enforcer: policies are not enforced\n"));
}

TEST(Table, EndsWithTheSummary) {
  const std::string table = Table(MakeReport("x", 2));
  EXPECT_TRUE(table.ends_with("\n1 findings: 1 critical, 0 high, 0 medium, 0 low, 0 info\n"))
      << table;
}

TEST(Table, ShowsTheWorstGlyphUnderItsNamespaceAndNoNodeVantage) {
  const std::string table = Table(MakeReport("x", 2));
  EXPECT_THAT(table, HasSubstr("\n        ns0x  ns1x\nbare x     L     .\ntwin x     .     .\n"));
  EXPECT_THAT(table, Not(HasSubstr("node x")));
}

TEST(Table, WhatNobodyGovernsIsNotHiddenByWhatIsAsIntended) {
  ScanRecord record = MakeReport("x", 2, [](std::uint32_t v, std::uint32_t t) {
    return v == 1 && t == 0 ? kUngovernedCell : kAllowedCell;
  });
  EXPECT_THAT(Table(record), HasSubstr("\nbare x     +     +\ntwin x     o     +\n"));
  EXPECT_THAT(Table(record), HasSubstr("0 leak, 0 broken, 1 ungoverned, 5 as-intended"));
  EXPECT_THAT(Table(record), HasSubstr("o ungoverned"));
}

TEST(Table, WhatWasNotProbedIsNotHiddenByWhatIsAsIntended) {
  ScanRecord record = MakeReport("x", 2);
  // Another port of the first namespace.
  record.places.insert(record.places.begin() + 1, record.places[0]);
  record.targets = {{.place = PlaceId{0}, .port = *Port::From(5432)},
                    {.place = PlaceId{1}, .port = *Port::From(5433)},
                    {.place = PlaceId{2}, .port = *Port::From(5432)}};
  FillRows(record, [](std::uint32_t v, std::uint32_t t) {
    if (v == 1 && t == 1) return kNotProbedCell;
    return OneLeak(v, t);
  });
  EXPECT_THAT(Table(record), HasSubstr("\nbare x     L     .\ntwin x     -     .\n"));
}

TEST(Table, NumbersColumnsThatDoNotFitAndLosesNone) {
  const std::string table = Table(MakeReport("x", 80));
  ExpectNarrow(table);
  for (int i = 0; i < 80; ++i) EXPECT_THAT(table, HasSubstr(" ns" + std::to_string(i) + "x"));
  EXPECT_THAT(table, HasSubstr(" 80"));
  EXPECT_THAT(table, Not(HasSubstr("columns more")));
}

// Of more columns than a person reads those in which something is wrong are shown, and the table
// says how many there are beside them.
TEST(Table, SaysHowManyRowsAndColumnsItLeavesOut) {
  ScanRecord record = MakeReport("x", 150, [](std::uint32_t v, std::uint32_t t) {
    return v == 1 && (t == 7 || t == 149) ? kLeakCell : kDeniedCell;
  });
  const std::string table = Table(record);
  ExpectNarrow(table);
  EXPECT_THAT(table, HasSubstr("\n        ns149x  ns7x\ntwin x       L     L\n"));
  EXPECT_THAT(table, HasSubstr("1 rows and 148 columns more"));
}

TEST(Table, SaysSoWhereNothingIsWrongInAnyOfManyColumns) {
  const std::string table =
      Table(MakeReport("x", 150, [](std::uint32_t, std::uint32_t) { return kDeniedCell; }));
  EXPECT_THAT(table, HasSubstr("MATRIX"));
  EXPECT_THAT(table, HasSubstr("nothing is wrong in its 2 rows and 150 columns"));
}

TEST(Table, KeepsToAHundredColumnsWhateverTheNames) {
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\u6F22\u5B57\U0001F600";
  for (const std::string& name :
       {std::string(300, 'n'), wide, "caf\u00E9 " + std::string(130, 'e') + " end", kHostile}) {
    for (const std::uint32_t namespaces : {1U, 12U, 60U}) {
      ExpectNarrow(Table(MakeReport(name, namespaces)));
      ExpectNarrow(Table(MakeReport(name, namespaces), Colour::kOn));
    }
  }
}

TEST(Table, CleansWhateverTextARecordHas) {
  ScanRecord record = MakeReport(kHostile, 3);
  for (std::string* text :
       {&record.info.scan_id, &record.info.started, &record.info.scope, &record.info.server_version,
        &record.info.phases[0].first, &record.coverage.swept_next[0], &record.findings[0].remedy})
    *text = kHostile;
  record.coverage.missing.push_back({kHostile, kHostile, kHostile});
  ExpectNarrow(Table(record));
}

TEST(Table, ColourIsOptional) {
  EXPECT_THAT(Table(MakeReport(kHostile, 3)), Not(HasSubstr("\x1b")));
  EXPECT_EQ(Uncoloured(Table(MakeReport("x", 3), Colour::kOn)), Table(MakeReport("x", 3)));
  EXPECT_THAT(Table(MakeReport("x", 3), Colour::kOn), HasSubstr("\x1b[31mL\x1b[0m"));
}

TEST(Table, AnEmptyReportWorks) { EXPECT_THAT(Table({}), HasSubstr("coverage: 0.0 % of 0 cells")); }

TEST(Text, WrapKeepsEveryWord) {
  EXPECT_EQ(Wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(Wrap("abcdefgh", 3), (std::vector<std::string>{"abc", "def", "gh"}));
  EXPECT_EQ(Wrap("", 3), std::vector<std::string>{""});
  EXPECT_EQ(Wrap("\u6F22\u5B57", 1), (std::vector<std::string>{"\u6F22", "\u5B57"}));
}

}  // namespace
}  // namespace podreach
