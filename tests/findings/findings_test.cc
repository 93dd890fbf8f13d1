#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "findings/judge.h"
#include "podreach/findings/intent_findings.h"
#include "tests/policy/policy_builder.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Policies, a scan's plan over Shop() and what was seen, a line each; then its findings.
class FindingsTest : public testing::Test {
 protected:
  VantageId From(VantageKind kind, const std::string& ns, const std::string& name) {
    Vantage vantage;
    vantage.id = VantageId{static_cast<std::uint32_t>(report_.plan.vantages.size())};
    vantage.kind = kind;
    vantage.ns = ns;
    vantage.name = name;
    report_.plan.vantages.push_back(vantage);
    return vantage.id;
  }

  TargetId To(TargetKind kind, const std::string& workload, const char* port, bool sensitive,
              std::vector<Backend> backends = {}) {
    const TargetId id{static_cast<std::uint32_t>(report_.plan.targets.size())};
    report_.plan.targets.push_back(
        {.id = id,
         .kind = kind,
         .endpoint = {*IpAddress::Parse("10.0.1.2"), Protocol::kTcp, *Port::Parse(port)},
         .ns = kind == TargetKind::kMetadata ? "" : "shop",
         .workload = workload,
         .name = workload,
         .service = "redis",
         .sensitive = sensitive,
         .pod = {},
         .node = {},
         .backends = std::move(backends),
         .probe = {}});
    return id;
  }

  void Saw(VantageId vantage, TargetId target, Outcome outcome, Verdict verdict) {
    JudgedCell cell;
    cell.vantage = vantage;
    cell.target = target;
    cell.outcome = cell.seen = outcome;
    cell.verdict = verdict;
    cell.rules = {{DecidingRule::Direction::kIngress, "shop/deny", "", "isolated by shop/deny"}};
    report_.cells.push_back(cell);
  }

  std::vector<std::string> Ids(std::vector<NetworkPolicy> policies = {},
                               EnforcerProfile profile = {}) {
    return Ids(Shop(std::move(policies)), std::move(profile));
  }
  std::vector<std::string> Ids(Snapshot snapshot, EnforcerProfile profile = {}) {
    const Evaluator evaluator(std::make_shared<const Snapshot>(std::move(snapshot)),
                              std::move(profile));
    AddFindings(evaluator, controls_, report_);
    std::vector<std::string> ids;
    for (const Finding& finding : report_.findings) ids.push_back(finding.id);
    return ids;
  }

  const Finding& Get(const std::string& id) const {
    for (const Finding& finding : report_.findings) {
      if (finding.id == id) return finding;
    }
    throw std::runtime_error("no finding " + id);
  }

  ScanReport report_;
  Controls controls_;
};

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
  controls_.canary = Outcome::kOpen;
  EXPECT_EQ(Ids().front(), "PR-NOT-ENFORCED");
}

TEST_F(FindingsTest, ASensitivePortIsExposedToOtherNamespacesAlone) {
  const auto shop = From(VantageKind::kBare, "shop", "shop (bare)");
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto near = To(TargetKind::kPod, "shop/near[Pod]", "6379", true);
  const auto redis = To(TargetKind::kPod, "shop/db[Pod]", "6379", true);
  const auto plain = To(TargetKind::kPod, "shop/web[Pod]", "80", false);
  Saw(shop, near, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, redis, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, plain, Outcome::kOpen, Verdict::kAsIntended);
  const auto ids = Ids();
  EXPECT_THAT(ids, Contains("PR-EXPOSED shop/db[Pod]:6379/TCP"));
  EXPECT_THAT(ids, Not(Contains("PR-EXPOSED shop/near[Pod]:6379/TCP")));
  EXPECT_THAT(ids, Not(Contains("PR-EXPOSED shop/web[Pod]:80/TCP")));
  EXPECT_EQ(Get("PR-EXPOSED shop/db[Pod]:6379/TCP").severity, Severity::kHigh);
}

TEST_F(FindingsTest, WhatAnswersDecidesHowBadAnExposureIs) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto answers = To(TargetKind::kPod, "shop/a[Pod]", "2379", true);
  const auto refuses = To(TargetKind::kPod, "shop/b[Pod]", "2379", true);
  const auto unknown = To(TargetKind::kPod, "shop/c[Pod]", "2379", true);
  const auto first = To(TargetKind::kPod, "shop/d[Pod]", "6379", true);
  const auto second = To(TargetKind::kPod, "shop/d[Pod]", "6379", true);
  for (const TargetId target : {answers, refuses, unknown, first, second})
    Saw(bank, target, Outcome::kOpen, Verdict::kAsIntended);
  const auto service = [&](Access access) {
    return IdentifiedService{bank, {"etcd", "", "3.5.16", access, "GET /version: 200", {}}};
  };
  report_.services = {{answers, service(Access::kAnswers)},
                      {refuses, service(Access::kRefuses)},
                      {first, service(Access::kRefuses)},
                      {second, service(Access::kAnswers)}};
  Ids();
  EXPECT_EQ(Get("PR-EXPOSED shop/a[Pod]:2379/TCP").severity, Severity::kCritical);
  EXPECT_THAT(Get("PR-EXPOSED shop/a[Pod]:2379/TCP").title,
              HasSubstr("answers without credentials"));
  EXPECT_THAT(Get("PR-EXPOSED shop/a[Pod]:2379/TCP").evidence,
              Contains("etcd 3.5.16: GET /version: 200, asked from bank (bare)"));
  EXPECT_EQ(Get("PR-EXPOSED shop/b[Pod]:2379/TCP").severity, Severity::kLow);
  EXPECT_EQ(Get("PR-EXPOSED shop/c[Pod]:2379/TCP").severity, Severity::kHigh);
  // The worst of two replicas.
  EXPECT_EQ(Get("PR-EXPOSED shop/d[Pod]:6379/TCP").severity, Severity::kHigh);
}

// Ports that no scan asks every pod for: declared ones are asked what they are, and what they are
// decides.
TEST_F(FindingsTest, AKnownServiceWithoutCredentialsIsAnExposureWhereverItListens) {
  struct Case {
    const char* port;
    const char* service;
    Access access;
    std::optional<Severity> severity;
    const char* title = "";
  };
  const std::vector<Case> cases = {
      {"8500", "consul", Access::kAnswers, Severity::kMedium, "Consul on"},
      {"9092", "kafka", Access::kAnswers, Severity::kMedium, "Kafka on"},
      {"3000", "redis", Access::kAnswers, Severity::kHigh, "Redis on"},
      {"8200", "vault", Access::kUnknown, Severity::kLow, "Vault on"},
      {"9000", "minio", Access::kUnknown, Severity::kLow, "MinIO or HTTP on"},
      {"8501", "consul", Access::kRefuses, {}},
      {"3000", "http", Access::kAnswers, {}},  // an application on Grafana's port
      {"9000", "unknown", Access::kUnknown, {}},
      {"50051", "http2", Access::kUnknown, {}},
      {"53", "dns", Access::kAnswers, {}},
  };
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto target =
        To(TargetKind::kPod, "shop/w" + std::to_string(i) + "[Pod]", cases[i].port, false);
    report_.plan.targets[Index(target)].declared = true;
    report_.plan.targets[Index(target)].service = "what the port's number says";
    Saw(bank, target, Outcome::kOpen, Verdict::kAsIntended);
    report_.services.emplace(
        target, IdentifiedService{bank, {cases[i].service, "", "", cases[i].access, "said", {}}});
    EXPECT_TRUE(WhatToIdentify(report_)[Index(bank)].contains(target)) << cases[i].port;
  }
  const auto ids = Ids();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string id =
        "PR-EXPOSED shop/w" + std::to_string(i) + "[Pod]:" + cases[i].port + "/TCP";
    if (!cases[i].severity) {
      EXPECT_THAT(ids, Not(Contains(id)));
      continue;
    }
    ASSERT_THAT(ids, Contains(id));
    EXPECT_EQ(Get(id).severity, *cases[i].severity) << id;
    EXPECT_THAT(Get(id).title, testing::StartsWith(cases[i].title));
  }
}

TEST_F(FindingsTest, OpenPortsAreAskedOnceAndFromAnotherNamespaceWhereThatCan) {
  const auto shop = From(VantageKind::kBare, "shop", "shop (bare)");
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto lab = From(VantageKind::kBare, "lab", "lab (bare)");
  const auto node = From(VantageKind::kNode, "", "node1 (node)");
  const auto one = To(TargetKind::kPod, "shop/a[Pod]", "6379", true);
  const auto two = To(TargetKind::kPod, "shop/b[Pod]", "6379", true);
  const auto near = To(TargetKind::kPod, "shop/c[Pod]", "6379", true);
  const auto leak = To(TargetKind::kPod, "shop/d[Pod]", "81", false);
  const auto dull = To(TargetKind::kPod, "shop/e[Pod]", "81", false);
  const auto closed = To(TargetKind::kPod, "shop/f[Pod]", "6379", true);
  const auto nodes = To(TargetKind::kPod, "shop/g[Pod]", "6379", true);
  for (const VantageId vantage : {shop, bank, lab}) {
    Saw(vantage, one, Outcome::kOpen, Verdict::kAsIntended);
    Saw(vantage, two, Outcome::kOpen, Verdict::kAsIntended);
  }
  Saw(shop, near, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, leak, Outcome::kOpen, Verdict::kLeak);
  Saw(bank, dull, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, closed, Outcome::kClosed, Verdict::kAsIntended);
  Saw(node, nodes, Outcome::kOpen, Verdict::kAsIntended);
  const auto asked = WhatToIdentify(report_);
  std::multiset<TargetId> all;
  for (const auto& targets : asked) all.insert(targets.begin(), targets.end());
  EXPECT_THAT(all, testing::UnorderedElementsAre(one, two, near, leak));
  EXPECT_THAT(asked[Index(shop)], ElementsAre(near));
}

TEST_F(FindingsTest, AServiceOfWhatIsExposedByItselfSaysNothingNew) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const Backend db{1, *IpAddress::Parse("10.0.1.2"), *Port::Parse("6379")};
  const auto service = To(TargetKind::kService, "shop/db (Service)", "6380", true, {db});
  Saw(bank, service, Outcome::kOpen, Verdict::kAsIntended);
  EXPECT_THAT(Ids(), Contains("PR-EXPOSED shop/db (Service):6380/TCP"));
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "6379", true), Outcome::kOpen,
      Verdict::kAsIntended);
  EXPECT_THAT(Ids(), Not(Contains("PR-EXPOSED shop/db (Service):6380/TCP")));
}

TEST_F(FindingsTest, MetadataAndExfiltrationPathsAreExposuresFromAnyPod) {
  const auto shop = From(VantageKind::kTwin, "shop", "shop/web[Pod] (twin)");
  Saw(shop, To(TargetKind::kMetadata, "metadata", "80", true), Outcome::kOpen,
      Verdict::kAsIntended);
  Saw(shop, To(TargetKind::kExternal, "203.0.113.10", "443", false), Outcome::kOpen,
      Verdict::kAsIntended);
  Ids();
  EXPECT_EQ(Get("PR-EXPOSED metadata:80/TCP").severity, Severity::kHigh);
  EXPECT_EQ(Get("PR-EXPOSED 203.0.113.10:443/TCP").severity, Severity::kMedium);
}

TEST_F(FindingsTest, APolicyThatSelectsNothingIsNamedWithAHint) {
  EXPECT_THAT(
      Ids({Policy("shop/typo", "app=dbb").DenyIn(), Policy("shop/good", "app=db").DenyIn()}),
      Contains("PR-SELECTS-NOTHING shop/typo"));
  EXPECT_THAT(Get("PR-SELECTS-NOTHING shop/typo").evidence, ElementsAre("did you mean app=db?"));
  EXPECT_THAT(Ids(std::vector<NetworkPolicy>{Policy("shop/good", "app=db").DenyIn()}),
              Not(Contains(HasSubstr("PR-SELECTS-NOTHING"))));
}

TEST_F(FindingsTest, APolicyThatSelectsOnlyAHostNetworkPodSelectsNothing) {
  EXPECT_THAT(Ids(std::vector<NetworkPolicy>{Policy("lab/host", "app=web").DenyIn()}),
              Contains("PR-SELECTS-NOTHING lab/host"));
}

TEST_F(FindingsTest, HostNetworkPodsAreCoveredByNoPolicy) {
  Ids({Policy("lab/all").DenyIn()});
  const Finding& finding = Get("PR-HOST-NETWORK");
  EXPECT_EQ(finding.title, "1 workload uses the host's network: no NetworkPolicy covers it");
  EXPECT_THAT(finding.policies, ElementsAre("lab/all"));
}

TEST_F(FindingsTest, NamespacesWithoutDefaultDenyAreNamedByDirection) {
  auto snapshot = std::make_shared<const Snapshot>(
      Shop({Policy("shop/deny").DenyIn().DenyOut(), Policy("bank/in").DenyIn()}));
  Evaluator evaluator(snapshot, {});
  report_.plan = MakePlan(evaluator, {.scan_id = "x7"});
  AddFindings(evaluator, controls_, report_);
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
  snapshot.gaps = {{"services", "you may not"}};
  EXPECT_THAT(Ids(std::move(snapshot)), Contains("PR-GAP services"));
  EXPECT_THAT(Get("PR-GAP services").evidence, ElementsAre("you may not"));
}

/// Intents about shop/db:6379, of a probe in bank and one in shop.
class IntentFindingsTest : public FindingsTest {
 protected:
  std::vector<std::string> Check(IntentAction action, const std::string& from, Outcome seen,
                                 Verdict verdict = Verdict::kAsIntended) {
    const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
    const auto db = To(TargetKind::kPod, "shop/db[Pod]", "6379", true);
    report_.plan.targets[Index(db)].pod = 1;
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
    report_.findings.clear();
    AddIntentFindings(evaluator, {intent}, report_);
    std::vector<std::string> ids;
    for (const Finding& finding : report_.findings) ids.push_back(finding.id);
    return ids;
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

TEST_F(FindingsTest, TheWorstComeFirst) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "22", true), Outcome::kClosed, Verdict::kLeak);
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "6379", true), Outcome::kOpen, Verdict::kLeak);
  const auto ids = Ids();
  for (std::size_t i = 1; i < ids.size(); ++i) {
    EXPECT_GE(report_.findings[i - 1].severity, report_.findings[i].severity);
  }
}

}  // namespace
}  // namespace podreach
