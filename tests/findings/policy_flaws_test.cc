#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/findings/findings_fixture.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(FindingsTest, APolicyThatSelectsNothingIsNamedWithAHint) {
  EXPECT_THAT(
      Ids({Policy("shop/typo", "app=dbb").DenyIn(), Policy("shop/good", "app=db").DenyIn()}),
      Contains("PR-SELECTS-NOTHING shop/typo"));
  EXPECT_THAT(Get("PR-SELECTS-NOTHING shop/typo").evidence, ElementsAre("did you mean app=db?"));
  EXPECT_THAT(Ids(std::vector<NetworkPolicy>{Policy("shop/good", "app=db").DenyIn()}),
              Not(Contains(HasSubstr("PR-SELECTS-NOTHING"))));
}

/// The policy p of the namespace shop, or of the cluster.
PolicyDocument Document(const char* group, const char* kind, const char* ns, const char* spec) {
  const nlohmann::json object{{"spec", nlohmann::json::parse(spec)}};
  return {group, "v1", kind, ns, "p", PackedJson(object), {}};
}

TEST_F(FindingsTest, PoliciesOfEveryDialectThatSelectNothingAreNamedWithAHint) {
  const struct {
    PolicyDocument document;
    const char* id;
    const char* words;
  } cases[] = {
      {Document("cilium.io", "CiliumNetworkPolicy", "shop",
                R"({"endpointSelector": {"matchLabels": {"app": "dbb"}}, "ingress": []})"),
       "", ""},
      {Document("cilium.io", "CiliumNetworkPolicy", "shop",
                R"({"endpointSelector": {"matchLabels": {"app": "dbb"}}, "ingress": [{}]})"),
       "PR-SELECTS-NOTHING CiliumNetworkPolicy shop/p", "no pod matches app=dbb"},
      {Document("crd.projectcalico.org", "NetworkPolicy", "shop",
                R"({"selector": "app == 'dbb'", "types": ["Ingress"]})"),
       "PR-SELECTS-NOTHING NetworkPolicy shop/p", "no pod matches app=dbb"},
      {Document(
           "crd.projectcalico.org", "GlobalNetworkPolicy", "",
           R"({"selector": "app == 'dbb'", "namespaceSelector": "team == 'a'", "types": ["Egress"]})"),
       "PR-SELECTS-NOTHING GlobalNetworkPolicy p",
       "no pod matches app=dbb in the namespaces team=a"},
      {Document(
           "policy.networking.k8s.io", "AdminNetworkPolicy", "",
           R"({"priority": 1, "subject": {"pods": {"podSelector": {"matchLabels": {"app": "dbb"}}}},
                    "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]})"),
       "PR-SELECTS-NOTHING AdminNetworkPolicy p", "no pod matches app=dbb"},
  };
  for (const auto& one : cases) {
    Snapshot snapshot = Shop({});
    snapshot.policy_documents = {one.document};
    record_.findings.clear();
    const auto ids = Ids(snapshot);
    if (*one.id == 0) {
      EXPECT_THAT(ids, Not(Contains(HasSubstr("PR-SELECTS-NOTHING")))) << "it says nothing";
      continue;
    }
    ASSERT_THAT(ids, Contains(one.id));
    EXPECT_THAT(Get(one.id).title, HasSubstr(one.words));
    EXPECT_THAT(Get(one.id).evidence, ElementsAre("did you mean app=db?"));
  }
}

TEST_F(FindingsTest, WhatCannotBeEvaluatedIsAFinding) {
  Snapshot snapshot = Shop({Policy("shop/bad").DenyIn().Damage("/spec/egress", 7)});
  snapshot.policy_documents.push_back(
      Document("cilium.io", "CiliumNetworkPolicy", "shop",
               R"({"endpointSelector": {}, "ingress": [{"fromEntities": ["moon"]}]})"));
  const auto ids = Ids(std::move(snapshot));
  EXPECT_THAT(ids, Contains("PR-GAP shop/NetworkPolicy/bad"));
  EXPECT_THAT(ids, Contains("PR-GAP shop/CiliumNetworkPolicy/p"));
  EXPECT_THAT(Get("PR-GAP shop/NetworkPolicy/bad").evidence,
              ElementsAre("spec.egress: is number, not a list"));
}

TEST_F(FindingsTest, APolicyThatSelectsOnlyAHostNetworkPodSelectsNothing) {
  EXPECT_THAT(Ids(std::vector<NetworkPolicy>{Policy("lab/host", "app=web").DenyIn()}),
              Contains("PR-SELECTS-NOTHING lab/host"));
}

TEST_F(FindingsTest, HostNetworkPodsAreCoveredByNoPolicy) {
  Ids({Policy("lab/all").DenyIn()});
  const Finding& finding = Get("PR-HOST-NETWORK");
  EXPECT_EQ(finding.title, "1 workload uses the host's network: no policy of pods covers it");
  EXPECT_THAT(finding.policies, ElementsAre("lab/all"));
}

TEST_F(FindingsTest, NamespacesWithoutDefaultDenyAreNamedByDirection) {
  auto snapshot = std::make_shared<const Snapshot>(
      Shop({Policy("shop/deny").DenyIn().DenyOut(), Policy("bank/in").DenyIn()}));
  Evaluator evaluator(snapshot, {});
  plan_ = PlanVantages(evaluator, {.scan_id = "x7"});
  MakeRecordOf(*snapshot, evaluator);
  AddFindings(evaluator, plan_, record_);
  EXPECT_THAT(Get("PR-NO-DEFAULT-DENY ingress").evidence, ElementsAre("lab"));
  EXPECT_THAT(Get("PR-NO-DEFAULT-DENY egress").evidence, ElementsAre("bank", "lab"));
  EXPECT_EQ(Get("PR-NO-DEFAULT-DENY ingress").severity, Severity::kMedium);
}

TEST_F(FindingsTest, WhatCiliumReadsOtherwiseIsADeviation) {
  const std::vector<NetworkPolicy> policies = {
      Policy("shop/by-address").In({Block("10.0.2.0/24")}),
      Policy("shop/outside").In({Block("203.0.113.0/24")})};
  EXPECT_THAT(Ids(policies), Not(Contains(HasSubstr("PR-DEVIATION"))));
  EXPECT_THAT(Ids(policies, {"cilium", false, false}), Contains("PR-DEVIATION cilium"));
  EXPECT_THAT(Get("PR-DEVIATION cilium").policies, ElementsAre("shop/by-address"));
}

TEST_F(FindingsTest, WhatCouldNotBeReadIsAFinding) {
  Snapshot snapshot = Shop({});
  snapshot.gaps = {
      {GapKind::kUnlistedKind, {"", "", "Service", "", ""}, "you may not", "", "services", ""}};
  EXPECT_THAT(Ids(std::move(snapshot)), Contains("PR-GAP services"));
  EXPECT_THAT(Get("PR-GAP services").evidence, ElementsAre("you may not"));
}

TEST_F(FindingsTest, EveryFindingIsOfItsKind) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  Saw(bank, To(TargetKind::kPod, "shop/a[Pod]", "6379", true), Outcome::kOpen, Verdict::kLeak);
  Saw(bank, To(TargetKind::kPod, "shop/b[Pod]", "80", false), Outcome::kFiltered, Verdict::kBroken);
  enforcement_ = Enforcement::kNotEnforced;
  Snapshot snapshot = Shop({Policy("shop/typo", "app=dbb").DenyIn()});
  SnapshotGap gap;
  gap.plural = "services";
  snapshot.gaps = {gap};
  Ids(std::move(snapshot));
  const std::map<std::string, FindingKind> kinds = {
      {"PR-NOT-ENFORCED", FindingKind::kNotEnforced},
      {"PR-LEAK", FindingKind::kLeak},
      {"PR-BROKEN", FindingKind::kBroken},
      {"PR-EXPOSED", FindingKind::kExposed},
      {"PR-SELECTS-NOTHING", FindingKind::kSelectsNothing},
      {"PR-HOST-NETWORK", FindingKind::kHostNetwork},
      {"PR-GAP", FindingKind::kGap}};
  std::set<std::string> seen;
  for (const Finding& finding : record_.findings) {
    const std::string head = finding.id.substr(0, finding.id.find(' '));
    ASSERT_TRUE(kinds.contains(head)) << finding.id;
    EXPECT_EQ(finding.kind, kinds.at(head)) << finding.id;
    seen.insert(head);
  }
  EXPECT_EQ(seen.size(), kinds.size());
}

}  // namespace
}  // namespace podreach
