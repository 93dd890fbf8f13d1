#include <gmock/gmock.h>

#include <regex>

#include "report/fold.h"
#include "tests/report/reports.h"
#include "tests/report/sha256.h"

namespace podreach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t start = text.find(from);
  if (start == std::string::npos) return {};
  const std::size_t after = start + from.size();
  return text.substr(after, text.find(to, after) - after);
}

std::size_t Count(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

TEST(Html, ThePolicyAllowsTheScriptByItsHashAndNothingElse) {
  const std::string page = WriteHtml(MakeReport("x", 2));
  EXPECT_EQ(Between(page, "script-src '", "'"),
            "sha256-" + Sha256Base64(Between(page, "<script>", "</script>")));
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'; "));
}

TEST(Html, LoadsNothing) {
  const std::string page = WriteHtml(MakeReport("http://example.com/ src=x", 3));
  EXPECT_FALSE(std::regex_search(page, std::regex("<[^>]*\\s(src|href|action)\\s*=\\s*[\"']")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
}

TEST(Html, EscapesHostileNamesEverywhere) {
  ScanReport report = MakeReport(kHostile, 2);
  for (std::string* text :
       {&report.enforcer, &report.scan_id, &report.started, &report.server_version,
        &report.phases[0].first, &report.findings[0].references[0]})
    *text = kHostile;
  const std::string page = WriteHtml(report);
  EXPECT_EQ(Count(page, "<script"), 1U);
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, Not(HasSubstr("\u202E")));
  EXPECT_THAT(page, Not(HasSubstr("\u2066")));
  EXPECT_THAT(page, Not(HasSubstr("gpj\"")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;[31mgpj&quot;&#39;&amp;??"));
}

TEST(Html, ShowsCoverageFindingsAndTheWorstGlyphOfEachWorkload) {
  const std::string page = WriteHtml(MakeReport("x", 2));
  EXPECT_THAT(page, HasSubstr("coverage: 98.2 % of 4,512 cells probed; 12 of 13 namespaces"));
  EXPECT_EQ(Count(page, "<div class=\"finding "), 1U);
  EXPECT_THAT(page, HasSubstr("<td class=\"m0\" title=\"bare x to ns0x/db[StatefulSet]: 1 leak; "
                              "10.0.0.1:5432/TCP is open\">L</td>"));
  EXPECT_EQ(Count(page, "<details class=\"group\" open>"), 1U);
  EXPECT_EQ(Count(page, "<td "), 4U);
}

TEST(Html, AnEmptyReportWorks) { EXPECT_THAT(WriteHtml({}), HasSubstr("</html>")); }

TEST(Fold, LeavesOutCellsThatThePlanDoesNotHave) {
  ScanReport report = MakeReport("x", 2);
  report.cells.push_back(MakeCell(0, 99, Verdict::kLeak));
  report.cells.push_back(MakeCell(99, 0, Verdict::kLeak));
  EXPECT_EQ(Fold(report, FoldBy::kWorkload).cells.size(), 4U);
}

TEST(Fold, SaysAllOfAllAlone) {
  EXPECT_EQ(Share({100000, 99999, 0, 0, {}}), "99.9 %");
  EXPECT_EQ(Share({100000, 100000, 0, 0, {}}), "100.0 %");
}

}  // namespace
}  // namespace podreach
