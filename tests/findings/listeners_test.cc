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

// Open to pods, and nobody says who may: one finding for the cluster, a line a workload.
TEST_F(FindingsTest, OpenPortsThatNoPolicyGovernsAreOneFinding) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto shop = From(VantageKind::kTwin, "shop", "shop/web[Pod] (twin)");
  const auto db = To(TargetKind::kPod, "shop/db[Pod]", "5432", false);
  const auto web = To(TargetKind::kPod, "shop/web[Pod]", "80", false);
  Saw(bank, db, Outcome::kOpen, Verdict::kUngoverned);
  Saw(shop, db, Outcome::kOpen, Verdict::kUngoverned);
  Saw(shop, web, Outcome::kOpen, Verdict::kUngoverned);
  EXPECT_THAT(Ids(), Contains("PR-UNGOVERNED"));
  const Finding& finding = Get("PR-UNGOVERNED");
  EXPECT_EQ(finding.kind, FindingKind::kUngoverned);
  EXPECT_EQ(finding.severity, Severity::kLow);
  EXPECT_EQ(finding.title, "2 workloads have open ports that no policy governs on either side");
  EXPECT_THAT(finding.evidence,
              ElementsAre("shop/db[Pod], from 2 vantages", "shop/web[Pod], from 1 vantage"));
}

struct NoUngoverned {
  const char* shows;
  VantageKind from;
  TargetKind to;
  Outcome outcome;
  Verdict verdict;
};

class NoUngovernedTest : public FindingsTest, public testing::WithParamInterface<NoUngoverned> {};

TEST_P(NoUngovernedTest, IsNoFinding) {
  const auto from = From(GetParam().from, "bank", "bank");
  Saw(from, To(GetParam().to, "shop/db[Pod]", "5432", false), GetParam().outcome,
      GetParam().verdict);
  EXPECT_THAT(Ids(), Not(Contains("PR-UNGOVERNED")));
}

INSTANTIATE_TEST_SUITE_P(
    All, NoUngovernedTest,
    testing::Values(NoUngoverned{"closed", VantageKind::kBare, TargetKind::kPod, Outcome::kClosed,
                                 Verdict::kUngoverned},
                    NoUngoverned{"intended", VantageKind::kBare, TargetKind::kPod, Outcome::kOpen,
                                 Verdict::kAsIntended},
                    NoUngoverned{"from_a_node", VantageKind::kNode, TargetKind::kPod,
                                 Outcome::kOpen, Verdict::kUngoverned},
                    NoUngoverned{"to_another_probe", VantageKind::kBare, TargetKind::kProbe,
                                 Outcome::kOpen, Verdict::kUngoverned},
                    NoUngoverned{"to_a_node", VantageKind::kBare, TargetKind::kNode, Outcome::kOpen,
                                 Verdict::kUngoverned}),
    [](const auto& param_info) { return param_info.param.shows; });

TEST_F(FindingsTest, ManyUngovernedWorkloadsAreFiveLinesAndACount) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  for (int i = 0; i < 8; ++i) {
    Saw(bank, To(TargetKind::kPod, "shop/w" + std::to_string(i) + "[Pod]", "80", false),
        Outcome::kOpen, Verdict::kUngoverned);
  }
  Ids();
  EXPECT_EQ(Get("PR-UNGOVERNED").evidence.size(), 6U);
  EXPECT_EQ(Get("PR-UNGOVERNED").evidence.back(), "and 3 more");
}

// Of the replicas that listen, one finding for each port.
TEST_F(FindingsTest, APortThatListensAndIsNotDeclaredIsAFinding) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto node = From(VantageKind::kNode, "podreach", "n1 (node)");
  const auto undeclared = [&](const char* pod, const char* port, bool sensitive) {
    const TargetId id = To(TargetKind::kPod, "shop/db[StatefulSet]", port, sensitive);
    plan_.targets[Index(id)].undeclared = true;
    plan_.places[Index(plan_.target(id).place)].name = pod;
    return id;
  };
  const auto first = undeclared("shop/db-0", "31337", false);
  const auto second = undeclared("shop/db-1", "31337", false);
  const auto redis = undeclared("shop/db-0", "6379", true);
  const auto shut = undeclared("shop/db-0", "31338", false);
  const auto declared = To(TargetKind::kPod, "shop/db[StatefulSet]", "5432", false);
  Saw(node, first, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, first, Outcome::kFiltered, Verdict::kAsIntended);
  Saw(bank, second, Outcome::kOpen, Verdict::kLeak);
  Saw(node, redis, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, shut, Outcome::kClosed, Verdict::kAsIntended);
  Saw(bank, declared, Outcome::kOpen, Verdict::kAsIntended);
  services_ = {{second, {bank, {"ssh", "", "", Access::kUnknown, "SSH-2.0", {}}}}};
  std::vector<std::string> found;
  for (const std::string& id : Ids()) {
    if (id.starts_with("PR-UNDECLARED")) found.push_back(id);
  }
  EXPECT_THAT(found, ElementsAre("PR-UNDECLARED shop/db[StatefulSet]:6379/TCP",
                                 "PR-UNDECLARED shop/db[StatefulSet]:31337/TCP"));
  const Finding& odd = Get("PR-UNDECLARED shop/db[StatefulSet]:31337/TCP");
  EXPECT_EQ(odd.kind, FindingKind::kUndeclaredListener);
  EXPECT_EQ(odd.severity, Severity::kMedium);
  EXPECT_EQ(odd.title,
            "shop/db[StatefulSet] listens on port 31337, which no container declares; reachable "
            "from 1 vantage");
  EXPECT_THAT(odd.evidence, ElementsAre("shop/db-0", "shop/db-1", "ssh: SSH-2.0"));
  const Finding& sensitive = Get("PR-UNDECLARED shop/db[StatefulSet]:6379/TCP");
  EXPECT_EQ(sensitive.severity, Severity::kHigh);
  EXPECT_THAT(sensitive.title, HasSubstr("reachable from 0 vantages"));
}

// Of whichever replica it is known what answers: the others are the same workload's.
TEST_F(FindingsTest, WhatAnswersAtAnUndeclaredPortIsSaidOfAnyReplica) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  std::vector<TargetId> replicas;
  for (int i = 0; i < 2; ++i) {
    replicas.push_back(To(TargetKind::kPod, "shop/db[StatefulSet]", "31337", false));
    plan_.targets[Index(replicas.back())].undeclared = true;
    Saw(bank, replicas.back(), Outcome::kOpen, Verdict::kUngoverned);
  }
  for (const TargetId known : replicas) {
    services_ = {{known, {bank, {"ssh", "", "", Access::kUnknown, "SSH-2.0", {}}}}};
    Ids();
    EXPECT_THAT(Get("PR-UNDECLARED shop/db[StatefulSet]:31337/TCP").evidence,
                Contains("ssh: SSH-2.0"))
        << Index(known);
  }
}

}  // namespace
}  // namespace podreach
