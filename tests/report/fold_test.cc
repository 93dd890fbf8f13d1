#include "report/fold.h"

#include <gmock/gmock.h>

#include "tests/report/reports.h"

namespace podreach {
namespace {

using ::testing::ElementsAre;

TEST(Fold, SaysAllOfAllAlone) {
  EXPECT_EQ(Percent({100000, 99999}), "99.9 %");
  EXPECT_EQ(Percent({100000, 100000}), "100.0 %");
  EXPECT_EQ(Percent({3, 0}), "0.0 %");
  EXPECT_EQ(Percent({0, 0}), "0.0 %");
}

struct MarkCase {
  Verdict verdict;
  Expectation expectation;
  Outcome outcome;
  Mark mark;
  char glyph;
};

TEST(Fold, EveryVerdictHasItsMark) {
  using enum Verdict;
  for (const MarkCase& of :
       {MarkCase{kLeak, Expectation::kDeny, Outcome::kOpen, Mark::kLeak, 'L'},
        MarkCase{kLeak, Expectation::kDeny, Outcome::kClosed, Mark::kLeak, 'L'},
        MarkCase{kBroken, Expectation::kAllow, Outcome::kFiltered, Mark::kBroken, 'B'},
        MarkCase{kUnproven, Expectation::kDeny, Outcome::kFiltered, Mark::kUnproven, '?'},
        MarkCase{kUnknown, Expectation::kDeny, Outcome::kNotProbed, Mark::kNotProbed, '-'},
        MarkCase{kUnknown, Expectation::kUnknown, Outcome::kNotProbed, Mark::kNotProbed, '-'},
        MarkCase{kUnknown, Expectation::kUnknown, Outcome::kOpen, Mark::kUnknown, 'u'},
        MarkCase{kUnknown, Expectation::kDeny, Outcome::kUnreachable, Mark::kUnknown, 'u'},
        MarkCase{kUngoverned, Expectation::kAllow, Outcome::kOpen, Mark::kUngoverned, 'o'},
        MarkCase{kAsIntended, Expectation::kDeny, Outcome::kFiltered, Mark::kDenied, '.'},
        MarkCase{kAsIntended, Expectation::kAllow, Outcome::kOpen, Mark::kAllowed, '+'}}) {
    const CellKind kind{
        .expectation = of.expectation, .outcome = of.outcome, .verdict = of.verdict};
    EXPECT_EQ(MarkOf(kind), of.mark) << of.glyph;
    EXPECT_EQ(Glyph(of.mark), of.glyph);
  }
}

TEST(Fold, ColumnsAreNamespacesFirstAndThenWhatIsInNone) {
  ScanRecord record = MakeReport("x", 1);
  for (const TargetKind kind :
       {TargetKind::kExternal, TargetKind::kMetadata, TargetKind::kControlPlane, TargetKind::kNode,
        TargetKind::kNodePort, TargetKind::kHostNetworkPod, TargetKind::kService}) {
    record.targets.push_back({.place = PlaceId{static_cast<std::uint32_t>(record.places.size())},
                              .port = *Port::From(80)});
    record.places.push_back({.kind = kind, .ns = "a", .workload = "w"});
  }
  FillRows(record, OneLeak);
  std::vector<std::string> groups;
  for (const auto& column : Fold(record, FoldBy::kGroup, 80).columns) groups.push_back(column.name);
  EXPECT_THAT(groups,
              ElementsAre("a", "ns0x", "(control plane)", "(metadata)", "(nodes)", "(outside)"));
}

// Whatever folds: a cell is counted once, and in its own column.
TEST(Fold, CountsEveryCellOnce) {
  const ScanRecord record = MakeReport("x", 5, [](std::uint32_t v, std::uint32_t t) {
    return (v + t) % static_cast<std::uint32_t>(MakeKinds().size());
  });
  for (const FoldBy by : {FoldBy::kGroup, FoldBy::kWorkload}) {
    const FoldedMatrix folded = Fold(record, by, 80);
    ASSERT_EQ(folded.rows.size(), 2U);
    ASSERT_EQ(folded.columns.size(), 5U);
    std::uint32_t count = 0;
    for (std::uint32_t r = 0; r < 2; ++r) {
      for (std::uint32_t c = 0; c < 5; ++c) {
        const Mark mark = MarkOf(record.kinds[(r + c) % record.kinds.size()]);
        EXPECT_EQ(folded.At(r, c).worst, mark);
        EXPECT_EQ(folded.At(r, c).counts.at(static_cast<std::size_t>(mark)), 1U);
        ++count;
      }
    }
    EXPECT_EQ(count, 10U);
  }
}

TEST(Fold, WhereThereAreManyVantagesRowsAreNamespaces) {
  ScanRecord record = MakeLargeReport("x", 4, OneLeak);
  record.vantages.push_back(record.vantages[0]);  // another of the first namespace
  FillRows(record, [](std::uint32_t v, std::uint32_t) { return v == 4 ? kLeakCell : kDeniedCell; });
  const FoldedMatrix folded = Fold(record, FoldBy::kGroup, 4);
  ASSERT_THAT(folded.rows, ElementsAre("ns0x", "ns1x", "ns2x", "ns3x"));
  EXPECT_EQ(folded.At(0, 0).worst, Mark::kLeak);
  EXPECT_EQ(folded.At(0, 0).counts.at(static_cast<std::size_t>(Mark::kDenied)), 1U);
  EXPECT_EQ(folded.At(1, 0).worst, Mark::kDenied);
}

TEST(Fold, ManyThingsThatAreNotCoveredForOneReasonAreOneLine) {
  Coverage coverage;
  for (int i = 0; i < 3; ++i) coverage.missing.push_back({"few" + std::to_string(i), "first", ""});
  for (int i = 0; i < 1500; ++i)
    coverage.missing.push_back({"many" + std::to_string(i), "second", ""});
  EXPECT_THAT(NotCoveredLines(coverage), ElementsAre("few0: first", "few1: first", "few2: first",
                                                     "many0, many1, many2 and 1,497 more: second"));
}

}  // namespace
}  // namespace podreach
