// Intents against the same questions asked pod by pod.

#include "podreach/policy/intent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "podreach/policy/intent_check.h"
#include "tests/oracle/network_policy.h"
#include "tests/oracle/random_cluster.h"

namespace podreach {
namespace {

using oracle::NetworkPolicy;
using oracle::RandomCluster;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::array kAskedPorts = {1, 79, 80, 81, 443, 8080, 8081, 65535};

/// Several pods a workload; each an address of its own.
Snapshot MakeCluster(RandomCluster& random) {
  Snapshot snapshot = random.Make();
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    Pod& pod = snapshot.pods[i];
    pod.workload = {"Deployment", pod.ns, "w" + std::to_string(i % 2)};
    pod.ips = {*IpAddress::Parse("10.0." + std::to_string(i % 2) + "." + std::to_string(i))};
  }
  return snapshot;
}

IntentSide AnySide(RandomCluster& random) {
  IntentSide side;
  auto& end = side.emplace_back();
  if (random.OneIn(3)) {
    end.block = IpBlock{*Cidr::Parse(random.OneIn(2) ? "10.0.0.0/24" : "10.0.1.2/31"),
                        {*Cidr::Parse("10.0.0.2/32")}};
  } else if (random.OneIn(2)) {
    end.ns = random.OneIn(2) ? "ns0" : "ns1";
  } else {
    end.pods = LabelSelector{{{"app", LabelRequirement::Operator::kExists, {}}}};
    if (random.OneIn(2)) end.namespaces = LabelSelector{};
  }
  return side;
}

Intent AnyIntent(RandomCluster& random, IntentAction action) {
  Intent intent;
  intent.name = "any";
  intent.action = action;
  intent.from = AnySide(random);
  intent.to = AnySide(random);
  intent.ports[0] = *PortSet::Parse(random.OneIn(2) ? "80-443" : "1-65535");
  intent.ports[1] = *PortSet::Parse("8080");
  return intent;
}

/// source, destination, protocol, port, unknown
using Cell = std::tuple<std::string, std::string, Protocol, int, bool>;

std::set<Cell> Given(const IntentReport& report) {
  std::set<Cell> cells;
  for (const auto& breach : report.breaches) {
    if (breach.source.find('[') == std::string::npos ||
        breach.destination.find('[') == std::string::npos)
      continue;
    for (const auto protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
      for (const int port : kAskedPorts) {
        if (breach.ports.at(static_cast<std::size_t>(protocol)).Contains(oracle::PortOf(port)))
          cells.emplace(breach.source, breach.destination, protocol, port, breach.unknown);
      }
    }
  }
  return cells;
}

std::set<Cell> Wanted(const Evaluator& evaluator, const Intent& intent) {
  const auto& snapshot = evaluator.snapshot();
  const IntentMatcher matcher(snapshot);
  std::set<Cell> cells;
  for (std::size_t from = 0; from < snapshot.pods.size(); ++from) {
    for (std::size_t to = 0; to < snapshot.pods.size(); ++to) {
      const Pod& source = snapshot.pods[from];
      const Pod& destination = snapshot.pods[to];
      if (from == to || !source.IsLive() || !destination.IsLive()) continue;
      if (!matcher.HasPod(intent.to, destination)) continue;
      const bool has = matcher.HasPod(intent.from, source);
      const bool only = intent.action == IntentAction::kAllowOnly;
      if (only ? has || source.host_network : !has) continue;
      const auto peer = [&](std::size_t i) {
        const Pod& pod = snapshot.pods[i];
        return PolicyPeer{evaluator.ClassOf(i), pod.ips.front(), pod.node, pod.host_network};
      };
      for (const auto protocol : {Protocol::kTcp, Protocol::kUdp}) {
        for (const int port : kAskedPorts) {
          if (!intent.ports.at(static_cast<std::size_t>(protocol)).Contains(oracle::PortOf(port)))
            continue;
          const auto judged =
              evaluator.Judge(peer(from), peer(to), protocol, oracle::PortOf(port)).expectation;
          const auto holds =
              intent.action == IntentAction::kAllow ? Expectation::kAllow : Expectation::kDeny;
          if (judged == holds) continue;
          cells.emplace(source.workload.ToString(), destination.workload.ToString(), protocol, port,
                        judged == Expectation::kUnknown);
        }
      }
    }
  }
  return cells;
}

/// What is broken for one pair of pods is broken for their workloads, unknown or not for others.
std::string Text(const std::set<Cell>& cells) {
  std::string text;
  for (const auto& [source, destination, protocol, port, unknown] : cells) {
    if (unknown && cells.contains({source, destination, protocol, port, false})) continue;
    text += source + " " + destination + " " + std::string(ToString(protocol)) + " " +
            std::to_string(port) + (unknown ? " unknown\n" : "\n");
  }
  return text;
}

TEST(IntentTest, AgreesWithEachPairOfPods) {
  std::size_t breaches = 0;
  for (std::uint64_t seed = 1; seed <= 1'500 && !HasFailure(); ++seed) {
    RandomCluster random(seed);
    auto snapshot = std::make_shared<const Snapshot>(MakeCluster(random));
    Evaluator evaluator(snapshot, {});
    const auto action = static_cast<IntentAction>(seed % 3);
    const std::vector<Intent> intents{AnyIntent(random, action)};
    const auto given = Given(CheckIntents(evaluator, intents, {}));
    EXPECT_EQ(Text(given), Text(Wanted(evaluator, intents[0]))) << "seed " << seed;
    breaches += given.size();
  }
  EXPECT_GT(breaches, 5'000U);
}

Snapshot Shop() {
  Snapshot snapshot;
  snapshot.namespaces.emplace_back().name = "shop";
  int last = 1;
  for (const char* name : {"web", "db"}) {
    Pod& pod = snapshot.pods.emplace_back();
    pod.ns = "shop";
    pod.name = name;
    pod.workload = {"Deployment", "shop", name};
    pod.labels = {{"app", name}};
    pod.phase = PodPhase::kRunning;
    pod.ips = {IpAddress::V4(0x0A000000U + static_cast<std::uint32_t>(last++))};
  }
  return snapshot;
}

NetworkPolicy DenyAll(const char* name) {
  NetworkPolicy policy;
  policy.ns = "shop";
  policy.name = name;
  policy.egress_type = true;
  return policy;
}

IntentReport BuiltIn(Snapshot snapshot) {
  Evaluator evaluator(std::make_shared<const Snapshot>(std::move(snapshot)), {});
  return CheckIntents(evaluator, BuiltInIntents(), PolicyLints());
}

TEST(IntentTest, AnOpenNamespaceBreaksEveryBuiltIn) {
  const auto report = BuiltIn(Shop());
  std::set<std::size_t> broken;
  for (const auto& breach : report.breaches) {
    EXPECT_FALSE(breach.unknown);
    EXPECT_FALSE(breach.rules.empty());
    broken.insert(breach.intent);
  }
  EXPECT_EQ(broken.size(), BuiltInIntents().size());
  EXPECT_THAT(report.lints, SizeIs(2));  // no default deny, either way
}

TEST(IntentTest, DefaultDenyKeepsThem) {
  auto snapshot = Shop();
  snapshot.policy_documents = {DenyAll("all")};
  const auto report = BuiltIn(std::move(snapshot));
  // The own node's ports may be reached all the same, where it isn't known.
  for (const auto& breach : report.breaches) EXPECT_TRUE(breach.unknown) << breach.destination;
  EXPECT_THAT(report.lints, IsEmpty());
}

TEST(IntentTest, NamesIdlePolicies) {
  auto snapshot = Shop();
  const auto in = [](const char* value) {
    return LabelSelector{{{"app", LabelRequirement::Operator::kIn, {value}}}};
  };
  auto nobody = DenyAll("nobody");
  nobody.pod_selector = in("dbb");
  auto once_more = DenyAll("once-more");
  once_more.pod_selector = in("db");
  snapshot.policy_documents = {DenyAll("all"), nobody, once_more};
  const auto report = BuiltIn(std::move(snapshot));
  std::vector<std::string> said;
  for (const auto& lint : report.lints) said.push_back(lint.subject + " " + lint.text);
  EXPECT_THAT(said, SizeIs(2));
  EXPECT_THAT(said, Contains(AllOf(HasSubstr("shop/nobody"), HasSubstr("selects no pod"))));
  EXPECT_THAT(said, Contains(AllOf(HasSubstr("shop/once-more"), HasSubstr("could go"))));
}

TEST(IntentTest, AsksForAllOfABlock) {
  auto snapshot = Shop();
  auto policy = DenyAll("egress");
  policy.ingress_type = false;
  auto& rule = policy.egress.emplace_back();
  rule.peers.emplace_back().ip_block = IpBlock{*Cidr::Parse("192.0.2.0/25"), {}};
  snapshot.policy_documents = {policy};
  Evaluator evaluator(std::make_shared<const Snapshot>(std::move(snapshot)), {});
  Intent intent;
  intent.action = IntentAction::kAllow;
  intent.from.emplace_back().workload = "shop/web";
  intent.to.emplace_back().block = IpBlock{*Cidr::Parse("192.0.2.0/24"), {}};
  intent.ports[0] = *PortSet::Parse("443");
  const auto report = CheckIntents(evaluator, {intent}, {});
  ASSERT_THAT(report.breaches, SizeIs(1));
  EXPECT_EQ(report.breaches[0].destination, "192.0.2.128-192.0.2.255");
  EXPECT_FALSE(report.breaches[0].unknown);
}

std::string ProblemsOf(const char* json) {
  Problems problems;
  (void)ReadIntents(nlohmann::json::parse(json), problems);
  return problems.Joined();
}

TEST(IntentTest, SaysWhatIsMalformed) {
  EXPECT_THAT(ProblemsOf("[]"), HasSubstr("not an object"));
  EXPECT_THAT(ProblemsOf(R"({"schema":"x"})"), HasSubstr("schema: must be podreach.io/intent/v1"));
  const auto with = [](const std::string& intent) {
    return ProblemsOf((R"({"schema":"podreach.io/intent/v1","intents":[)" + intent + "]}").c_str());
  };
  EXPECT_EQ(with(R"({"name":"a","action":"deny","to":[{"place":"internet"}]})"), "");
  EXPECT_THAT(with(R"({"name":"a","action":"forbid","to":[{"place":"dns"}]})"),
              HasSubstr("intents[0].action: not an action"));
  EXPECT_THAT(with(R"({"name":"a","action":"deny","to":[{"place":"moon"}]})"),
              HasSubstr("intents[0].to[0].place: not a place"));
  EXPECT_THAT(with(R"({"name":"a","action":"deny","to":[{"cidr":"10.0.0.0/8","place":"dns"}]})"),
              HasSubstr("intents[0].to[0]: needs one of"));
  EXPECT_THAT(with(R"({"name":"a","action":"deny","to":[{"place":"dns"}],"ports":["70000"]})"),
              HasSubstr("intents[0].ports[0]: not a port"));
  EXPECT_THAT(with(R"({"name":"a","action":"allow-only","to":[{"place":"dns"}]})"),
              HasSubstr("allow-only needs `from`"));
  EXPECT_THAT(with(R"({"name":"no-etcd","action":"deny","to":[{"place":"dns"}]})"),
              HasSubstr("another intent has this name"));
  EXPECT_THAT(with(R"({"name":"a","action":"deny","too":[{"place":"dns"}]})"),
              HasSubstr("intents[0].too: no such field here"));
}

}  // namespace
}  // namespace podreach
