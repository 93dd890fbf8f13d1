// What doesn't fit into one scan waits, is said to wait, and has its turn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/plan_world.h"

namespace podreach {
namespace {

using testing::HasSubstr;
using Texts = std::set<std::string>;

Texts Names(const ScanPlan& plan, VantageKind kind) {
  Texts names;
  for (const Vantage& vantage : plan.vantages) {
    if (vantage.kind == kind) names.insert(vantage.name);
  }
  return names;
}

/// As many workloads with a class of their own, in two namespaces.
Cluster ManyClasses(int count) {
  Cluster cluster;
  cluster.Namespace("a").Namespace("b").Node("n1");
  for (int i = 0; i < count; ++i) {
    const std::string ns = i % 2 == 0 ? "a" : "b";
    const std::string app = "app" + std::to_string(i);
    cluster.Deployment(ns, app, {"n1"}).Isolate(ns, app);
  }
  return cluster;
}

TEST(TwinRotationTest, EveryTwinHasItsTurnAndBareVantagesNeverWait) {
  const Cluster cluster = ManyClasses(450);
  Evaluator evaluator(std::make_shared<const Snapshot>(Cluster(cluster).snapshot()), {});
  PlanOptions options = Options(Depth::kQuick);
  options.most_cells = 1;
  Texts all;
  for (options.rotation = 0; options.rotation < 3; ++options.rotation) {
    const ScanPlan plan = PlanVantages(evaluator, options);
    const Texts twins = Names(plan, VantageKind::kTwin);
    EXPECT_EQ(twins.size(), 200U);  // the fewest of a scan
    EXPECT_EQ(Names(plan, VantageKind::kBare), (Texts{"a (bare)", "b (bare)"}));
    EXPECT_EQ(plan.twins_missing, 250U);
    ASSERT_EQ(plan.not_covered.size(), 1U);
    EXPECT_EQ(plan.not_covered[0].what, "250 of 450 policy classes");
    EXPECT_EQ(plan.not_covered[0].why, NotCovered::Why::kRotation);
    all.insert(twins.begin(), twins.end());
  }
  EXPECT_EQ(all.size(), 450U);
}

TEST(TwinRotationTest, AsManyTwinsRunAsTheCellsAllow) {
  const Cluster cluster = ManyClasses(450);
  Evaluator evaluator(std::make_shared<const Snapshot>(Cluster(cluster).snapshot()), {});
  PlanOptions options = Options(Depth::kQuick);
  // Room for 300 vantages: 298 twins beside the bare ones.
  options.most_cells = std::size_t{450} * 3 * 300;
  EXPECT_EQ(Names(PlanVantages(evaluator, options), VantageKind::kTwin).size(), 298U);
  options.most_cells = std::size_t{450} * 3 * 452;
  const ScanPlan plan = PlanVantages(evaluator, options);
  EXPECT_EQ(Names(plan, VantageKind::kTwin).size(), 450U);
  EXPECT_TRUE(plan.not_covered.empty());
  EXPECT_EQ(plan.twins_missing, 0U);
}

TEST(TwinRotationTest, NoTwinWaitsInASmallCluster) {
  Evaluator evaluator(std::make_shared<const Snapshot>(ManyClasses(4).snapshot()), {});
  PlanOptions options = Options(Depth::kFull);
  options.most_cells = 1;
  EXPECT_EQ(Names(PlanVantages(evaluator, options), VantageKind::kTwin).size(), 4U);
}

// Classes that wait for their turn, and members of theirs that do: none is left out for ever.
TEST(ClassRotationTest, EveryMemberOfEveryClassIsAskedFromEverywhereOnce) {
  struct Case {
    int classes;
    int members;
    std::size_t most_cells;
  };
  for (const Case& of : {Case{2, 1, 1}, Case{1, 3, 1}, Case{2, 3, 1}, Case{2, 2, 1}, Case{3, 3, 1},
                         Case{4, 2, 1}, Case{2, 2, 1'000'000}}) {
    Cluster cluster;
    cluster.Namespace("shop").Node("n1");
    for (int i = 0; i < of.classes; ++i) {
      const std::string app = "app" + std::to_string(i);
      cluster.Deployment("shop", app,
                         std::vector<std::string>(static_cast<std::size_t>(of.members), "n1"));
      cluster.Isolate("shop", app);
    }
    PlanOptions options = Options(Depth::kQuick);
    options.most_cells = of.most_cells;
    Texts asked;
    for (options.rotation = 0; options.rotation < 50; ++options.rotation) {
      const Planned planned(cluster.snapshot(), options);
      asked.merge(planned.AskedPods(planned.Find(VantageKind::kTwin)));
    }
    EXPECT_EQ(asked.size(), static_cast<std::size_t>(of.classes * of.members))
        << of.classes << " classes of " << of.members << " members, " << of.most_cells
        << " cells at most";
  }
}

// The same rotation gives the same plan.
TEST(ClassRotationTest, APlanHangsOnItsRotationAlone) {
  const Cluster cluster = ManyClasses(20);
  PlanOptions options = Options(Depth::kQuick, 7);
  options.most_cells = 500;
  const Planned one(Cluster(cluster).snapshot(), options);
  const Planned two(Cluster(cluster).snapshot(), options);
  EXPECT_EQ(one.plan.places, two.plan.places);
  EXPECT_EQ(one.plan.targets, two.plan.targets);
  options.rotation = 8;
  EXPECT_NE(one.plan.places, Planned(Cluster(cluster).snapshot(), options).plan.places);
}

TEST(ClassRotationTest, AHighRotationIsAsGoodAsALowOne) {
  PlanOptions options = Options(Depth::kQuick, 18'446'744'073'709'551'615U);
  options.most_cells = 1;
  const Planned planned(ManyClasses(3).snapshot(), options);
  EXPECT_EQ(planned.AskedPods(planned.Find(VantageKind::kTwin)).size(), 1U);
}

}  // namespace
}  // namespace podreach
