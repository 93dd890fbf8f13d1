// The engine against the naive evaluator, over clusters made at random from fixed seeds.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "podreach/policy/evaluator.h"
#include "tests/oracle/naive_evaluator.h"
#include "tests/oracle/random_cluster.h"

namespace podreach {
namespace {

using oracle::RandomCluster;
using oracle::standard::End;
using oracle::standard::NaiveEvaluator;

/// How many clusters: PODREACH_ORACLE_CLUSTERS, or what a build of this kind does in a minute.
std::uint64_t Clusters() {
  const char* number = std::getenv("PODREACH_ORACLE_CLUSTERS");
  if (number != nullptr) return std::strtoull(number, nullptr, 10);
#ifdef NDEBUG
  return 100'000;
#else
  return 5'000;
#endif
}

constexpr int kConnections = 20;

/// The same end as both sides take it.
struct Pair {
  End naive;
  PolicyPeer clever;
};

Pair AnyEnd(RandomCluster& random, const Snapshot& snapshot, const Evaluator& evaluator) {
  Pair end;
  const auto pod = static_cast<std::size_t>(random.Below(static_cast<int>(snapshot.pods.size())));
  if (snapshot.pods[pod].IsLive() && !random.OneIn(5)) {
    end.naive.pod = &snapshot.pods[pod];
    end.naive.address = end.naive.pod->ips.at(random.OneIn(2) ? 0 : end.naive.pod->ips.size() - 1);
    end.naive.node = end.naive.pod->node;
    end.naive.is_node = end.naive.pod->host_network && random.OneIn(2);
    end.clever.pod_class = evaluator.ClassOf(pod);
  } else {
    end.naive.address = random.AnyAddress();
    end.naive.is_node = random.OneIn(2);
    if (end.naive.is_node) end.naive.node = random.AnyNode();
  }
  if (random.OneIn(12)) end.naive.address.reset();
  end.clever.address = end.naive.address;
  end.clever.node = end.naive.node;
  end.clever.is_node = end.naive.is_node;
  return end;
}

std::string Text(const Judgement& judgement) {
  std::string text(ToString(judgement.expectation));
  for (const auto& rule : judgement.rules) text += "\n  " + rule.text;
  return text;
}

/// Often one that the destination declares, so that names meet their ports.
std::pair<Protocol, Port> AnyPortOf(RandomCluster& random, const Pair& destination) {
  const Pod* pod = destination.naive.pod;
  if (pod == nullptr || pod->ports.empty() || random.OneIn(2)) {
    return {random.AnyProtocol(), random.AnyPort()};
  }
  const auto& ports = pod->ports;
  const auto& port = ports[static_cast<std::size_t>(random.Below(static_cast<int>(ports.size())))];
  return {port.protocol, port.port};
}

/// What AllowedPorts says of one port; unknown where it answers nothing.
bool Agrees(const std::optional<PortSet>& ports, Port port, Expectation expected) {
  if (!ports) return true;  // some port is unknown, which one it doesn't say
  return expected == (ports->Contains(port) ? Expectation::kAllow : Expectation::kDeny);
}

class OracleTest : public testing::Test {
 protected:
  /// One cluster, several connections. Stops at the first disagreement.
  void Compare(std::uint64_t seed) {
    RandomCluster random(seed);
    const auto snapshot = std::make_shared<const Snapshot>(random.Make());
    EnforcerProfile profile{"random", !random.OneIn(4), !random.OneIn(4)};
    const Evaluator clever(snapshot, profile);
    const NaiveEvaluator naive(*snapshot,
                               {profile.ip_blocks_match_pods, profile.ip_blocks_match_nodes});
    for (int i = 0; i < kConnections; ++i) {
      const auto source = AnyEnd(random, *snapshot, clever);
      const auto destination = AnyEnd(random, *snapshot, clever);
      const auto [protocol, port] = AnyPortOf(random, destination);
      const auto expected = naive.Judge(source.naive, destination.naive, protocol, port);
      const auto judged = clever.Judge(source.clever, destination.clever, protocol, port);
      ASSERT_EQ(judged.expectation, expected)
          << "seed " << seed << ", connection " << i << ", " << ToString(protocol) << " "
          << port.number() << ", the oracle says " << ToString(expected) << ", the engine "
          << Text(judged);
      ASSERT_FALSE(judged.rules.empty()) << "seed " << seed;
      const auto ports = clever.AllowedPorts(source.clever, destination.clever, protocol);
      ASSERT_TRUE(Agrees(ports, port, expected))
          << "seed " << seed << ", connection " << i << ", " << ToString(protocol) << " "
          << port.number() << ", allowed ports " << ports->ToString() << ", the engine "
          << Text(judged);
      ++seen_.at(static_cast<std::size_t>(expected));
    }
  }

  std::array<std::uint64_t, 3> seen_{};  // by Expectation
};

TEST_F(OracleTest, AgreesOnRandomClusters) {
  const auto clusters = Clusters();
  for (std::uint64_t seed = 1; seed <= clusters && !HasFatalFailure(); ++seed) Compare(seed);
  std::printf("seeds 1 to %llu, %d connections each: %llu allow, %llu deny, %llu unknown\n",
              static_cast<unsigned long long>(clusters), kConnections,
              static_cast<unsigned long long>(seen_[0]), static_cast<unsigned long long>(seen_[1]),
              static_cast<unsigned long long>(seen_[2]));
  // A generator that lost one of the answers would agree about nothing worth agreeing on.
  for (const auto count : seen_) EXPECT_GT(count, clusters / 2);
}

/// Every port of a protocol: nothing between the ports that the sampled test asks for is out of
/// place.
TEST_F(OracleTest, AgreesOnEveryPort) {
  for (std::uint64_t seed = 1'000'001; seed <= 1'000'030; ++seed) {
    RandomCluster random(seed);
    const auto snapshot = std::make_shared<const Snapshot>(random.Make());
    const Evaluator clever(snapshot, {});
    const NaiveEvaluator naive(*snapshot, {});
    const auto source = AnyEnd(random, *snapshot, clever);
    const auto destination = AnyEnd(random, *snapshot, clever);
    const auto ports = clever.AllowedPorts(source.clever, destination.clever, Protocol::kTcp);
    bool some_unknown = false;
    for (int number = 1; number <= 65535; ++number) {
      const auto port = oracle::PortOf(number);
      const auto expected = naive.Judge(source.naive, destination.naive, Protocol::kTcp, port);
      some_unknown = some_unknown || expected == Expectation::kUnknown;
      ASSERT_TRUE(Agrees(ports, port, expected)) << "seed " << seed << ", port " << number;
    }
    ASSERT_EQ(!ports.has_value(), some_unknown) << "seed " << seed;
  }
}

/// A class's labels and named ports make a pod of that class, and none of the labels can go.
TEST_F(OracleTest, ClassesAreMadeByTheirLabels) {
  for (std::uint64_t seed = 1; seed <= Clusters() / 10; ++seed) {
    const auto snapshot = std::make_shared<const Snapshot>(RandomCluster(seed).Make());
    Evaluator evaluator(snapshot, {});
    const std::vector<PolicyClass> classes(evaluator.classes().begin(), evaluator.classes().end());
    for (const auto& pods : classes) {
      PodFacts facts{pods.ns, pods.labels, pods.host_network, pods.named_ports};
      ASSERT_EQ(evaluator.Classify(facts), pods.id) << "seed " << seed;
      for (const auto& [key, value] : pods.labels) {
        facts.labels.erase(key);
        ASSERT_NE(evaluator.Classify(facts), pods.id) << "seed " << seed << ", label " << key;
        facts.labels.emplace(key, value);
      }
    }
    for (std::size_t i = 0; i < snapshot->pods.size(); ++i) {
      const auto& pod = snapshot->pods[i];
      const auto id = evaluator.ClassOf(i);
      ASSERT_EQ(id.has_value(), pod.IsLive()) << "seed " << seed;
      if (!id) continue;
      ASSERT_EQ(evaluator.Classify({pod.ns, pod.labels, pod.host_network, pod.ports}), *id)
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace podreach
