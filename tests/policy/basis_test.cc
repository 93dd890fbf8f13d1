// What an expectation rests on, case by case: as Judge says it, and as IntendedCells does.

#include <gtest/gtest.h>

#include <optional>

#include "podreach/policy/intended_cells.h"
#include "tests/oracle/dialect_case.h"
#include "tests/policy/intention_text.h"
#include "tests/policy/oracle_engine.h"

namespace podreach {

namespace {

constexpr auto kAllow = Expectation::kAllow;
constexpr auto kDeny = Expectation::kDeny;
constexpr auto kUnknown = Expectation::kUnknown;
constexpr auto kRule = Basis::kRule;
constexpr auto kIsolation = Basis::kIsolation;
constexpr auto kDefault = Basis::kDefault;
constexpr auto kOwnNode = Basis::kOwnNode;
constexpr auto kItself = Basis::kItself;

struct Row {
  oracle::DialectCase of;
  Basis basis;
  std::optional<Expectation> network = {};  ///< of the network alone; else what is expected
};

// The documents are one line each.
// clang-format off
constexpr Row kRows[] = {
    // Allowed.
    {{"nothing governs", "[]", "api web TCP 80", kAllow}, kDefault},
    {{"nothing governs outside", "[]", "web 192.0.2.1 TCP 443", kAllow}, kDefault},
    {{"nothing governs a node", "[]", "n1 n2 TCP 22", kAllow}, kDefault},
    {{"a rule lets in", R"json([{"isolated":"web","from":"api"}])json", "api web TCP 80", kAllow}, kRule},
    {{"a policy selects another pod", R"json([{"isolated":"api"}])json", "api web TCP 80", kAllow}, kDefault},
    {{"what another rule denies goes on", R"json([{"kind":"anp","name":"a","spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Deny","from":[{"namespaces":{"matchLabels":{"team":"b"}}}]}]}}])json",
      "api web TCP 80", kAllow}, kDefault},
    {{"a pass is no allow", R"json([{"kind":"anp","name":"a","spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Pass","from":[{"namespaces":{}}]}]}}])json",
      "api web TCP 80", kAllow}, kDefault},
    {{"an allow of an administrator", R"json([{"isolated":"web"}, {"kind":"anp","name":"a","spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Allow","from":[{"namespaces":{}}]}]}}])json",
      "api web TCP 80", kAllow}, kRule},
    {{"egress by a rule alone", R"json([{"kind":"cnp","ns":"shop","name":"c","spec":{"endpointSelector":{"matchLabels":{"app":"web"}},"egress":[{"toEndpoints":[{}]}]}}])json",
      "web api TCP 80", kAllow}, kRule},
    {{"a rule without default deny", R"json([{"kind":"cnp","ns":"shop","name":"c","spec":{"endpointSelector":{"matchLabels":{"app":"web"}},"enableDefaultDeny":{"ingress":false},"ingress":[{"fromEndpoints":[{}]}]}}])json",
      "api web TCP 80", kAllow}, kRule},
    {{"beside a rule without default deny", R"json([{"kind":"cnp","ns":"shop","name":"c","spec":{"endpointSelector":{"matchLabels":{"app":"web"}},"enableDefaultDeny":{"ingress":false},"ingress":[{"fromEndpoints":[{}]}]}}])json",
      "db web TCP 80", kAllow}, kDefault},
    {{"one's own node", R"json([{"isolated":"web"}])json", "n1 web TCP 80", kAllow}, kOwnNode},
    {{"one's own node, as a pod of its network", R"json([{"isolated":"web"}])json", "agent web TCP 80", kAllow}, kOwnNode},
    {{"one's own node, where nothing governs", "[]", "n1 web TCP 80", kAllow}, kDefault},
    {{"oneself", R"json([{"isolated":"web"}])json", "web web TCP 80", kAllow}, kItself},
    {{"a mesh's rule", R"json([{"proxy":"istio-proxy","pods":["web","api"]}, {"kind":"authz","ns":"shop","name":"z","spec":{"selector":{"matchLabels":{"app":"web"}},"action":"ALLOW","rules":[{}]}}])json",
      "api web TCP 80", kAllow}, kRule},
    {{"a mesh's unwritten default", R"json([{"proxy":"linkerd-proxy","pods":["web","api"]}])json", "api web TCP 80", kAllow}, kDefault},
    {{"a mesh's default by an annotation", R"json([{"proxy":"linkerd-proxy","pods":["web","api"]}, {"hints":{"config.linkerd.io/default-inbound-policy":"all-authenticated"},"pod":"web"}])json",
      "api web TCP 80", kAllow}, kDefault},
    // Denied.
    {{"isolation", R"json([{"isolated":"web"}])json", "api web TCP 80", kDeny}, kIsolation},
    {{"another's allow", R"json([{"isolated":"web","from":"api"}])json", "db web TCP 80", kDeny}, kIsolation},
    {{"an administrator's deny", R"json([{"kind":"anp","name":"a","spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Deny","from":[{"namespaces":{}}]}]}}])json",
      "api web TCP 80", kDeny}, kRule},
    {{"Cilium's deny", R"json([{"kind":"cnp","ns":"shop","name":"c","spec":{"endpointSelector":{"matchLabels":{"app":"web"}},"ingressDeny":[{"fromEndpoints":[{}]}]}}])json",
      "api web TCP 80", kDeny}, kRule},
    {{"Calico's deny", R"json([{"kind":"gnp","name":"g","spec":{"selector":"app == 'web'","ingress":[{"action":"Deny"}]}}])json",
      "api web TCP 80", kDeny}, kRule},
    {{"Calico's end of a tier", R"json([{"kind":"gnp","name":"g","spec":{"selector":"app == 'web'","types":["Ingress"]}}])json",
      "api web TCP 80", kDeny}, kIsolation},
    {{"isolation on one side, a deny on the other", R"json([{"isolated":"web"}, {"kind":"gnp","name":"g","spec":{"selector":"app == 'api'","egress":[{"action":"Deny"}]}}])json",
      "api web TCP 80", kDeny}, kRule},
    {{"a rule on one side, isolation on the other", R"json([{"isolated":"web"}, {"kind":"gnp","name":"g","spec":{"selector":"app == 'api'","egress":[{"action":"Allow"}]}}])json",
      "api web TCP 80", kDeny}, kIsolation},
    {{"a mesh's isolation", R"json([{"proxy":"istio-proxy","pods":["web","api"]}, {"kind":"authz","ns":"shop","name":"z","spec":{"selector":{"matchLabels":{"app":"web"}}}}])json",
      "api web TCP 80", kDeny}, kIsolation, kAllow},
    {{"a mesh's deny", R"json([{"proxy":"istio-proxy","pods":["web","api"]}, {"kind":"authz","ns":"shop","name":"z","spec":{"selector":{"matchLabels":{"app":"web"}},"action":"DENY","rules":[{}]}}])json",
      "api web TCP 80", kDeny}, kRule, kAllow},
    {{"a mesh's deny by an annotation", R"json([{"proxy":"linkerd-proxy","pods":["web","api"]}, {"hints":{"config.linkerd.io/default-inbound-policy":"deny"},"pod":"web"}])json",
      "api web TCP 80", kDeny}, kIsolation, kAllow},
    {{"the network and a mesh deny", R"json([{"isolated":"web"}, {"proxy":"istio-proxy","pods":["web","api"]}, {"kind":"authz","ns":"shop","name":"z","spec":{"selector":{"matchLabels":{"app":"web"}}}}])json",
      "api web TCP 80", kDeny}, kIsolation},
    // Unknown.
    {{"another node", R"json([{"isolated":"web"}])json", "n2 web TCP 80", kUnknown}, Basis::kUnknown},
    {{"policies that disagree", R"json([{"kind":"anp","name":"a","spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Deny","from":[{"namespaces":{}}]}]}}, {"kind":"anp","name":"b","spec":{"priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Allow","from":[{"namespaces":{}}]}]}}])json",
      "api web TCP 80", kUnknown}, Basis::kUnknown},
    {{"a mesh may deny", R"json([{"proxy":"istio-proxy","pods":["web","api"]}, {"kind":"authz","ns":"shop","name":"z","spec":{"selector":{"matchLabels":{"app":"web"}},"action":"CUSTOM","rules":[{}]}}])json",
      "api web TCP 80", kUnknown}, Basis::kUnknown, kAllow},
    // What the network alone says of what a mesh denies.
    {{"another node, which the network may let in, and STRICT", R"json([{"isolated":"web"}, {"proxy":"istio-proxy","pods":["web"]}, {"kind":"peer","ns":"shop","name":"p","spec":{"mtls":{"mode":"STRICT"}}}])json",
      "n2 web TCP 80", kDeny}, kRule, kUnknown},
    {{"another node, where the network governs nothing, and STRICT", R"json([{"proxy":"istio-proxy","pods":["web"]}, {"kind":"peer","ns":"shop","name":"p","spec":{"mtls":{"mode":"STRICT"}}}])json",
      "n2 web TCP 80", kDeny}, kRule, kAllow},
    {{"one's own node, which the network lets in, and STRICT", R"json([{"isolated":"web"}, {"proxy":"istio-proxy","pods":["web"]}, {"kind":"peer","ns":"shop","name":"p","spec":{"mtls":{"mode":"STRICT"}}}])json",
      "n1 web TCP 80", kDeny}, kRule, kAllow},
    {{"the network denies egress, and a mesh alone denies ingress", R"json([{"kind":"calico","ns":"shop","name":"c","spec":{"selector":"app == 'api'","types":["Egress"]}}, {"proxy":"istio-proxy","pods":["web","api"]}, {"kind":"authz","ns":"shop","name":"z","spec":{"selector":{"matchLabels":{"app":"web"}}}}])json",
      "api web TCP 80", kDeny}, kIsolation, kDeny},
    {{"the network may deny egress, and a mesh alone denies ingress", R"json([{"kind":"ccnp","name":"c","spec":{"endpointSelector":{"matchLabels":{"app":"api"}},"egress":[{"toGroups":[{"aws":{}}],"toRequires":[{}]}]}}, {"proxy":"istio-proxy","pods":["web","api"]}, {"kind":"authz","ns":"shop","name":"z","spec":{"selector":{"matchLabels":{"app":"web"}}}}])json",
      "api web TCP 80", kDeny}, kIsolation, kUnknown},
};
// clang-format on

TEST(BasisTest, IsWhatTheExpectationRestsOn) {
  for (const auto& [row, basis, network] : kRows) {
    SCOPED_TRACE(std::string(row.name));
    const auto world = oracle::CaseWorld(row);
    const Evaluator evaluator(SnapshotOf(world), {});
    const auto [source, destination, protocol, port] = oracle::CaseQuestion(row, world.snapshot);
    const auto from = PeerOf(evaluator, source);
    const auto to = PeerOf(evaluator, destination);
    const Intention expected{row.answer, basis, network.value_or(row.answer)};
    const auto judged = evaluator.Judge(from, to, protocol, port);
    EXPECT_EQ(WithoutWords(judged), expected) << Text(judged);
    IntendedCells cells(evaluator);
    const auto from_id = cells.Add(from);
    EXPECT_EQ(cells.Of(from_id, cells.Add(to), protocol, port), expected);
  }
}

}  // namespace
}  // namespace podreach
