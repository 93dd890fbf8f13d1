#include <gmock/gmock.h>

#include <regex>

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
  const std::string page = Page(MakeReport("x", 2));
  EXPECT_EQ(Between(page, "script-src '", "'"),
            "sha256-" + Sha256Base64(Between(page, "<script>", "</script>")));
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'; "));
}

TEST(Html, LoadsNothing) {
  const std::string page = Page(MakeReport("http://example.com/ src=x", 3));
  EXPECT_FALSE(std::regex_search(page, std::regex("<[^>]*\\s(src|href|action)\\s*=\\s*[\"']")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
}

TEST(Html, EscapesHostileNamesEverywhere) {
  ScanRecord record = MakeReport(kHostile, 2);
  for (std::string* text :
       {&record.info.scan_id, &record.info.started, &record.info.server_version, &record.info.scope,
        &record.info.phases[0].first, &record.findings[0].references[0],
        &record.coverage.swept_next[0], &record.coverage.missing[0].why})
    *text = kHostile;
  const std::string page = Page(record);
  EXPECT_EQ(Count(page, "<script"), 1U);
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, Not(HasSubstr("\u202E")));
  EXPECT_THAT(page, Not(HasSubstr("\u2066")));
  EXPECT_THAT(page, Not(HasSubstr("gpj\"")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;[31mgpj&quot;&#39;&amp;??"));
}

TEST(Html, ShowsCoverageFindingsAndTheWorstGlyphOfEachWorkload) {
  const std::string page = Page(MakeReport("x", 2));
  EXPECT_THAT(page, HasSubstr("coverage: 98.2 % of 4,512 cells probed; 12 of 13 namespaces"));
  EXPECT_EQ(Count(page, "<div class=\"finding "), 1U);
  EXPECT_THAT(page, HasSubstr("<td class=\"m0\" title=\"bare x to ns0x/db[StatefulSet]: 1 leak; "
                              "10.0.0.1:5432/TCP is open\">L</td>"));
  EXPECT_EQ(Count(page, "<details class=\"group\" open>"), 1U);
  EXPECT_EQ(Count(page, "<td "), 4U);
}

TEST(Html, TellsWhatNobodyGovernsFromWhatIsAsIntended) {
  const std::string page = Page(MakeReport("x", 2, [](std::uint32_t v, std::uint32_t t) {
    return v == 0 && t == 0 ? kUngovernedCell : kAllowedCell;
  }));
  EXPECT_THAT(page, HasSubstr("<td class=\"m5\" title=\"bare x to ns0x/db[StatefulSet]: "
                              "1 ungoverned; 10.0.0.1:5432/TCP is open\">o</td>"));
  EXPECT_EQ(Count(page, "<td class=\"m7\""), 3U);
  EXPECT_THAT(page, HasSubstr("1 ungoverned, 5 as-intended"));
}

TEST(Html, SoundsTheAlarmWherePoliciesAreIgnoredOrTheScanWasCut) {
  ScanRecord record = MakeReport("x", 2);
  EXPECT_EQ(Count(Page(record), "class=\"banner alarm\""), 0U);
  record.info.incomplete = true;
  EXPECT_EQ(Count(Page(record), "class=\"banner alarm\""), 1U);
  record.info.incomplete = false;
  record.enforcement = Enforcement::kNotEnforced;
  EXPECT_EQ(Count(Page(record), "class=\"banner alarm\""), 1U);
}

TEST(Html, SaysThatSomethingWasLeftBehind) {
  ScanRecord record = MakeReport("x", 2);
  record.info.left_behind = true;
  EXPECT_THAT(Page(record), HasSubstr("podreach clean"));
}

TEST(Html, AnEmptyReportWorks) { EXPECT_THAT(Page({}), HasSubstr("</html>")); }

}  // namespace
}  // namespace podreach
