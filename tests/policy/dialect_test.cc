// The engine against the oracle of all dialects: the cases that are worked out by hand, and worlds
// made at random.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <span>

#include "podreach/policy/connection_explanation.h"
#include "podreach/policy/intended_matrix.h"
#include "tests/oracle/dialect_cases.h"
#include "tests/oracle/dialect_evaluator.h"
#include "tests/oracle/random_world.h"
#include "tests/policy/oracle_engine.h"

namespace podreach {
namespace {

using oracle::DialectCase;

std::string Text(const oracle::World& world) {
  std::string text;
  for (const auto& document : world.documents) text += document.dump() + "\n";
  const auto join = [](const Labels& labels) {
    std::string joined;
    for (const auto& [key, value] : labels) joined += " " + key + "=" + value;
    return joined;
  };
  for (const auto& ns : world.snapshot.namespaces)
    text += "namespace " + ns.name + join(ns.labels) + "\n";
  for (const auto& pod : world.snapshot.pods) {
    text += pod.ns + "/" + pod.name + join(pod.labels) + join(pod.mesh_hints) + " on " + pod.node +
            (pod.host_network ? " host" : "") + " sa " + pod.service_account;
    for (const auto& proxy : pod.proxies) text += " " + proxy;
    text += "\n";
  }
  return text;
}

void Check(std::span<const DialectCase> cases) {
  for (const auto& row : cases) {
    const auto world = oracle::CaseWorld(row);
    const Evaluator evaluator(SnapshotOf(world), {});
    const auto [source, destination, protocol, port] = oracle::CaseQuestion(row, world.snapshot);
    const auto judged =
        evaluator.Judge(PeerOf(evaluator, source), PeerOf(evaluator, destination), protocol, port);
    EXPECT_EQ(judged.expectation, row.answer)
        << row.name << ": " << row.question << ": the answer is " << ToString(row.answer)
        << ", the engine says " << Text(judged) << "\n"
        << row.documents;
    EXPECT_FALSE(judged.rules.empty()) << row.name;
  }
}

/// Whether the rules that one side's explanation shows give the answer that it shows.
bool IsConsistent(const ExplainedSide& side) {
  bool allowed = false;
  bool denied = false;
  bool ended = false;
  for (const auto& tier : side.tiers) {
    ended = ended || tier.end.starts_with("denied at the end");
    for (const auto& rule : tier.rules) {
      if (rule.role != ExplainedRule::Role::kDecides) continue;
      allowed = allowed || rule.effect == ExplainedRule::Effect::kAllows;
      denied = denied || rule.effect == ExplainedRule::Effect::kDenies;
    }
  }
  switch (side.judgement.expectation) {
    case Expectation::kAllow:
      return !denied && !ended;
    case Expectation::kDeny:
      return denied || ended;
    case Expectation::kUnknown:
      return true;
  }
  return false;
}

/// Every cell of a case: explanation, single question and matrix are one.
void CheckExplanations(std::span<const DialectCase> cases) {
  for (const auto& row : cases) {
    const auto world = oracle::CaseWorld(row);
    const auto snapshot = SnapshotOf(world);
    const Evaluator evaluator(snapshot, {});
    IntendedMatrix matrix(evaluator, GroupBy::kPod);
    std::map<std::string, IntendedConnection> pairs;
    matrix.ForEach([&](const IntendedConnection& c) {
      pairs.emplace(matrix.end(c.source) + " " + matrix.end(c.destination), c);
    });
    const auto name = [&](std::size_t i) {
      return snapshot->pods[i].ns + "/" + snapshot->pods[i].name + "[Pod]";
    };
    for (std::size_t from = 0; from < snapshot->pods.size(); ++from) {
      for (std::size_t to = 0; to < snapshot->pods.size(); ++to) {
        if (from == to) continue;
        for (const int number : {1, 53, 80, 443, 8080}) {
          const Port port = *Port::From(static_cast<std::uint16_t>(number));
          const auto explained =
              evaluator.Explain(PeerOf(evaluator, {from, {}, {}}), PeerOf(evaluator, {to, {}, {}}),
                                Protocol::kTcp, port);
          const auto found = pairs.find(name(from) + " " + name(to));
          const bool in = found != pairs.end() && found->second.ports[0].Contains(port);
          ASSERT_EQ(in, explained.judgement.expectation == Expectation::kAllow)
              << row.name << ": " << name(from) << " to " << name(to) << " " << number;
          ASSERT_TRUE(IsConsistent(explained.egress) && IsConsistent(explained.ingress))
              << row.name << ": " << name(from) << " to " << name(to) << " " << number;
        }
      }
    }
  }
}

TEST(DialectTest, ExplanationsAgreeWithTheMatrixOnEveryCell) {
  CheckExplanations(oracle::kAdminCases);
  CheckExplanations(oracle::kCiliumCases);
  CheckExplanations(oracle::kCalicoCases);
  CheckExplanations(oracle::kMeshCases);
}

TEST(DialectTest, Admin) { Check(oracle::kAdminCases); }
TEST(DialectTest, Cilium) { Check(oracle::kCiliumCases); }
TEST(DialectTest, Calico) { Check(oracle::kCalicoCases); }
TEST(DialectTest, Mesh) { Check(oracle::kMeshCases); }

/// How many worlds: PODREACH_ORACLE_CLUSTERS, or what takes a few seconds.
std::uint64_t Worlds() {
  const char* number = std::getenv("PODREACH_ORACLE_CLUSTERS");
  if (number != nullptr) return std::strtoull(number, nullptr, 10);
#ifdef NDEBUG
  return 20'000;
#else
  return 1'000;
#endif
}

/// What the oracle said, and where the engine called unknown what the oracle knows: a document that
/// is broken in part is unread in a larger part of it by the engine.
struct Tally {
  std::array<std::size_t, 3> answers{};
  std::size_t over_cautious = 0;
};

/// One world, a few connections. False at the first wrong answer.
bool Agrees(std::uint64_t seed, const oracle::WorldOptions& options, Tally& tally) {
  std::mt19937_64 random(seed);
  const auto world = oracle::RandomWorld(random, options);
  const Evaluator evaluator(SnapshotOf(world), {});
  for (int i = 0; i < 20; ++i) {
    const auto source = oracle::AnyEnd(random, world);
    const auto destination = oracle::AnyEnd(random, world);
    const Protocol protocol =
        std::array{Protocol::kTcp, Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}[random() % 4];
    static constexpr std::array<std::uint16_t, 8> kNumbers = {1, 53, 79, 80, 81, 443, 8080, 8081};
    const Port port = *Port::From(kNumbers.at(random() % kNumbers.size()));
    const auto expected = oracle::Evaluate(world, source, destination, protocol, port);
    const auto judged =
        evaluator.Judge(PeerOf(evaluator, source), PeerOf(evaluator, destination), protocol, port);
    ++tally.answers.at(static_cast<std::size_t>(expected));
    if (judged.expectation == expected) continue;
    const bool strict = std::getenv("PODREACH_ORACLE_STRICT") != nullptr;
    if (judged.expectation == Expectation::kUnknown && !strict) {
      ++tally.over_cautious;
      continue;
    }
    ADD_FAILURE() << "seed " << seed << ", connection " << i << ": " << ToString(protocol) << " "
                  << port.number() << ": the oracle says " << ToString(expected)
                  << ", the engine says " << Text(judged) << "\n"
                  << Text(world);
    return false;
  }
  return true;
}

TEST(DialectOracleTest, AgreesOnRandomWorlds) {
  Tally tally;
  oracle::WorldOptions options;
  std::uint64_t wrong = 0;
  const char* first = std::getenv("PODREACH_ORACLE_SEED");
  const std::uint64_t start = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  for (std::uint64_t seed = start; seed < start + Worlds() && wrong < 5; ++seed)
    wrong += Agrees(seed, options, tally) ? 0 : 1;
  const auto& [allow, deny, unknown] = tally.answers;
  std::printf(
      "seeds %llu to %llu: %zu allow, %zu deny, %zu unknown; %zu more unknown to the engine\n",
      static_cast<unsigned long long>(start), static_cast<unsigned long long>(start + Worlds() - 1),
      allow, deny, unknown, tally.over_cautious);
  EXPECT_LT(tally.over_cautious * 10, allow + deny);
}

}  // namespace
}  // namespace podreach
