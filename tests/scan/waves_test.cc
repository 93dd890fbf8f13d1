#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "scan/scan_runner.h"

namespace podreach {
namespace {

using testing::ElementsAre;

/// Bare vantages and twins in turn, then two nodes and the canary.
ScanPlan PlanOf(std::uint32_t vantages, bool enumerated) {
  ScanPlan plan;
  plan.enumerated = enumerated;
  const auto add = [&](VantageKind kind) {
    plan.vantages.emplace_back();
    plan.vantages.back().id = VantageId{static_cast<std::uint32_t>(plan.vantages.size() - 1)};
    plan.vantages.back().kind = kind;
  };
  for (std::uint32_t i = 0; i < vantages; ++i)
    add(i % 2 == 0 ? VantageKind::kBare : VantageKind::kTwin);
  for (const VantageKind kind : {VantageKind::kNode, VantageKind::kNode, VantageKind::kCanarySource,
                                 VantageKind::kCanaryTarget})
    add(kind);
  return plan;
}

struct WaveCase {
  std::uint32_t vantages;
  bool enumerated;
  std::size_t max_probes;
  std::vector<std::size_t> sizes;
};

class WavesTest : public testing::TestWithParam<WaveCase> {};

TEST_P(WavesTest, AreNoLargerThanMayRunAtOnce) {
  const ScanPlan plan = PlanOf(GetParam().vantages, GetParam().enumerated);
  const Waves waves = MakeWaves(plan, GetParam().max_probes);
  EXPECT_THAT(waves.staying, testing::SizeIs(4));
  for (const VantageId id : waves.staying) EXPECT_FALSE(StandsForPods(plan.vantage(id).kind));
  std::vector<std::size_t> sizes;
  std::vector<VantageId> all;
  for (const auto& wave : waves.waves) {
    sizes.push_back(wave.size());
    all.insert(all.end(), wave.begin(), wave.end());
  }
  EXPECT_EQ(sizes, GetParam().sizes);
  std::vector<VantageId> expected;
  for (std::uint32_t i = 0; i < GetParam().vantages; ++i) expected.push_back(VantageId{i});
  EXPECT_EQ(all, expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, WavesTest,
    testing::Values(WaveCase{5, false, 1000, {5}}, WaveCase{5, false, 5, {5}},
                    WaveCase{5, false, 2, {2, 2, 1}}, WaveCase{6, false, 2, {2, 2, 2}},
                    WaveCase{3, false, 1, {1, 1, 1}}, WaveCase{2, false, 0, {1, 1}},
                    // Every probe of a small cluster asks every other one, so they run together.
                    WaveCase{5, true, 2, {5}},
                    // One wave at least: the nodes have something to do.
                    WaveCase{0, false, 10, {0}}, WaveCase{0, true, 10, {0}}));

}  // namespace
}  // namespace podreach
