#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/findings/findings_fixture.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(FindingsTest, ALeakIsOneFindingHoweverManySeeIt) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto lab = From(VantageKind::kBare, "lab", "lab (bare)");
  const auto db = To(TargetKind::kPod, "shop/db[Pod]", "5432", true);
  Saw(bank, db, Outcome::kOpen, Verdict::kLeak);
  Saw(lab, db, Outcome::kOpen, Verdict::kLeak);
  Ids();
  const Finding& leak = Get("PR-LEAK shop/db[Pod]:5432/TCP");
  EXPECT_EQ(leak.severity, Severity::kCritical);
  EXPECT_THAT(leak.title, HasSubstr("2 vantages"));
  EXPECT_THAT(leak.policies, ElementsAre("shop/deny"));
  EXPECT_THAT(leak.evidence, Contains("expected deny: isolated by shop/deny"));
}

TEST_F(FindingsTest, ClosedPortsThatAnswerAreOneLowFindingAWorkload) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "22", true), Outcome::kClosed, Verdict::kLeak);
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "23", true), Outcome::kClosed, Verdict::kLeak);
  Ids();
  EXPECT_EQ(Get("PR-LEAK closed ports of shop/db[Pod]").severity, Severity::kLow);
}

TEST_F(FindingsTest, ABrokenConnectionIsAFinding) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "80", false), Outcome::kFiltered,
      Verdict::kBroken);
  Ids();
  EXPECT_EQ(Get("PR-BROKEN shop/db[Pod]:80/TCP").severity, Severity::kMedium);
}

TEST_F(FindingsTest, ANodesViewIsAControlAndNoFinding) {
  const auto node = From(VantageKind::kNode, "podreach", "n1 (node)");
  Saw(node, To(TargetKind::kPod, "shop/db[Pod]", "5432", true), Outcome::kOpen, Verdict::kLeak);
  for (const std::string& id : Ids()) EXPECT_THAT(id, Not(HasSubstr("shop/db")));
}

TEST_F(FindingsTest, PoliciesThatNobodyEnforcesComeFirst) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "5432", true), Outcome::kOpen, Verdict::kLeak);
  enforcement_ = Enforcement::kNotEnforced;
  EXPECT_EQ(Ids().front(), "PR-NOT-ENFORCED");
}

// A leak says why its outcome isn't what the probe saw, and the control by its name.
TEST_F(FindingsTest, ALineOfEvidenceSaysWhatIsKnownOfTheCell) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto node = From(VantageKind::kNode, "podreach", "n1 (node)");
  const auto db = To(TargetKind::kPod, "shop/db[Pod]", "80", false);
  Saw(bank, db, Outcome::kFiltered, Verdict::kBroken, Reason::kControlReaches);
  const Evaluator evaluator(std::make_shared<const Snapshot>(Shop({})), {});
  MakeRecordOf(evaluator.snapshot(), evaluator);
  record_.controls = {{db, node}};
  AddFindings(evaluator, plan_, record_);
  EXPECT_THAT(Get("PR-BROKEN shop/db[Pod]:80/TCP").evidence,
              Contains("bank (bare) -> shop/db[Pod] 10.0.1.2:80/TCP: filtered (n1 (node) reaches "
                       "it)"));
}

TEST_F(FindingsTest, TheWorstComeFirst) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "22", true), Outcome::kClosed, Verdict::kLeak);
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "6379", true), Outcome::kOpen, Verdict::kLeak);
  const auto ids = Ids();
  for (std::size_t i = 1; i < ids.size(); ++i) {
    EXPECT_GE(record_.findings[i - 1].severity, record_.findings[i].severity);
  }
}

}  // namespace
}  // namespace podreach
