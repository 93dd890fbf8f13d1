#include "tests/reach/words.h"

#include <gtest/gtest.h>

#include <set>

#include "podreach/record/reason_words.h"
#include "tests/record/records.h"

namespace podreach {
namespace {

struct ReasonCase {
  Reason reason;
  const char* code;
  bool of_expectation;
};

/// Every reason there is.
const std::vector<ReasonCase> kAllReasons = {
    {Reason::kNone, "none", false},
    {Reason::kControlReaches, "control-reaches", false},
    {Reason::kNoControl, "no-control", false},
    {Reason::kUdpSilence, "udp-silence", false},
    {Reason::kDeadVantage, "dead-vantage", false},
    {Reason::kNotEnforced, "not-enforced", false},
    {Reason::kLossy, "lossy", false},
    {Reason::kOpenElsewhere, "open-elsewhere", false},
    {Reason::kResetIsAmbiguous, "reset-is-ambiguous", false},
    {Reason::kOneOfSeveral, "one-of-several", false},
    {Reason::kServiceRefusal, "service-refusal", false},
    {Reason::kUnclearPolicy, "unclear-policy", true},
    {Reason::kBackendsDiffer, "backends-differ", true},
    {Reason::kNoEndpoint, "no-endpoint", true},
    {Reason::kNodePortSource, "node-port-source", true},
    {Reason::kSidecar, "sidecar", true},
    {Reason::kNoClass, "no-class", true}};

TEST(RecordWordsTest, EveryReasonHasACodeAndWordsOfItsOwn) {
  ASSERT_EQ(kAllReasons.size(), kReasons);
  std::vector<std::pair<Reason, std::string_view>> codes;
  std::set<std::string_view> words;
  for (const ReasonCase& of : kAllReasons) {
    codes.emplace_back(of.reason, of.code);
    words.insert(Words(of.reason));
    EXPECT_EQ(IsOfExpectation(of.reason), of.of_expectation) << of.code;
    EXPECT_EQ(Words(of.reason).empty(), of.reason == Reason::kNone) << of.code;
  }
  EXPECT_EQ(words.size(), kReasons);
  ExpectWords<Reason>(codes, ParseReason);
  EXPECT_FALSE(ParseReason(""));
}

TEST(RecordWordsTest, EveryEnforcementHasItsWord) {
  ExpectWords<Enforcement>({{Enforcement::kUnknown, "unknown"},
                            {Enforcement::kNoPolicy, "no-policy"},
                            {Enforcement::kUnreached, "unreached"},
                            {Enforcement::kBySilence, "by-silence"},
                            {Enforcement::kByIcmp, "by-icmp"},
                            {Enforcement::kByReset, "by-reset"},
                            {Enforcement::kNotEnforced, "not-enforced"}},
                           ParseEnforcement);
  EXPECT_FALSE(ParseEnforcement(""));
  EXPECT_EQ(Words(Enforcement::kBySilence), "policies are enforced: denied by silence");
  EXPECT_EQ(Words(Enforcement::kByIcmp), "policies are enforced: denied by ICMP");
  EXPECT_EQ(Words(Enforcement::kByReset), "policies are enforced: denied by RST");
  EXPECT_EQ(Words(Enforcement::kNotEnforced), "policies are not enforced");
  EXPECT_EQ(Words(Enforcement::kUnknown),
            "whether policies are enforced is unknown: the canary gave no answer");
}

TEST(RecordWordsTest, EveryKindOfFindingHasItsWord) {
  ExpectWords<FindingKind>({{FindingKind::kNotEnforced, "not-enforced"},
                            {FindingKind::kLeak, "leak"},
                            {FindingKind::kBroken, "broken"},
                            {FindingKind::kExposed, "exposed"},
                            {FindingKind::kUngoverned, "ungoverned"},
                            {FindingKind::kUndeclaredListener, "undeclared-listener"},
                            {FindingKind::kSelectsNothing, "selects-nothing"},
                            {FindingKind::kNoDefaultDeny, "no-default-deny"},
                            {FindingKind::kHostNetwork, "host-network"},
                            {FindingKind::kDeviation, "deviation"},
                            {FindingKind::kIntent, "intent"},
                            {FindingKind::kIntentUnproven, "intent-unproven"},
                            {FindingKind::kGap, "gap"}},
                           ParseFindingKind);
  EXPECT_FALSE(ParseFindingKind(""));
}

/// One cell of a record with two vantages, of which "node1 (node)" may be the target's control.
struct WordsCase {
  const char* shows;
  CellKind kind;
  bool control = false;
  std::optional<Evidence> evidence = {};
  const char* fault = "";
  const char* words;
};

class ReasonWordsTest : public testing::TestWithParam<WordsCase> {};

TEST_P(ReasonWordsTest, SayWhyAVerdictIsNotPlain) {
  ScanRecord record;
  record.vantages = {MakeVantage(VantageKind::kBare, "bank", "bank (bare)"),
                     MakeVantage(VantageKind::kNode, "podreach", "node1 (node)")};
  record.vantages[0].fault = GetParam().fault;
  record.rules.resize(2);
  record.rules[0].text = "no rule of bank/deny allows it";
  record.rules[1].text = "the second";
  if (GetParam().control) record.controls = {{TargetId{0}, VantageId{1}}};
  const RecordedCell cell{VantageId{0}, TargetId{0}, &GetParam().kind,
                          GetParam().evidence ? &*GetParam().evidence : nullptr};
  EXPECT_EQ(ReasonWords(record, cell), GetParam().words);
}

CellKind Because(Reason reason) { return {.outcome = Outcome::kFiltered, .reason = reason}; }
CellKind Missing(NotProbed why) { return {.why = why}; }

const Evidence kIcmp{.icmp = IcmpError{IpAddress::V4(0x0A000001), 3, 13}};
const Evidence kErrno{.error_number = 113};
const Evidence kRules{.rules = {0, 1}};

INSTANTIATE_TEST_SUITE_P(
    All, ReasonWordsTest,
    testing::Values(
        WordsCase{.shows = "plain", .kind = Because(Reason::kNone), .words = ""},
        WordsCase{.shows = "icmp",
                  .kind = Because(Reason::kNone),
                  .evidence = kIcmp,
                  .words = "ICMP type 3 code 13 from 10.0.0.1"},
        WordsCase{.shows = "errno",
                  .kind = Because(Reason::kNone),
                  .evidence = kErrno,
                  .words = "errno 113"},
        WordsCase{.shows = "rules_of_a_plain_cell",
                  .kind = Because(Reason::kNone),
                  .evidence = kRules,
                  .words = ""},
        WordsCase{.shows = "a_reason_before_icmp",
                  .kind = Because(Reason::kLossy),
                  .evidence = kIcmp,
                  .words = "silence, but many packets to this host were lost"},
        WordsCase{.shows = "which_control_reaches",
                  .kind = Because(Reason::kControlReaches),
                  .control = true,
                  .words = "node1 (node) reaches it"},
        WordsCase{.shows = "a_control_that_nobody_names",
                  .kind = Because(Reason::kControlReaches),
                  .words = "silence, and another vantage reaches it"},
        WordsCase{.shows = "which_control_finds_it_open",
                  .kind = Because(Reason::kOpenElsewhere),
                  .control = true,
                  .words = "refused, but node1 (node) finds it open"},
        WordsCase{.shows = "open_elsewhere",
                  .kind = Because(Reason::kOpenElsewhere),
                  .words = "refused, but another vantage finds it open"},
        WordsCase{.shows = "the_unclear_rule",
                  .kind = Because(Reason::kUnclearPolicy),
                  .evidence = kRules,
                  .words = "no rule of bank/deny allows it"},
        WordsCase{.shows = "no_rule_is_known",
                  .kind = Because(Reason::kUnclearPolicy),
                  .words = "what the policies intend is unknown"},
        WordsCase{.shows = "the_rule_of_a_sidecar",
                  .kind = Because(Reason::kSidecar),
                  .evidence = kRules,
                  .words = "no rule of bank/deny allows it; a connection to a sidecar succeeds all "
                           "the same, so that a probe proves nothing"},
        WordsCase{.shows = "a_control_of_a_cell_with_another_reason",
                  .kind = Because(Reason::kNoControl),
                  .control = true,
                  .words = "silence, and no control reached the target"},
        WordsCase{.shows = "no_report",
                  .kind = Missing(NotProbed::kNoReport),
                  .words = "the probe's report doesn't have it"},
        WordsCase{.shows = "the_fault_of_the_report",
                  .kind = Missing(NotProbed::kNoReport),
                  .fault = "the log was cut",
                  .words = "the log was cut"},
        WordsCase{.shows = "moved_whatever_the_report",
                  .kind = Missing(NotProbed::kTargetMoved),
                  .fault = "the log was cut",
                  .words = "the target pod went away during the scan"},
        WordsCase{.shows = "no_responder",
                  .kind = Missing(NotProbed::kNoResponder),
                  .words = "the probe that should answer there didn't start"},
        WordsCase{.shows = "unconfirmed",
                  .kind = Missing(NotProbed::kUnconfirmed),
                  .words = "it disagreed once; the scan was stopped before that was confirmed"}),
    [](const auto& param_info) { return param_info.param.shows; });

// What a reason says without any evidence is its own words.
TEST(ReasonWordsOfTheTableTest, AreSaidWhereNothingMoreIsKnown) {
  ScanRecord record;
  record.vantages = {MakeVantage(VantageKind::kBare, "bank", "bank (bare)")};
  for (const ReasonCase& of : kAllReasons) {
    const CellKind kind = Because(of.reason);
    EXPECT_EQ(ReasonWords(record, {VantageId{0}, TargetId{0}, &kind, nullptr}), Words(of.reason))
        << of.code;
  }
}

}  // namespace
}  // namespace podreach
