// IntendedCells against the same questions asked one by one, over worlds made at random; and each
// basis by itself.

#include "podreach/policy/intended_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/dialect_evaluator.h"
#include "tests/oracle/random_cluster.h"
#include "tests/oracle/random_world.h"
#include "tests/policy/intention_text.h"
#include "tests/policy/oracle_engine.h"

namespace podreach {
namespace {

using oracle::PortOf;
using Random = std::mt19937_64;

std::string Text(const PolicyPeer& peer) {
  const auto text = [](const std::optional<IpAddress>& address) {
    return address ? address->ToString() : "?";
  };
  return (peer.pod_class ? "class " + std::to_string(static_cast<unsigned>(*peer.pod_class)) : "") +
         (peer.is_node ? " node" : "") + " at " + text(peer.address) + " or " +
         text(peer.alternate) + " on " + peer.node;
}

constexpr std::array kAddresses = {"10.0.0.1",  "10.0.0.3",     "10.0.1.5", "192.0.2.1",
                                   "192.0.2.9", "198.51.100.1", "fd00::3",  "2001:db8::1"};

std::optional<IpAddress> SomeAddress(Random& random) {
  const auto at = random() % (kAddresses.size() + 2);
  if (at >= kAddresses.size()) return std::nullopt;
  return IpAddress::Parse(kAddresses.at(at));
}

std::string SomeNode(Random& random) {
  return std::array<const char*, 4>{"", "node0", "node1", "nowhere"}[random() % 4];
}

/// Bare probes, twins of classes, and what is no pod of the snapshot at all. Classifies them first.
std::vector<PolicyPeer> ProbeEnds(Random& random, Evaluator& evaluator) {
  std::vector<PodFacts> facts;
  for (const auto& ns : evaluator.snapshot().namespaces) facts.push_back({ns.name, {}, false, {}});
  for (const auto& twin : evaluator.classes()) {
    if (random() % 3 == 0)
      facts.push_back({twin.ns, twin.labels, twin.host_network, twin.named_ports});
  }
  facts.push_back({"elsewhere", {{"app", "a"}}, random() % 4 == 0, {}});
  facts.push_back({"ns0", {{"tier", "b"}, {"podreach", "x"}}, false, {}});
  std::vector<PolicyPeer> ends;
  for (const auto& of : facts) {
    ends.push_back(
        {evaluator.Classify(of), SomeAddress(random), SomeNode(random), of.host_network});
    ends.back().is_node = of.host_network && random() % 2 == 0;
  }
  for (int i = 0; i < 3; ++i) {
    ends.push_back({std::nullopt, SomeAddress(random), SomeNode(random), true});
    ends.push_back({std::nullopt, SomeAddress(random), {}, false});
  }
  return ends;
}

std::vector<PolicyPeer> AllEnds(Random& random, Evaluator& evaluator) {
  auto ends = ProbeEnds(random, evaluator);
  const auto& pods = evaluator.snapshot().pods;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    if (!pods[i].IsLive()) continue;
    ends.push_back(evaluator.PeerOf(i));
    // A twin that has the address of a pod is that pod.
    if (random() % 4 == 0) ends.push_back({ends.back().pod_class, ends.back().address, "node1"});
  }
  for (std::size_t i = 0; i < evaluator.snapshot().nodes.size(); ++i)
    ends.push_back(PeerOf(evaluator, oracle::End{{}, {}, i}));
  std::ranges::shuffle(ends, random);
  return ends;
}

struct Asked {
  std::size_t questions = 0;
  std::set<std::tuple<Expectation, Basis, Expectation>> answers;
};

/// Every pair at a few ports. Of some worlds a part of the ends comes after the first questions.
void Check(Evaluator& evaluator, std::uint64_t seed, Asked& asked) {
  Random random(seed);
  const auto ends = AllEnds(random, evaluator);
  constexpr std::array kNumbers = {1, 53, 79, 80, 81, 443, 4143, 8080, 8081, 15021, 65535};
  constexpr std::array kProtocols = {Protocol::kTcp, Protocol::kTcp, Protocol::kUdp,
                                     Protocol::kSctp};
  IntendedCells cells(evaluator);
  std::vector<IntendedCells::EndId> ids;
  const auto late = random() % 3 == 0 ? ends.size() / 2 : ends.size();
  const auto ask = [&](std::size_t from, std::size_t first) {
    std::vector<IntendedCells::Question> questions;
    std::vector<Intention> expected;
    for (std::size_t to = first; to < ids.size(); ++to) {
      for (int i = 0; i < 2; ++i) {
        const auto protocol = kProtocols.at(random() % kProtocols.size());
        const auto port = PortOf(kNumbers.at(random() % kNumbers.size()));
        questions.push_back({ids[to], protocol, port});
        expected.push_back(WithoutWords(evaluator.Judge(ends[from], ends[to], protocol, port)));
      }
    }
    std::vector<Intention> said(questions.size());
    cells.Row(ids[from], questions, said);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const auto& [to, protocol, port] = questions[i];
      const auto what = [&] {
        return "seed " + std::to_string(seed) + ": " + Text(ends[from]) + " to " +
               Text(ends[first + i / 2]) + " " + std::string(ToString(protocol)) + " " +
               std::to_string(port.number());
      };
      ASSERT_EQ(said[i], expected[i]) << what();
      if (i % 8 == 0) {
        const auto one = cells.Of(ids[from], to, protocol, port);
        ASSERT_EQ(one, expected[i]) << what();
      }
      asked.answers.emplace(said[i].expectation, said[i].basis, said[i].network);
    }
    asked.questions += questions.size();
  };
  for (std::size_t i = 0; i < late; ++i) ids.push_back(cells.Add(ends[i]));
  for (std::size_t from = 0; from < late && !testing::Test::HasFailure(); ++from) ask(from, 0);
  for (std::size_t i = late; i < ends.size() && !testing::Test::HasFailure(); ++i) {
    ids.push_back(cells.Add(ends[i]));
    ask(i, 0);
    ask(0, i);
  }
}

TEST(IntendedCellsTest, AgreesWithJudgeOnNetworkPolicies) {
  Asked asked;
  for (std::uint64_t seed = 1; seed <= 1'000 && !HasFailure(); ++seed) {
    oracle::RandomCluster random(seed);
    const auto snapshot = std::make_shared<const Snapshot>(random.Make());
    Evaluator evaluator(snapshot, {"random", !random.OneIn(4), !random.OneIn(4)});
    Check(evaluator, seed, asked);
  }
  EXPECT_GT(asked.questions, 100'000U);
}

TEST(IntendedCellsTest, AgreesWithJudgeInEveryDialect) {
  Asked asked;
  for (std::uint64_t seed = 1; seed <= 2'000 && !HasFailure(); ++seed) {
    Random random(seed);
    auto world = oracle::RandomWorld(random, {});
    for (auto& pod : world.snapshot.pods) {
      if (pod.from_template && random() % 2 == 0) pod.ips.clear();
    }
    EnforcerProfile profile{"random", random() % 4 != 0, random() % 4 != 0, {}};
    for (const auto* cidr : {"10.0.0.0/28", "10.0.1.0/24", "fd00::/64"})
      if (random() % 3 == 0) profile.pod_cidrs.push_back(*Cidr::Parse(cidr));
    Evaluator evaluator(SnapshotOf(world), profile);
    Check(evaluator, seed, asked);
  }
  EXPECT_GT(asked.questions, 500'000U);
  // Whatever can be said was met.
  for (const auto& met : std::vector<std::tuple<Expectation, Basis, Expectation>>{
           {Expectation::kAllow, Basis::kRule, Expectation::kAllow},
           {Expectation::kAllow, Basis::kDefault, Expectation::kAllow},
           {Expectation::kAllow, Basis::kOwnNode, Expectation::kAllow},
           {Expectation::kAllow, Basis::kItself, Expectation::kAllow},
           {Expectation::kDeny, Basis::kRule, Expectation::kDeny},
           {Expectation::kDeny, Basis::kRule, Expectation::kAllow},
           {Expectation::kDeny, Basis::kRule, Expectation::kUnknown},
           {Expectation::kDeny, Basis::kIsolation, Expectation::kDeny},
           {Expectation::kDeny, Basis::kIsolation, Expectation::kAllow},
           {Expectation::kDeny, Basis::kIsolation, Expectation::kUnknown},
           {Expectation::kUnknown, Basis::kUnknown, Expectation::kUnknown},
           {Expectation::kUnknown, Basis::kUnknown, Expectation::kAllow}}) {
    EXPECT_TRUE(asked.answers.contains(met))
        << testing::PrintToString(Intention{std::get<0>(met), std::get<1>(met), std::get<2>(met)});
  }
}

TEST(IntendedCellsTest, AnswersForMorePortsThanItKeeps) {
  Random random(7);
  const auto world = oracle::RandomWorld(random, {});
  const Evaluator evaluator(SnapshotOf(world), {});
  IntendedCells cells(evaluator);
  for (std::size_t from = 0; from < world.snapshot.pods.size(); ++from) {
    const auto source = evaluator.PeerOf(from);
    const auto destination = evaluator.PeerOf(0);
    const auto from_id = cells.Add(source);
    const auto to_id = cells.Add(destination);
    for (int number = 9'000; number > 0; number -= from == 1 ? 1 : 7) {
      const auto port = PortOf(number);
      ASSERT_EQ(cells.Of(from_id, to_id, Protocol::kTcp, port),
                WithoutWords(evaluator.Judge(source, destination, Protocol::kTcp, port)))
          << from << " " << number;
    }
  }
}

TEST(IntendedCellsTest, EqualEndsAreOne) {
  oracle::RandomCluster random(1);
  const auto snapshot = std::make_shared<const Snapshot>(random.Make());
  Evaluator evaluator(snapshot, {});
  const auto bare = evaluator.Classify({"ns0", {}, false, {}});
  IntendedCells cells(evaluator);
  const auto address = IpAddress::Parse("10.0.0.7");
  const auto one = cells.Add({bare, address, "node0"});
  EXPECT_EQ(cells.Add({bare, address, "node0", false, 0}), one);
  EXPECT_NE(cells.Add({bare, address, "node1"}), one);
  EXPECT_NE(cells.Add({bare, IpAddress::Parse("10.0.0.8"), "node0"}), one);
  EXPECT_NE(cells.Add({std::nullopt, address, "node0"}), one);
  EXPECT_NE(cells.Add({std::nullopt, address, "node0", true}), cells.Add({bare, address, "node0"}));
}

}  // namespace
}  // namespace podreach
