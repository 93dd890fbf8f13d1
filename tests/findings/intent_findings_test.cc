#include "podreach/findings/intent_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/findings/findings_fixture.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// Intents about shop/db:6379, of a probe in bank and one in shop.
class IntentFindingsTest : public FindingsTest {
 protected:
  std::vector<std::string> Check(IntentAction action, const std::string& from, Outcome seen,
                                 Verdict verdict = Verdict::kAsIntended) {
    const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
    const auto db = To(TargetKind::kPod, "shop/db[Pod]", "6379", true);
    plan_.pod_of_place[Index(plan_.target(db).place)] = 1;
    Saw(bank, db, seen, verdict);
    Intent intent;
    intent.name = "db";
    intent.action = action;
    intent.from.emplace_back().ns = from;
    intent.to.emplace_back().workload = "shop/db";
    intent.ports[0] = *PortSet::Parse("6379");
    intent.severity = "critical";
    intent.owner = "team-shop";
    Snapshot snapshot = Shop({});
    for (Pod& pod : snapshot.pods) pod.workload = {"Pod", pod.ns, pod.name};
    const Evaluator evaluator(std::make_shared<const Snapshot>(std::move(snapshot)), {});
    MakeRecordOf(evaluator.snapshot(), evaluator);
    AddIntentFindings(evaluator, plan_, {intent}, record_);
    return Found();
  }
};

TEST_F(IntentFindingsTest, WhatIsDeniedAndGotThroughIsAFinding) {
  EXPECT_THAT(Check(IntentAction::kDeny, "bank", Outcome::kOpen), ElementsAre("PR-INTENT db"));
  EXPECT_EQ(Get("PR-INTENT db").severity, Severity::kCritical);
  EXPECT_THAT(Get("PR-INTENT db").evidence, Contains("its owner: team-shop"));
  EXPECT_THAT(Get("PR-INTENT db").evidence, Contains(HasSubstr("bank (bare) -> shop/db[Pod]")));
}

TEST_F(IntentFindingsTest, AClosedPortIsReachedUnlessTheResetMayBeAnEnforcers) {
  EXPECT_THAT(Check(IntentAction::kDeny, "bank", Outcome::kClosed), ElementsAre("PR-INTENT db"));
}

TEST_F(IntentFindingsTest, AnUnprovenResetTellsNothing) {
  EXPECT_THAT(Check(IntentAction::kDeny, "bank", Outcome::kClosed, Verdict::kUnproven),
              ElementsAre("PR-INTENT-UNPROVEN db"));
}

TEST_F(IntentFindingsTest, SilenceHoldsADenialAndBreaksAnAllowance) {
  EXPECT_THAT(Check(IntentAction::kDeny, "bank", Outcome::kFiltered), ElementsAre());
  EXPECT_THAT(Check(IntentAction::kAllow, "bank", Outcome::kFiltered), ElementsAre("PR-INTENT db"));
}

TEST_F(IntentFindingsTest, AllowOnlyIsAboutTheOthers) {
  EXPECT_THAT(Check(IntentAction::kAllowOnly, "shop", Outcome::kOpen), ElementsAre("PR-INTENT db"));
}

TEST_F(IntentFindingsTest, AllowOnlyLetsItsOwnThrough) {
  EXPECT_THAT(Check(IntentAction::kAllowOnly, "bank", Outcome::kOpen),
              ElementsAre("PR-INTENT-UNPROVEN db"));
}

TEST_F(IntentFindingsTest, WhatWasNotProbedIsSaid) {
  EXPECT_THAT(Check(IntentAction::kDeny, "lab", Outcome::kOpen),
              ElementsAre("PR-INTENT-UNPROVEN db"));
}

}  // namespace
}  // namespace podreach
