// What is intended for a scan's cells: against the same questions asked of Evaluator::Judge one by
// one, and case by case where a Service, a mesh or a probe stands between.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/findings/scan_world.h"

namespace podreach {

/// For messages of tests.
inline void PrintTo(const CellIntention& intention, std::ostream* out) {
  *out << ToString(intention.expectation) << " by " << ToString(intention.basis) << " because "
       << ToString(intention.reason);
}

namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::HasSubstr;

CellIntention Allow(Basis basis) { return {Expectation::kAllow, basis, Reason::kNone}; }
CellIntention Deny(Basis basis) { return {Expectation::kDeny, basis, Reason::kNone}; }
CellIntention UnknownFor(Reason reason) { return {Expectation::kUnknown, Basis::kUnknown, reason}; }

/// The same by Judge alone, for what isn't behind a Service and in no mesh.
CellIntention ByJudge(const ScanWorld& world, VantageId from, TargetId to) {
  const Vantage& vantage = world.plan.vantage(from);
  const Target& target = world.plan.target(to);
  const Place& place = world.plan.place(to);
  const PolicyPeer source{vantage.pod_class, vantage.address, vantage.node,
                          vantage.kind == VantageKind::kNode};
  PolicyPeer end{std::nullopt, place.address, place.node, false};
  if (const auto& pod = world.plan.pod_of_place[Index(target.place)])
    end.pod_class = world.evaluator.ClassOf(*pod);
  if (place.probe) {
    end.pod_class = world.plan.vantage(*place.probe).pod_class;
    end.node = world.plan.vantage(*place.probe).node;
  }
  end.is_node = place.kind == TargetKind::kNode || place.kind == TargetKind::kHostNetworkPod;
  const Judgement judged = world.evaluator.Judge(source, end, target.protocol, target.port);
  if (judged.expectation == Expectation::kUnknown) return UnknownFor(Reason::kUnclearPolicy);
  return {judged.expectation, judged.basis, Reason::kNone};
}

struct PolicyCase {
  const char* shows;
  std::vector<NetworkPolicy> policies;
};

class IntentionTableTest : public testing::TestWithParam<PolicyCase> {};

TEST_P(IntentionTableTest, SaysWhatJudgeSays) {
  ScanWorld world(GetParam().policies);
  world.Probe(VantageKind::kBare, "shop");
  world.Probe(VantageKind::kBare, "bank");
  world.Probe(VantageKind::kTwin, "shop", "app=web,tier=front");
  world.Probe(VantageKind::kTwin, "shop", "app=db");
  world.Probe(VantageKind::kNode, "podreach");
  for (const char* port : {"TCP 80", "TCP 5432", "UDP 53", "TCP 8080"}) {
    for (const char* pod : {"shop/web", "shop/db", "shop/db2", "bank/api", "bank/web", "lab/any"})
      world.Pod(pod, port);
    world.At(TargetKind::kNode, "192.168.0.1", port, "n1");
    world.At(TargetKind::kNode, "192.168.0.2", port, "n2");
    world.At(TargetKind::kHostNetworkPod, "192.168.0.1", port, "n1");
    world.At(TargetKind::kControlPlane, "192.168.0.9", port);
    world.At(TargetKind::kMetadata, "169.254.169.254", port);
    world.At(TargetKind::kExternal, "203.0.113.10", port);
    for (std::uint32_t v = 0; v < 4; ++v) world.Responder(VantageId{v}, port);
  }
  world.Begin();
  for (const Vantage& vantage : world.plan.vantages) {
    for (std::uint32_t t = 0; t < world.plan.targets.size(); ++t) {
      EXPECT_EQ(world.Intended(vantage.id, TargetId{t}), ByJudge(world, vantage.id, TargetId{t}))
          << vantage.name << " to " << world.plan.place(TargetId{t}).name << " "
          << PortText(world.plan.target(TargetId{t}));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, IntentionTableTest,
    testing::Values(
        PolicyCase{"nothing", {}}, PolicyCase{"deny_all", {Policy("shop/deny").DenyIn().DenyOut()}},
        PolicyCase{"some_ports",
                   {Policy("shop/db", "app=db").In({Pods("app=web")}, {"TCP 5432"}),
                    Policy("shop/dns", "app=db").In({Spaces("team=b")}, {"UDP 53"})}},
        PolicyCase{
            "egress",
            {Policy("bank/out").Out({Spaces("team=a")}, {"TCP 80"}),
             Policy("shop/web", "app=web").Out({Block("0.0.0.0/0", {"169.254.169.254/32"})})}},
        PolicyCase{"by_address", {Policy("shop/block").In({Block("10.9.0.0/31")}, {"TCP 80"})}},
        PolicyCase{"by_name", {Policy("shop/named").In({}, {"TCP http"})}},
        PolicyCase{"unread", {Policy("shop/odd", "app=db").DenyIn().Damage("/spec/ingress", 7)}}),
    [](const auto& param_info) { return param_info.param.shows; });

/// shop/db takes 5432 from everybody, and 80 from nobody; shop/db2 takes neither; bank's pods have
/// no policy.
std::vector<NetworkPolicy> TwoDatabases() {
  return {Policy("shop/db").DenyIn(),
          Policy("shop/db-port", "app=db").In({Spaces("team=b")}, {"TCP 5432"})};
}

struct ServiceCase {
  const char* shows;
  TargetKind kind;
  std::vector<std::pair<std::string, const char*>> backends;
  CellIntention intended;
};

class ServiceIntentionTest : public testing::TestWithParam<ServiceCase> {};

TEST_P(ServiceIntentionTest, IsThatOfItsBackends) {
  ScanWorld world(TwoDatabases());
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  // The Service's own port is nothing that a policy looks at.
  const auto service = world.Service(GetParam().kind, "TCP 9999", GetParam().backends);
  world.Begin();
  EXPECT_EQ(world.Intended(bank, service), GetParam().intended);
}

INSTANTIATE_TEST_SUITE_P(
    All, ServiceIntentionTest,
    testing::Values(
        ServiceCase{
            "one_allowed", TargetKind::kService, {{"shop/db", "5432"}}, Allow(Basis::kRule)},
        ServiceCase{
            "one_denied", TargetKind::kService, {{"shop/db", "80"}}, Deny(Basis::kIsolation)},
        ServiceCase{"one_that_nobody_governs",
                    TargetKind::kService,
                    {{"bank/api", "80"}},
                    Allow(Basis::kDefault)},
        ServiceCase{"two_that_agree",
                    TargetKind::kService,
                    {{"shop/db", "5432"}, {"shop/db2", "5432"}},
                    Allow(Basis::kRule)},
        ServiceCase{"two_that_differ",
                    TargetKind::kService,
                    {{"shop/db", "5432"}, {"shop/web", "5432"}},
                    UnknownFor(Reason::kBackendsDiffer)},
        ServiceCase{"two_that_differ_the_other_way",
                    TargetKind::kService,
                    {{"shop/web", "5432"}, {"shop/db", "5432"}},
                    UnknownFor(Reason::kBackendsDiffer)},
        // A rule for one of them is somebody's intention for the Service.
        ServiceCase{"a_rule_and_a_default",
                    TargetKind::kService,
                    {{"bank/api", "80"}, {"shop/db", "5432"}},
                    Allow(Basis::kRule)},
        ServiceCase{"a_default_and_a_rule",
                    TargetKind::kService,
                    {{"shop/db", "5432"}, {"bank/api", "80"}},
                    Allow(Basis::kRule)},
        ServiceCase{"none", TargetKind::kService, {}, UnknownFor(Reason::kNoEndpoint)},
        ServiceCase{"dns", TargetKind::kDns, {{"shop/db", "80"}}, Deny(Basis::kIsolation)},
        ServiceCase{"dns_without_endpoint", TargetKind::kDns, {}, UnknownFor(Reason::kNoEndpoint)},
        // Through a NodePort the enforcer may see the node as the source, and let it in.
        ServiceCase{"node_port_denied",
                    TargetKind::kNodePort,
                    {{"shop/db", "80"}},
                    UnknownFor(Reason::kNodePortSource)},
        ServiceCase{
            "node_port_allowed", TargetKind::kNodePort, {{"shop/db", "5432"}}, Allow(Basis::kRule)},
        ServiceCase{"node_port_that_nobody_governs",
                    TargetKind::kNodePort,
                    {{"bank/api", "80"}},
                    Allow(Basis::kDefault)},
        ServiceCase{"node_port_differs",
                    TargetKind::kNodePort,
                    {{"shop/db", "5432"}, {"shop/web", "5432"}},
                    UnknownFor(Reason::kBackendsDiffer)},
        ServiceCase{"node_port_without_endpoint",
                    TargetKind::kNodePort,
                    {},
                    UnknownFor(Reason::kNoEndpoint)}),
    [](const auto& param_info) { return param_info.param.shows; });

/// Istio keeps everybody from shop/web, and the network nobody.
Snapshot MeshOfShop(const std::vector<NetworkPolicy>& policies = {}) {
  Snapshot snapshot = Shop(policies);
  for (Pod& pod : snapshot.pods) {
    if (pod.ns == "shop") pod.proxies = {"istio-proxy"};
  }
  PolicyDocument nobody;
  nobody.group = "security.istio.io";
  nobody.version = "v1";
  nobody.kind = "AuthorizationPolicy";
  nobody.ns = "shop";
  nobody.name = "nobody";
  nobody.object = PackedJson(nlohmann::json::parse(R"json({
    "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
    "metadata": {"namespace": "shop", "name": "nobody"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}}})json"));
  snapshot.policy_documents.push_back(nobody);
  return snapshot;
}

// The connection itself gets to the sidecar, so that a probe can't see whether the mesh denies it.
TEST(IntentionTableOfAMeshTest, WhatOnlyAMeshDeniesIsUnknown) {
  ScanWorld world(MeshOfShop());
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto web = world.Pod("shop/web", "TCP 8080");
  const auto db = world.Pod("shop/db", "TCP 80");
  const auto service = world.Service(TargetKind::kService, "TCP 80", {{"shop/web", "8080"}});
  const auto node_port = world.Service(TargetKind::kNodePort, "TCP 30080", {{"shop/web", "8080"}});
  const auto both =
      world.Service(TargetKind::kService, "TCP 81", {{"shop/web", "8080"}, {"shop/db", "80"}});
  world.Begin();
  EXPECT_EQ(world.Intended(bank, web), UnknownFor(Reason::kSidecar));
  EXPECT_EQ(world.Intended(bank, db).expectation, Expectation::kAllow);
  EXPECT_EQ(world.Intended(bank, service), UnknownFor(Reason::kSidecar));
  EXPECT_EQ(world.Intended(bank, node_port), UnknownFor(Reason::kSidecar));
  EXPECT_EQ(world.Intended(bank, both), UnknownFor(Reason::kBackendsDiffer));
}

TEST(IntentionTableOfAMeshTest, WhatTheNetworkDeniesAsWellIsDenied) {
  ScanWorld world(MeshOfShop({Policy("shop/deny").DenyIn()}));
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto web = world.Pod("shop/web", "TCP 8080");
  world.Begin();
  EXPECT_EQ(world.Intended(bank, web), Deny(Basis::kIsolation));
}

TEST(IntentionTableOfProbesTest, AResponderIsJudgedAsItsProbe) {
  ScanWorld world({Policy("shop/db", "app=db").In({Spaces("team=b")}, {"TCP 7471"})});
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  const auto twin = world.Probe(VantageKind::kTwin, "shop", "app=db");
  const auto responder = world.Responder(twin);
  const auto of_bank = world.Responder(bank);
  world.Begin();
  EXPECT_EQ(world.Intended(bank, responder), Allow(Basis::kRule));
  EXPECT_EQ(world.Intended(lab, responder), Deny(Basis::kIsolation));
  EXPECT_EQ(world.Intended(lab, of_bank), Allow(Basis::kDefault));
  EXPECT_EQ(world.Intended(bank, of_bank), Allow(Basis::kItself));
  EXPECT_EQ(world.Intended(twin, responder), Allow(Basis::kItself));
}

TEST(IntentionTableOfProbesTest, AProbeWithoutAClassCannotBeJudged) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto canary = world.Probe(VantageKind::kCanaryTarget, "podreach");
  world.plan.vantages[Index(canary)].pod_class.reset();
  const auto responder = world.Responder(canary);
  world.Begin();
  EXPECT_EQ(world.Intended(bank, responder), UnknownFor(Reason::kNoClass));
}

TEST(IntentionTableRowsTest, AnAskMayGoOn) {
  ScanWorld world(TwoDatabases());
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  world.Pod("shop/db", "TCP 5432");
  world.Begin();
  const auto denied = world.Pod("shop/db", "TCP 80");
  world.plan.asks[Index(bank)] =
      std::make_shared<const std::vector<TargetId>>(std::vector{TargetId{0}, denied});
  world.intentions->Fill(bank);
  EXPECT_EQ(world.Intended(bank, TargetId{0}), Allow(Basis::kRule));
  EXPECT_EQ(world.Intended(bank, denied), Deny(Basis::kIsolation));
}

TEST(IntentionTableRowsTest, WhatIsDroppedOrWasNeverFilledIsRefused) {
  ScanWorld world(TwoDatabases());
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  world.Pod("shop/db", "TCP 5432");
  world.Begin();
  world.intentions->Drop(bank);
  EXPECT_THROW((void)world.intentions->At(bank, 0), std::out_of_range);
  EXPECT_EQ(world.intentions->At(lab, 0).expectation, Expectation::kDeny);
  EXPECT_THROW((void)world.intentions->At(lab, 1), std::out_of_range);
}

TEST(IntentionTableWordsTest, ExplainNamesTheRulesThatDecide) {
  ScanWorld world(TwoDatabases());
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto allowed = world.Pod("shop/db", "TCP 5432");
  const auto denied = world.Service(TargetKind::kService, "TCP 9999", {{"shop/web", "80"}});
  const auto differ =
      world.Service(TargetKind::kService, "TCP 9998", {{"shop/web", "5432"}, {"shop/db", "5432"}});
  world.Begin();
  EXPECT_EQ(Summary(world.intentions->Explain(bank, allowed)),
            "allow: shop/db-port spec.ingress[0].from[0]");
  EXPECT_EQ(Summary(world.intentions->Explain(bank, denied)), "deny: shop/db");
  const Judgement unclear = world.intentions->Explain(bank, differ);
  EXPECT_EQ(unclear.expectation, Expectation::kUnknown);
  EXPECT_THAT(unclear.rules.at(0).text, HasSubstr("differently"));
}

}  // namespace
}  // namespace podreach
