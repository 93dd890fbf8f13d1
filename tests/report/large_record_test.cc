// A report stays as long as a person can read, however large the cluster is.

#include <gmock/gmock.h>

#include "tests/report/reports.h"
#include "tests/report/tables.h"

namespace podreach {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kNamespaces = 600;

std::uint32_t Everything(std::uint32_t, std::uint32_t) { return kLeakCell; }
std::uint32_t OneInSeven(std::uint32_t vantage, std::uint32_t target) {
  return vantage % 7 == 0 && target % 7 == 0 ? kLeakCell : kDeniedCell;
}
std::uint32_t Nothing(std::uint32_t, std::uint32_t) { return kAllowedCell; }

TEST(LargeRecord, TheTableStaysNarrowAndBounded) {
  for (const KindAt& kind_at : {KindAt(Everything), KindAt(OneInSeven), KindAt(Nothing)}) {
    const std::string table = Table(MakeLargeReport("", kNamespaces, kind_at));
    ExpectNarrow(table);
    EXPECT_LE(table.size(), 40'000U);
  }
  // Once as much is wrong as is shown, more of it makes the table no larger.
  for (const KindAt& kind_at : {KindAt(Everything), KindAt(Nothing)}) {
    const std::string table = Table(MakeLargeReport("", kNamespaces, kind_at));
    EXPECT_LE(table.size(), Table(MakeLargeReport("", kNamespaces / 2, kind_at)).size() * 11 / 10);
  }
}

TEST(LargeRecord, TheTableSaysHowMuchItLeavesOut) {
  const std::string table = Table(MakeLargeReport("", kNamespaces, Everything));
  EXPECT_THAT(table, HasSubstr("520 rows and 520 columns more"));
  EXPECT_THAT(table, HasSubstr("360,000 leak"));
}

TEST(LargeRecord, ThePageStaysBounded) {
  for (const KindAt& kind_at : {KindAt(Everything), KindAt(OneInSeven), KindAt(Nothing)}) {
    const std::size_t size = Page(MakeLargeReport("", kNamespaces, kind_at)).size();
    EXPECT_LE(size, 6'000'000U);
  }
  for (const KindAt& kind_at : {KindAt(Everything), KindAt(Nothing)}) {
    const std::size_t size = Page(MakeLargeReport("", kNamespaces, kind_at)).size();
    EXPECT_LE(size, Page(MakeLargeReport("", kNamespaces / 2, kind_at)).size() * 11 / 10);
  }
}

TEST(LargeRecord, NotCoveredThingsOfOneReasonAreALine) {
  ScanRecord record = MakeReport("x", 2);
  for (int i = 0; i < 5000; ++i)
    record.coverage.missing.push_back({"class " + std::to_string(i), "no probe fits", "identity"});
  const std::string table = Table(record);
  ExpectNarrow(table);
  EXPECT_THAT(table, HasSubstr("class 0, class 1, class 2 and 4,997 more: no probe fits"));
  EXPECT_LE(table.size(), 4'000U);
}

}  // namespace
}  // namespace podreach
