// The matrix against the same questions asked one by one, over clusters made at random.

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "podreach/policy/evaluator.h"
#include "podreach/policy/intended_matrix.h"
#include "tests/oracle/dialect_evaluator.h"
#include "tests/oracle/random_cluster.h"
#include "tests/oracle/random_world.h"
#include "tests/policy/oracle_engine.h"

namespace podreach {
namespace {

using oracle::RandomCluster;

constexpr std::array kProtocols = {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp};

/// Pods of one address are one pod to the policies; nodes share theirs with hostNetwork pods.
void GiveEachItsAddress(Snapshot& snapshot) {
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (snapshot.pods[i].ips.empty()) continue;
    snapshot.pods[i].ips = {
        *IpAddress::Parse("10.0." + std::to_string(i % 2) + "." + std::to_string(i))};
  }
}

std::string NameOf(const Pod& pod) { return pod.ns + "/" + pod.name + "[Pod]"; }

using Pairs = std::map<std::pair<std::string, std::string>, IntendedConnection>;

Pairs PairsOf(const Evaluator& evaluator) {
  IntendedMatrix matrix(evaluator, GroupBy::kPod);
  Pairs pairs;
  matrix.ForEach([&](const IntendedConnection& connection) {
    const auto added = pairs.try_emplace(
        {matrix.end(connection.source), matrix.end(connection.destination)}, connection);
    EXPECT_TRUE(added.second) << "given twice: " << matrix.end(connection.source);
  });
  return pairs;
}

/// What one pair must be, in the matrix's words.
std::string Expected(const Evaluator& evaluator, const PolicyPeer& from, const PolicyPeer& to,
                     const IntendedConnection* given) {
  bool unknown = false;
  for (const Protocol protocol : kProtocols) {
    const auto ports = evaluator.AllowedPorts(from, to, protocol);
    unknown = unknown || !ports;
    const PortSet* said =
        given == nullptr ? nullptr : &given->ports.at(static_cast<std::size_t>(protocol));
    if (!ports) {
      // Which ports are known is asked one by one.
      for (const int number : {1, 79, 80, 81, 443, 8080, 8081, 65535}) {
        const auto judged = evaluator.Judge(from, to, protocol, oracle::PortOf(number)).expectation;
        const bool in = said != nullptr && said->Contains(oracle::PortOf(number));
        if (in != (judged == Expectation::kAllow))
          return std::string(ToString(protocol)) + " " + std::to_string(number) + " is " +
                 std::string(ToString(judged));
      }
    } else if (*ports != (said == nullptr ? PortSet() : *said)) {
      return std::string(ToString(protocol)) + " " + ports->ToString();
    }
  }
  const bool said_unknown = given != nullptr && !given->because.empty();
  return unknown == said_unknown ? "" : unknown ? "unknown in part" : "known";
}

/// How many pairs were asked; stops at the first that is wrong.
void Check(const Evaluator& evaluator, std::uint64_t seed, std::size_t& asked) {
  const auto snapshot = &evaluator.snapshot();
  const Pairs pairs = PairsOf(evaluator);
  const auto peer = [&](std::size_t i) { return evaluator.PeerOf(i); };
  for (std::size_t from = 0; from < snapshot->pods.size(); ++from) {
    for (std::size_t to = 0; to < snapshot->pods.size(); ++to) {
      const Pod& source = snapshot->pods[from];
      const Pod& destination = snapshot->pods[to];
      if (from == to || !source.IsLive() || !destination.IsLive()) continue;
      const auto given = pairs.find({NameOf(source), NameOf(destination)});
      const auto wrong = Expected(evaluator, peer(from), peer(to),
                                  given == pairs.end() ? nullptr : &given->second);
      ASSERT_EQ(wrong, "") << "seed " << seed << ": " << NameOf(source) << " to "
                           << NameOf(destination)
                           << (given == pairs.end() ? ", absent" : ", " + given->second.because);
      ++asked;
    }
  }
  // Outside, at the ends of every range.
  for (const auto& [ends, given] : pairs) {
    const auto dash = ends.second.find('-');
    const auto address =
        ends.second.ends_with("]") ? std::nullopt : IpAddress::Parse(ends.second.substr(0, dash));
    if (!address) continue;
    for (std::size_t from = 0; from < snapshot->pods.size(); ++from) {
      if (!snapshot->pods[from].IsLive() || NameOf(snapshot->pods[from]) != ends.first) continue;
      const auto wrong =
          Expected(evaluator, peer(from), {std::nullopt, address, {}, false}, &given);
      ASSERT_EQ(wrong, "") << "seed " << seed << ": " << ends.first << " to " << ends.second;
      ++asked;
    }
  }
}

TEST(MatrixOracleTest, AgreesWithEachPairAskedByItself) {
  std::size_t asked = 0;
  for (std::uint64_t seed = 1; seed <= 3'000 && !HasFailure(); ++seed) {
    RandomCluster random(seed);
    Snapshot made = random.Make();
    GiveEachItsAddress(made);
    const auto snapshot = std::make_shared<const Snapshot>(std::move(made));
    const Evaluator evaluator(snapshot, {"random", !random.OneIn(4), !random.OneIn(4)});
    Check(evaluator, seed, asked);
  }
  EXPECT_GT(asked, 10'000U);
}

TEST(MatrixOracleTest, AgreesInEveryDialect) {
  std::size_t asked = 0;
  for (std::uint64_t seed = 1; seed <= 3'000 && !HasFailure(); ++seed) {
    std::mt19937_64 random(seed);
    auto world = oracle::RandomWorld(random, {});
    // Pods are asked for by name, and a template's have none.
    for (auto& pod : world.snapshot.pods) pod.from_template = false;
    const Evaluator evaluator(SnapshotOf(world), {});
    Check(evaluator, seed, asked);
  }
  EXPECT_GT(asked, 10'000U);
}

TEST(MatrixOracleTest, AgreesOnPodsWithoutAddresses) {
  std::size_t asked = 0;
  for (std::uint64_t seed = 1; seed <= 3'000 && !HasFailure(); ++seed) {
    std::mt19937_64 random(seed);
    auto world = oracle::RandomWorld(random, {});
    for (auto& pod : world.snapshot.pods) {
      pod.from_template = !pod.host_network && random() % 4 != 0;
      pod.workload = {"Pod", pod.ns, pod.name};
      if (pod.from_template) pod.ips.clear();
    }
    EnforcerProfile profile{"random", random() % 4 != 0, true, {}};
    for (const auto* cidr : {"10.0.0.0/28", "10.0.1.0/24", "fd00::/64"})
      if (random() % 3 == 0) profile.pod_cidrs.push_back(*Cidr::Parse(cidr));
    const Evaluator evaluator(SnapshotOf(world), profile);
    Check(evaluator, seed, asked);
  }
  EXPECT_GT(asked, 10'000U);
}

}  // namespace
}  // namespace podreach
