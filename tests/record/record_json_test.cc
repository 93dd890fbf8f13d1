#include "podreach/record/record_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "podreach/base/text.h"
#include "tests/record/records.h"

namespace podreach {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string Write(const ScanRecord& record) {
  std::ostringstream out;
  WriteRecord(record, out);
  return out.str();
}

TEST(RecordJsonTest, ARecordIsReadBackAsItWas) {
  for (const std::string& text : {std::string("x"), kHostileText, std::string(5000, 'y')}) {
    const ScanRecord record = RichRecord(text);
    const auto read = ReadRecord(Write(record));
    ASSERT_TRUE(read) << read.error().ToString();
    EXPECT_EQ(read->info, record.info);
    EXPECT_EQ(read->coverage, record.coverage);
    EXPECT_EQ(read->places, record.places);
    EXPECT_EQ(read->targets, record.targets);
    EXPECT_EQ(read->vantages, record.vantages);
    EXPECT_EQ(*read, record);
    EXPECT_EQ(Write(*read), Write(record));
  }
}

TEST(RecordJsonTest, AnEmptyRecordIsReadBackAsItWas) {
  const auto read = ReadRecord(Write({}));
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(*read, ScanRecord());
}

TEST(RecordJsonTest, EveryWordOfEveryEnumIsReadBack) {
  ScanRecord record;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    for (std::size_t r = 0; r < kReasons; ++r) {
      record.kinds.push_back({.expectation = static_cast<Expectation>(r % 3),
                              .basis = static_cast<Basis>(r % 6),
                              .outcome = static_cast<Outcome>(i),
                              .seen = static_cast<Outcome>((i + 1) % kOutcomes),
                              .unsure = r % 2 == 0,
                              .why = static_cast<NotProbed>(r % 5),
                              .verdict = static_cast<Verdict>(r % 6),
                              .reason = static_cast<Reason>(r)});
    }
  }
  for (std::size_t i = 0; i < 10; ++i)
    record.places.push_back({.kind = static_cast<TargetKind>(i)});
  for (std::size_t i = 0; i < 5; ++i)
    record.vantages.push_back(MakeVantage(static_cast<VantageKind>(i), "", ""));
  for (std::size_t i = 0; i < 13; ++i) {
    record.findings.push_back({.kind = static_cast<FindingKind>(i),
                               .id = "",
                               .severity = kSeverities[i % kSeverities.size()],
                               .title = ""});
  }
  for (std::size_t i = 0; i < 5; ++i) {
    record.enforcement = static_cast<Enforcement>(i);
    const auto read = ReadRecord(Write(record));
    ASSERT_TRUE(read) << read.error().ToString();
    EXPECT_EQ(*read, record) << i;
  }
}

TEST(RecordJsonTest, BytesThatAreNoTextBecomeReplacements) {
  ScanRecord record = RichRecord("bad \x9b\xff end");
  const auto read = ReadRecord(Write(record));
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->info.cluster, "lab " + ScrubUtf8("bad \x9b\xff end"));
  EXPECT_EQ(Write(*read), Write(record));
}

// What a stranger wrote never reaches the terminal of somebody who looks at the file.
TEST(RecordJsonTest, NoControlOfAHostileNameGetsOut) {
  std::istringstream lines(Write(RichRecord(kHostileText)));
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(CleanText(line, line.size() + 1) == line) << line.substr(0, 60);
}

TEST(RecordJsonTest, HoldsWhatPeopleLookFor) {
  const json read = json::parse(Write(RichRecord()));
  EXPECT_EQ(read["schema"], "podreach.io/scan/v2");
  EXPECT_EQ(read["scan"]["cluster"], "lab x");
  EXPECT_EQ(read["scan"]["phases"][0], json::parse(R"({"name":"sweep x","milliseconds":1234})"));
  EXPECT_EQ(read["coverage"]["cells"], json::parse(R"({"of":4512,"have":4431})"));
  EXPECT_EQ(read["coverage"]["not_covered"][0]["reason"], "it is not ready x");
  EXPECT_EQ(read["enforcement"], "by-icmp");
  EXPECT_EQ(read["gaps"].size(), 1U);
  EXPECT_EQ(read["findings"][0]["severity"], "critical");
  EXPECT_EQ(read["vantages"].size(), 4U);
  EXPECT_EQ(read["vantages"][0]["stands_for"][0], "bank/api[Deployment] x");
  EXPECT_EQ(read["vantages"][0]["cells"], "A2BD");
  EXPECT_EQ(read["vantages"][0]["evidence"], json::parse("[[0,2,0],[2,1,1]]"));
  EXPECT_EQ(read["asks"], json::parse(R"(["0-2,4","3,0"])"));
  EXPECT_EQ(read["places"][0]["ports"],
            json::parse(R"(["6379/TCP declared","31337/TCP undeclared","6379/UDP"])"));
  EXPECT_EQ(read["controls"][1], json::parse(R"({"vantage":2,"targets":"0-1,3"})"));
}

TEST(RecordJsonTest, NamesEachRuleOnceAndEvidenceByItsNumber) {
  const json read = json::parse(Write(RichRecord()));
  ASSERT_EQ(read["rules"].size(), 2U);
  EXPECT_EQ(read["rules"][1]["direction"], "egress");
  EXPECT_EQ(read["evidence"][0]["rules"], json::parse("[1,0]"));
  EXPECT_EQ(read["evidence"][1], json::parse(R"({"errno":113})"));
}

// Rows cost what they say, and not what they were asked.
TEST(RecordJsonTest, CellsThatAreAlikeCostNoMore) {
  const auto size = [](std::uint32_t targets) {
    ScanRecord record = RichRecord();
    record.asks = {{}};
    record.places.push_back({.kind = TargetKind::kPod});
    const PlaceId place{static_cast<std::uint32_t>(record.places.size() - 1)};
    for (std::uint32_t i = 0; i < targets; ++i) {
      record.asks[0].push_back(TargetId{static_cast<std::uint32_t>(record.targets.size())});
      record.targets.push_back({.place = place, .port = *Port::From(80)});
    }
    RecordedVantage alike = MakeVantage(VantageKind::kBare, "bank", "bank (bare)", RecordedRow());
    for (std::uint32_t i = 0; i < targets; ++i) alike.row->cells.Add(0);
    const std::size_t before = Write(record).size();
    record.vantages.resize(record.vantages.size() + 100, alike);
    return Write(record).size() - before;
  };
  EXPECT_LE(size(1000), size(10) + 100 * 4);
}

TEST(RecordJsonTest, EveryListOfAnEmptyRecordIsThere) {
  const json read = json::parse(Write({}));
  for (const char* list : {"findings", "gaps", "groups", "places", "backends", "controls",
                           "services", "asks", "kinds", "rules", "evidence", "vantages"})
    EXPECT_EQ(read.at(list), json::array()) << list;
}

/// The error of what can't be read; empty where it can.
std::string ErrorOf(const std::string& text) {
  const auto read = ReadRecord(text);
  if (read) return {};
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(read.error().hint.empty());
  return read.error().message;
}

struct Malformation {
  const char* at;     ///< JSON pointer into RichRecord's text
  const char* value;  ///< what stands there instead
  const char* names;  ///< the field that the error names
};

class MalformedRecordTest : public testing::TestWithParam<Malformation> {};

TEST_P(MalformedRecordTest, IsRefusedWithTheNameOfTheField) {
  json changed = json::parse(Write(RichRecord()));
  const json::json_pointer at(GetParam().at);
  ASSERT_TRUE(changed.contains(at) || std::string_view(GetParam().at).ends_with('-'))
      << GetParam().at;
  changed[at] = json::parse(GetParam().value);
  EXPECT_THAT(ErrorOf(changed.dump()), HasSubstr(GetParam().names))
      << GetParam().at << " is " << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(
    Words, MalformedRecordTest,
    testing::Values(Malformation{"/schema", R"("podreach.io/scan/v1")", "schema"},
                    Malformation{"/schema", "2", "schema"},
                    Malformation{"/enforcement", R"("perhaps")", "enforcement"},
                    Malformation{"/findings/0/kind", R"("oops")", "findings[0].kind"},
                    Malformation{"/findings/1/severity", R"("dire")", "findings[1].severity"},
                    Malformation{"/kinds/0/expectation", R"("perhaps")", "kinds[0].expectation"},
                    Malformation{"/kinds/0/basis", R"("hope")", "kinds[0].basis"},
                    Malformation{"/kinds/1/outcome", R"("shut")", "kinds[1].outcome"},
                    Malformation{"/kinds/1/seen", R"("")", "kinds[1].seen"},
                    Malformation{"/kinds/2/verdict", R"("guilty")", "kinds[2].verdict"},
                    Malformation{"/kinds/2/reason", R"("because")", "kinds[2].reason"},
                    Malformation{"/kinds/2/unsure", R"("yes")", "kinds[2].unsure"},
                    Malformation{"/kinds/3/not_probed", R"("lazy")", "kinds[3].not_probed"},
                    Malformation{"/rules/0/direction", R"("upwards")", "rules[0]"},
                    Malformation{"/places/0/kind", R"("planet")", "places[0].kind"},
                    Malformation{"/places/0/address", R"("10.0.0")", "places[0].address"},
                    Malformation{"/places/0/address", R"("")", "places[0].address"},
                    Malformation{"/vantages/0/kind", R"("spy")", "vantages[0].kind"},
                    Malformation{"/services/0/access", R"("maybe")", "services[0].access"},
                    Malformation{"/services/0/tls/client_certificate", R"("maybe")",
                                 "services[0].tls.client_certificate"},
                    Malformation{"/backends/0/pods/0/address", R"("here")", "backends[0]"},
                    Malformation{"/evidence/0/icmp/from", R"("there")", "evidence[0]"}));

INSTANTIATE_TEST_SUITE_P(
    Ports, MalformedRecordTest,
    testing::Values(Malformation{"/places/0/ports/0", R"("6379")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("0/TCP")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("65536/TCP")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("80/tcp")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("80/TCP perhaps")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("80/TCP ")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("80 declared/TCP")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("/")", "places[0].ports"},
                    Malformation{"/places/0/ports/0", R"("")", "places[0].ports"},
                    Malformation{"/backends/0/pods/0/port", "0", "backends[0]"},
                    Malformation{"/backends/0/pods/0/port", "65536", "backends[0]"}));

// RichRecord has 4 vantages, 2 groups, 4 places, 5 targets, 2 asks, 4 kinds, 2 rules and 2
// evidences.
INSTANTIATE_TEST_SUITE_P(
    Indices, MalformedRecordTest,
    testing::Values(
        Malformation{"/places/0/group", "2", "places[0].group"},
        Malformation{"/places/3/probe", "4", "places[3].probe"},
        Malformation{"/places/3/probe", "-1", "places[3].probe"},
        Malformation{"/places/3/probe", "4294967296", "places[3].probe"},
        Malformation{"/backends/0/target", "5", "backends[0].target"},
        Malformation{"/controls/0/vantage", "4", "controls[0].vantage"},
        Malformation{"/controls/0/targets", R"("5")", "controls[0]"},
        Malformation{"/controls/0/targets", R"("0-5")", "controls[0]"},
        Malformation{"/services/0/target", "5", "services[0].target"},
        Malformation{"/services/0/asked_from", "4", "services[0].asked_from"},
        Malformation{"/asks/1", R"("5")", "asks[1]"}, Malformation{"/asks/1", R"("-1")", "asks[1]"},
        Malformation{"/asks/1", R"("3-1")", "asks[1]"},
        Malformation{"/asks/1", R"("0,,1")", "asks[1]"},
        Malformation{"/asks/1", R"("0,")", "asks[1]"},
        Malformation{"/asks/1", R"("0-")", "asks[1]"},
        Malformation{"/asks/1", R"("0-1-2")", "asks[1]"},
        Malformation{"/asks/1", R"("0 1")", "asks[1]"},
        Malformation{"/asks/1", R"("0-4,0-4")", "asks[1]"},
        Malformation{"/asks/1", "[3,0]", "asks[1]"},
        Malformation{"/catalogue_of_targets", R"({"5":{"service":"x","sensitive":true}})",
                     "catalogue_of_targets"},
        Malformation{"/catalogue_of_targets", R"({"x":{"service":"x","sensitive":true}})",
                     "catalogue_of_targets"},
        Malformation{"/evidence/0/rules/0", "2", "evidence[0].rules"},
        Malformation{"/evidence/0/icmp/type", "256", "evidence[0]"},
        Malformation{"/evidence/0/icmp/code", "-1", "evidence[0]"},
        Malformation{"/evidence/1/errno", "4096", "evidence[1].errno"},
        Malformation{"/groups/0/pods", "4294967296", "groups[0].pods"},
        Malformation{"/groups/0/asked", "1.5", "groups[0].asked"},
        Malformation{"/vantages/0/ask", "2", "vantages[0].ask"}));

INSTANTIATE_TEST_SUITE_P(
    Cells, MalformedRecordTest,
    testing::Values(Malformation{"/vantages/0/cells", R"("")", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("A3")", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("A5")", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("A2BDA")", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("A2BE")", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"x("A3(52)")x", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("A4294967295")", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("A4294967295A4294967295A4294967295")",
                                 "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("4A")", "vantages[0].cells"},
                    Malformation{"/vantages/0/cells", R"("A-4")", "vantages[0].cells"},
                    // 2^32 + 4 cells aren't 4.
                    Malformation{"/vantages/0/cells", R"("A4294967295A5")", "vantages[0].cells"},
                    Malformation{"/vantages/0/evidence/0", "[4,1,0]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", "[0,5,0]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", "[3,2,0]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", "[0,0,0]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", "[0,2,2]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", "[0,2]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", "[0,2,0,0]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", R"(["0",2,0])", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/0", "[0,4294967297,0]",
                                 "vantages[0].evidence"},
                    // They overlap, or go backwards.
                    Malformation{"/vantages/0/evidence/1", "[1,1,1]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/evidence/1", "[0,1,1]", "vantages[0].evidence"},
                    Malformation{"/vantages/0/labels/app", "1", "vantages[0].labels"}));

/// Fields that a record may lack, and the names of what is only data.
const std::set<std::string> kOptional = {"group",      "probe", "tls",   "unsure",
                                         "not_probed", "icmp",  "errno", "rules",
                                         "fault",      "cells", "app",   "tier x"};

/// Every field of every object, by its pointer.
std::vector<json::json_pointer> Fields(const json& value,
                                       const json::json_pointer& at = json::json_pointer()) {
  std::vector<json::json_pointer> fields;
  for (const auto& [key, member] : value.items()) {
    const json::json_pointer here =
        value.is_array() ? at / static_cast<std::size_t>(std::stoul(key)) : at / key;
    if (value.is_object()) fields.push_back(here);
    if (!member.is_structured()) continue;
    const auto inner = Fields(member, here);
    fields.insert(fields.end(), inner.begin(), inner.end());
  }
  return fields;
}

bool IsData(const json::json_pointer& at) {
  const std::string text = at.to_string();
  return text.starts_with("/catalogue/6379") || text.starts_with("/catalogue/65535") ||
         text.starts_with("/catalogue_of_targets/");
}

TEST(ReadRecordTest, AFieldThatIsMissingIsNamed) {
  const json whole = json::parse(Write(RichRecord()));
  std::size_t tried = 0;
  for (const json::json_pointer& at : Fields(whole)) {
    // Of the record itself and of its coverage every field is needed.
    const bool optional = kOptional.contains(at.back()) && at.to_string() != "/rules" &&
                          !at.to_string().starts_with("/coverage");
    const bool entry = IsData(at) && at.back() != "service" && at.back() != "sensitive";
    if (optional || entry) continue;
    json without = whole;
    without.at(at.parent_pointer()).erase(at.back());
    EXPECT_THAT(ErrorOf(without.dump()), HasSubstr(at.back())) << at.to_string();
    ++tried;
  }
  EXPECT_GT(tried, 150U);
}

TEST(ReadRecordTest, AFieldOfTheWrongTypeIsNamed) {
  const json whole = json::parse(Write(RichRecord()));
  for (const json::json_pointer& at : Fields(whole)) {
    for (const json& other : {json(nullptr), json(true), json(-1), json(1.5), json("\x01"),
                              json::array({json::object()}), json::object()}) {
      if (whole.at(at).type() == other.type()) continue;
      json wrong = whole;
      wrong[at] = other;
      const std::string error = ErrorOf(wrong.dump());
      EXPECT_NE(error, "") << at.to_string() << " is " << other.dump();
      // Of an entry of the catalogue, the catalogue is named.
      const std::string name = IsData(at) ? "catalogue" : at.back();
      const json::json_pointer in = at.parent_pointer();
      const bool named = error.find(name) != std::string::npos ||
                         (!in.empty() && error.find(in.back()) != std::string::npos);
      EXPECT_TRUE(named) << at.to_string() << " is " << other.dump() << ": " << error;
    }
  }
}

TEST(ReadRecordTest, AnythingInAListThatDoesNotBelongThereIsRefused) {
  const json whole = json::parse(Write(RichRecord()));
  for (const auto& [key, list] : whole.items()) {
    if (!list.is_array()) continue;
    for (const json& other : {json(nullptr), json(1), json(1.5), json::array(), json::object()}) {
      json wrong = whole;
      wrong[key].push_back(other);
      // An evidence that says nothing is none, and isn't malformed.
      if (key == "evidence" && other.is_object()) continue;
      EXPECT_THAT(ErrorOf(wrong.dump()), HasSubstr(key)) << other.dump();
    }
  }
}

TEST(ReadRecordTest, WhatIsNoRecordIsRefused) {
  for (const char* text : {"", " ", "null", "1", "[]", "{}", "\"podreach.io/scan/v2\"", "{",
                           R"({"schema":"podreach.io/scan/v2"})", "\xff\xfe"})
    EXPECT_NE(ErrorOf(text), "") << text;
  EXPECT_NE(ErrorOf(std::string(100'000, '[')), "");
}

TEST(ReadRecordTest, ARecordThatIsCutIsRefusedWhereverItIsCut) {
  const std::string text = Write(RichRecord(kHostileText));
  const std::size_t end = text.rfind('}');
  for (std::size_t size = 0; size <= end; size += size < 200 || size + 50 > end ? 1 : 7)
    EXPECT_NE(ErrorOf(text.substr(0, size)), "") << size;
}

TEST(ReadRecordTest, SomethingBehindARecordIsRefused) {
  EXPECT_NE(ErrorOf(Write(RichRecord()) + "{}"), "");
}

// A byte of a hostile file may cost a few bytes of memory, and not thousands of them: the writer
// lists an ask once, for a row.
TEST(ReadRecordTest, RangesThatWouldFillTheMemoryAreRefused) {
  json hostile = json::parse(Write(RichRecord()));
  hostile["asks"][1] = "0-4294967295";
  EXPECT_THAT(ErrorOf(hostile.dump()), HasSubstr("asks[1]"));
  hostile["asks"][1] = "0-4,0-4,0-4";
  EXPECT_THAT(ErrorOf(hostile.dump()), HasSubstr("asks[1]"));
  hostile = json::parse(Write(RichRecord()));
  for (int i = 0; i < 1000; ++i) hostile["places"][1]["ports"].push_back("80/TCP");
  for (int i = 0; i < 2000; ++i) hostile["asks"].push_back("0-999");  // for 4 vantages
  EXPECT_THAT(ErrorOf(hostile.dump()), HasSubstr("asks"));
}

// Walking what was read never leaves it, whatever was changed in the file.
TEST(ReadRecordTest, WhateverIsReadIsSafeToWalk) {
  const std::string text = Write(RichRecord());
  std::size_t read_back = 0;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    for (const char c : {'0', '9', 'Z', '-', '"', ' '}) {
      std::string changed = text;
      changed[i] = c;
      const auto read = ReadRecord(changed);
      if (!read) continue;
      ++read_back;
      std::size_t cells = 0;
      ForEachCell(*read, [&](const RecordedCell& cell) {
        (void)read->place(cell.target);
        ASSERT_LT(cell.kind - read->kinds.data(), static_cast<std::ptrdiff_t>(read->kinds.size()));
        ++cells;
      });
      EXPECT_LE(cells, 20U);
      (void)CountVerdicts(*read);
    }
  }
  EXPECT_GT(read_back, 100U);
}

}  // namespace
}  // namespace podreach
