// The oracle of all dialects against cases worked out by hand.

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <span>

#include "tests/oracle/dialect_cases.h"
#include "tests/oracle/dialect_evaluator.h"
#include "tests/oracle/random_world.h"

namespace podreach::oracle {
namespace {

void Check(std::span<const DialectCase> cases) {
  for (const auto& row : cases) {
    const World world = CaseWorld(row);
    const auto [source, destination, protocol, port] = CaseQuestion(row, world.snapshot);
    EXPECT_EQ(ToString(Evaluate(world, source, destination, protocol, port)), ToString(row.answer))
        << row.name << ": " << row.question << "\n"
        << row.documents;
  }
}

TEST(OracleSelfTest, AdminCases) { Check(kAdminCases); }
TEST(OracleSelfTest, CiliumCases) { Check(kCiliumCases); }
TEST(OracleSelfTest, CalicoCases) { Check(kCalicoCases); }
TEST(OracleSelfTest, MeshCases) { Check(kMeshCases); }

/// How often each answer comes in random worlds of these dialects: a generator that lost one of
/// them would test nothing.
std::array<int, 3> Count(const WorldOptions& options) {
  std::array<int, 3> seen{};
  std::mt19937_64 random(1);
  for (int i = 0; i < 1'000; ++i) {
    const World world = RandomWorld(random, options);
    Dice dice(random);
    for (int j = 0; j < 5; ++j) {
      const auto source = AnyEnd(random, world);
      const auto destination = AnyEnd(random, world);
      const auto protocol = ParseProtocol(dice.ProtocolName()).value();
      const auto port = PortOf(dice.PortNumber());
      const auto answer = Evaluate(world, source, destination, protocol, port);
      ++seen.at(static_cast<std::size_t>(answer));
    }
  }
  return seen;
}

TEST(OracleSelfTest, RandomWorldsGiveEveryAnswer) {
  const WorldOptions none{false, false, false, false, false, false, false};
  std::array<WorldOptions, 7> alone;
  alone.fill(none);
  alone[0] = {};
  alone[1].admin = alone[2].cilium = alone[3].calico = true;
  alone[4].istio = alone[5].linkerd = alone[6].consul = true;
  for (std::size_t i = 0; i < alone.size(); ++i) {
    for (const int count : Count(alone[i])) EXPECT_GT(count, 20) << "dialects " << i;
  }
}

}  // namespace
}  // namespace podreach::oracle
