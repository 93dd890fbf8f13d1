#include "fleet/budgets.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

std::shared_ptr<const std::vector<HostOrder>> Hosts(std::uint32_t first, std::size_t count,
                                                    const char *ports) {
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < count; ++i)
    hosts.push_back({IpAddress::V4(first + i), *PortSet::Parse(ports), {}});
  return std::make_shared<const std::vector<HostOrder>>(std::move(hosts));
}

TEST(BudgetsTest, WithoutBudgetsEveryProbeHasItsOwnLimits) {
  SweepLimits each;
  each.rate = 7;
  EXPECT_EQ(ShareBudgets(each, {}, {{"n1", Hosts(1, 3, "80")}}), std::vector{each});
}

TEST(BudgetsTest, ANodesFlowsAreSharedByWhatIsAsked) {
  const auto many = Hosts(1, 300, "80");
  const auto few = Hosts(1, 100, "80");
  SharedBudgets budgets;
  budgets.flows_per_node_in_two_minutes = 1000;
  budgets.flows_of_node["n2"] = 50;
  const auto limits =
      ShareBudgets({}, budgets, {{"n1", many}, {"n1", few}, {"n1", few}, {"n2", few}, {"n3", few}});
  ASSERT_EQ(limits.size(), 5U);
  EXPECT_EQ(limits[0].flows_per_two_minutes, 600U);
  EXPECT_EQ(limits[1].flows_per_two_minutes, 200U);
  EXPECT_EQ(limits[2].flows_per_two_minutes, 200U);
  EXPECT_EQ(limits[3].flows_per_two_minutes, 50U);
  EXPECT_EQ(limits[4].flows_per_two_minutes, 1000U);
}

TEST(BudgetsTest, ATargetsAttemptsAreSharedByThoseWhoAskIt) {
  SharedBudgets budgets;
  budgets.rate_per_target_host = 100;
  const auto shared = Hosts(1, 1000, "80,443");
  const auto other = Hosts(50'000, 10, "80");
  const auto limits = ShareBudgets(
      {}, budgets, {{"n1", shared}, {"n2", shared}, {"n3", shared}, {"n4", shared}, {"n5", other}});
  // Four probes at 25,000 a second over 1,000 hosts: 100 a second each.
  EXPECT_EQ(limits[0].rate, 25'000U);
  EXPECT_EQ(limits[0].rate_per_host, 25U);
  EXPECT_EQ(limits[4].rate, 1000U);
  EXPECT_EQ(limits[4].rate_per_host, 100U);
}

TEST(BudgetsTest, ListsThatOverlapShareToo) {
  SharedBudgets budgets;
  budgets.rate_per_target_host = 100;
  const auto limits =
      ShareBudgets({}, budgets, {{"n1", Hosts(1, 10, "80")}, {"n1", Hosts(10, 10, "80")}});
  EXPECT_EQ(limits[0].rate, 500U);
  EXPECT_EQ(limits[1].rate, 500U);
}

TEST(BudgetsTest, TheTighterLimitHoldsAndEveryProbeGetsOn) {
  SweepLimits each;
  each.rate = 10;
  each.flows_per_two_minutes = 20;
  SharedBudgets budgets;
  budgets.flows_per_node_in_two_minutes = 1'000'000;
  budgets.rate_per_target_host = 1'000'000;
  const auto hosts = Hosts(1, 2, "80");
  auto limits = ShareBudgets(each, budgets, {{"n1", hosts}});
  EXPECT_EQ(limits[0].rate, 10U);
  EXPECT_EQ(limits[0].flows_per_two_minutes, 20U);
  budgets.flows_per_node_in_two_minutes = 3;
  budgets.rate_per_target_host = 1;
  limits = ShareBudgets(each, budgets, std::vector<ProbeWork>(50, {"n1", hosts}));
  EXPECT_EQ(limits[49].rate, 1U);
  EXPECT_EQ(limits[49].rate_per_host, 1U);
  EXPECT_EQ(limits[49].flows_per_two_minutes, 1U);
}

TEST(FlowLedgerTest, ANodesFlowsCountForTwoMinutes) {
  const FlowLedger::Time start{};
  const auto after = [&](int seconds) { return start + std::chrono::seconds(seconds); };
  FlowLedger ledger;
  ledger.Add("n1", after(0), 100);
  ledger.Add("n1", after(60), 50);
  ledger.Add("n2", after(60), 7);
  EXPECT_EQ(ledger.Lately("n1", after(60)), 150U);
  EXPECT_EQ(ledger.Lately("n1", after(119)), 150U);
  EXPECT_EQ(ledger.Lately("n1", after(120)), 50U);
  EXPECT_EQ(ledger.Lately("n1", after(180)), 0U);
  EXPECT_EQ(ledger.Lately("n2", after(60)), 7U);
  EXPECT_EQ(ledger.Lately("n3", after(60)), 0U);
}

TEST(FlowLedgerTest, TheFirstMomentWithRoomIsWhenTheOldestAreGone) {
  const FlowLedger::Time start{};
  const auto after = [&](int seconds) { return start + std::chrono::seconds(seconds); };
  FlowLedger ledger;
  ledger.Add("n1", after(0), 100);
  ledger.Add("n1", after(60), 50);
  EXPECT_EQ(ledger.WhenAtMost("n1", after(70), 150), after(70));
  EXPECT_EQ(ledger.WhenAtMost("n1", after(70), 149), after(120));
  EXPECT_EQ(ledger.WhenAtMost("n1", after(70), 50), after(120));
  EXPECT_EQ(ledger.WhenAtMost("n1", after(70), 49), after(180));
  EXPECT_EQ(ledger.WhenAtMost("n1", after(130), 49), after(180));
  EXPECT_EQ(ledger.WhenAtMost("n2", after(70), 0), after(70));
}

}  // namespace
}  // namespace podreach
