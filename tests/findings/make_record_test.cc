#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/findings/scan_world.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ScanRecord Judged(ScanWorld& world, const DiscoveryPlan& discovery = {},
                  std::map<TargetId, IdentifiedService> services = {},
                  std::map<VantageId, std::string> faults = {}) {
  return MakeRecord({world.evaluator, world.plan, *world.observed, *world.intentions, discovery,
                     std::move(services), std::move(faults)});
}

/// The cells of a vantage as "verdict reason rules", with the evidence's rules counted.
std::vector<std::string> Cells(const ScanRecord& record, VantageId vantage) {
  std::vector<std::string> cells;
  ForEachCell(record, vantage, [&](const RecordedCell& cell) {
    cells.push_back(std::string(ToString(cell.kind->verdict)) + " " +
                    std::string(ToString(cell.kind->reason)) + " " +
                    (cell.evidence == nullptr ? "-" : std::to_string(cell.evidence->rules.size())));
  });
  return cells;
}

TEST(MakeRecordTest, JudgesEveryCellOfEveryRow) {
  ScanWorld world({Policy("shop/deny").DenyIn()});
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto node = world.Probe(VantageKind::kNode, "podreach");
  const auto leak = world.Pod("shop/db", "TCP 5432");
  const auto silent = world.Pod("shop/db2", "TCP 5432");
  const auto open = world.Pod("bank/api", "TCP 80");
  const auto unproven = world.Pod("shop/web", "TCP 80");
  world.Begin();
  world.Saw(bank, leak, Outcome::kOpen);
  world.Saw(bank, silent, Outcome::kFiltered);
  world.Saw(node, silent, Outcome::kOpen);
  world.Saw(bank, open, Outcome::kOpen);
  world.Saw(bank, unproven, Outcome::kFiltered);
  const ScanRecord record = Judged(world);
  EXPECT_THAT(Cells(record, bank), ElementsAre("leak none 1", "as-intended control-reaches -",
                                               "ungoverned none -", "unproven no-control -"));
  EXPECT_EQ(record.places, world.plan.places);
  EXPECT_EQ(record.targets, world.plan.targets);
  // The leak's, and why two cells of the node are unknown.
  ASSERT_EQ(record.rules.size(), 3U);
  EXPECT_EQ(record.rules[0].policy, "shop/deny");
  EXPECT_EQ(record.rules[0].direction, RecordedRule::Direction::kIngress);
  EXPECT_THAT(record.rules[0].text, HasSubstr("shop/deny"));
  EXPECT_EQ(record.controls,
            (std::map<TargetId, VantageId>{{leak, bank}, {silent, node}, {open, bank}}));
}

TEST(MakeRecordTest, RowsThatAreAskedTheSameShareTheirAsk) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  const auto shop = world.Probe(VantageKind::kBare, "shop");
  world.Pod("shop/db", "TCP 5432");
  world.Pod("shop/db2", "TCP 5432");
  world.Begin();
  const auto own = std::make_shared<const std::vector<TargetId>>(std::vector{TargetId{1}});
  world.plan.asks[Index(shop)] = own;
  world.observed->SetRow(shop, own);
  world.intentions->Drop(shop);
  world.intentions->Fill(shop);
  const ScanRecord record = Judged(world);
  ASSERT_EQ(record.asks.size(), 2U);
  EXPECT_EQ(record.vantages[Index(bank)].row->ask, record.vantages[Index(lab)].row->ask);
  EXPECT_THAT(record.asks[record.vantages[Index(bank)].row->ask],
              ElementsAre(TargetId{0}, TargetId{1}));
  EXPECT_THAT(record.asks[record.vantages[Index(shop)].row->ask], ElementsAre(TargetId{1}));
}

TEST(MakeRecordTest, TheCanaryAndWhoIsAskedNothingHaveNoRow) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto source = world.Probe(VantageKind::kCanarySource, "podreach");
  const auto target = world.Probe(VantageKind::kCanaryTarget, "podreach");
  const auto canary = world.Responder(target);
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  world.Begin();
  world.Saw(source, canary, Outcome::kFiltered);
  world.Saw(bank, canary, Outcome::kOpen);
  world.observed->SetRow(lab, nullptr);
  const ScanRecord record = Judged(world);
  EXPECT_EQ(record.enforcement, Enforcement::kBySilence);
  EXPECT_TRUE(record.vantages[Index(bank)].row);
  // bank's word of the canary's target is a control, and no cell of bank's.
  EXPECT_EQ(record.asks[record.vantages[Index(bank)].row->ask].size(), 0U);
  EXPECT_FALSE(record.vantages[Index(source)].row);
  EXPECT_FALSE(record.vantages[Index(target)].row);
  EXPECT_FALSE(record.vantages[Index(lab)].row);
}

TEST(MakeRecordTest, SaysWhoAVantageIsAndWhyItsReportIsNotWhole) {
  ScanWorld world;
  const auto twin = world.Probe(VantageKind::kTwin, "shop", "app=db");
  Vantage& vantage = world.plan.vantages[Index(twin)];
  vantage.name = "shop/db[Pod] (twin)";
  vantage.pod_name = "podreach-x-0";
  vantage.labels = {{"app", "db"}};
  vantage.stands_for = {{"Pod", "shop", "db"}, {"Pod", "shop", "db2"}};
  world.Probe(VantageKind::kBare, "bank");
  world.Pod("shop/db", "TCP 5432");
  world.Begin();
  const ScanRecord record = Judged(world, {}, {}, {{twin, "the log was cut"}});
  const RecordedVantage& recorded = record.vantages[0];
  EXPECT_EQ(recorded.kind, VantageKind::kTwin);
  EXPECT_EQ(recorded.ns, "shop");
  EXPECT_EQ(recorded.name, "shop/db[Pod] (twin)");
  EXPECT_EQ(recorded.pod, "podreach-x-0");
  EXPECT_EQ(recorded.node, "n1");
  EXPECT_EQ(recorded.labels, (Labels{{"app", "db"}}));
  EXPECT_THAT(recorded.stands_for, ElementsAre("shop/db[Pod]", "shop/db2[Pod]"));
  EXPECT_EQ(recorded.fault, "the log was cut");
  EXPECT_EQ(record.vantages[1].fault, "");
}

TEST(MakeRecordTest, NeighboursWithTheSameEvidenceAreARun) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  for (int i = 0; i < 8; ++i) world.Pod("shop/db", "TCP " + std::to_string(100 + i));
  world.Begin();
  const Observation icmp{.outcome = Outcome::kUnreachable,
                         .icmp = IcmpError{*IpAddress::Parse("10.0.0.254"), 3, 1}};
  const Observation error{.outcome = Outcome::kLocalError, .error_number = 24};
  for (const std::uint32_t t : {1U, 2U, 3U, 5U, 7U}) world.Saw(bank, TargetId{t}, icmp);
  world.Saw(bank, TargetId{6}, error);
  const ScanRecord record = Judged(world);
  EXPECT_THAT(record.vantages[0].row->evidence,
              ElementsAre(EvidenceRun{1, 3, 0}, EvidenceRun{5, 1, 0}, EvidenceRun{6, 1, 1},
                          EvidenceRun{7, 1, 0}));
  ASSERT_EQ(record.evidence.size(), 2U);
  EXPECT_EQ(record.evidence[0].icmp, icmp.icmp);
  EXPECT_EQ(record.evidence[1].error_number, 24);
}

TEST(MakeRecordTest, WhatIsPlainHasNoRulesAndWhatIsUnclearHas) {
  ScanWorld world({Policy("shop/odd", "app=db").DenyIn().Damage("/spec/ingress", 7),
                   Policy("bank/deny").DenyIn()});
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  world.Pod("shop/db", "TCP 5432");   // unclear
  world.Pod("bank/api", "TCP 80");    // rejected as intended
  world.Pod("shop/web", "TCP 8080");  // nothing governs it
  world.Begin();
  world.Saw(lab, TargetId{0}, Outcome::kOpen);
  world.Saw(lab, TargetId{1}, Outcome::kRejected);
  world.Saw(lab, TargetId{2}, Outcome::kOpen);
  const ScanRecord record = Judged(world);
  EXPECT_THAT(Cells(record, lab),
              ElementsAre("unknown unclear-policy 1", "as-intended none -", "ungoverned none -"));
  ASSERT_EQ(record.rules.size(), 1U);
  EXPECT_EQ(record.rules[0].policy, "shop/odd");
}

TEST(MakeRecordTest, KindsAreListedOnce) {
  ScanWorld world;
  world.Probe(VantageKind::kBare, "bank");
  world.Probe(VantageKind::kBare, "lab");
  for (int i = 0; i < 50; ++i) world.Pod("shop/db", "TCP " + std::to_string(100 + i));
  world.Begin();
  for (std::uint32_t v = 0; v < 2; ++v) {
    for (std::uint32_t t = 0; t < 50; ++t)
      world.Saw(VantageId{v}, TargetId{t}, t % 2 == 0 ? Outcome::kOpen : Outcome::kFiltered);
  }
  const ScanRecord record = Judged(world);
  EXPECT_EQ(record.kinds.size(), 2U);
  EXPECT_EQ(record.vantages[1].row->cells.text().size(), 50U);
}

TEST(MakeRecordTest, DropsTheRowsThatItJudged) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  world.Pod("shop/db", "TCP 5432");
  world.Begin();
  (void)Judged(world);
  EXPECT_THAT(world.observed->targets(bank), IsEmpty());
  EXPECT_THROW((void)world.intentions->At(bank, 0), std::out_of_range);
}

TEST(MakeRecordTest, ListsGroupsBackendsServicesAndGaps) {
  Snapshot snapshot = Shop({});
  snapshot.gaps = {{.kind = GapKind::kUnlistedKind,
                    .object = {},
                    .reason = "you may not",
                    .place = "",
                    .plural = "services",
                    .field = ""}};
  ScanWorld world(std::move(snapshot));
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto db = world.Pod("shop/db", "TCP 5432");
  const auto same = world.Pod("shop/db", "TCP 80");
  const auto service = world.Service(TargetKind::kService, "TCP 80", {{"shop/db", "5432"}});
  world.Service(TargetKind::kService, "TCP 81", {});
  world.plan.groups = {{"shop", "shop/db[Pod]", ClassId{0}, {world.Find("shop/db"), 99}},
                       {"bank", "bank/api[Pod]", ClassId{1}, {world.Find("bank/api")}}};
  world.plan.places[Index(db)].group = GroupId{0};
  world.plan.places[Index(same)].group = GroupId{0};
  world.Begin();
  const IdentifiedService etcd{bank, {"etcd", "", "3.5", Access::kAnswers, "said", {}}};
  const ScanRecord record = Judged(world, {}, {{db, etcd}});
  EXPECT_THAT(record.groups, ElementsAre(RecordedGroup{"shop", "shop/db[Pod]", 2, 1},
                                         RecordedGroup{"bank", "bank/api[Pod]", 1, 0}));
  EXPECT_EQ(record.services, (std::map<TargetId, IdentifiedService>{{db, etcd}}));
  const std::vector<RecordedBackend> behind = {
      {"shop/db[Pod]", *IpAddress::Parse("10.0.1.2"), *Port::From(5432)}};
  EXPECT_EQ(record.backends, (std::map<TargetId, std::vector<RecordedBackend>>{{service, behind}}));
  EXPECT_THAT(record.gaps, ElementsAre(RecordedGap{"services", "you may not"}));
}

TEST(MakeRecordTest, CountsWhatWasCovered) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto twin = world.Probe(VantageKind::kTwin, "shop", "app=db");
  const auto blind = world.Probe(VantageKind::kBare, "lab");
  const auto node = world.Probe(VantageKind::kNode, "podreach");
  const auto source = world.Probe(VantageKind::kCanarySource, "podreach");
  const auto db = world.Pod("shop/db", "TCP 5432");
  const auto api = world.Pod("bank/api", "TCP 80");
  world.plan.namespaces = {"bank", "shop", "lab", "dark"};
  world.plan.twins_missing = 3;
  world.plan.groups = {{"shop", "shop/db[Pod]", ClassId{0}, {1, 2}},
                       {"shop", "shop/db[Pod]", ClassId{5}, {7}},
                       {"bank", "bank/api[Pod]", ClassId{1}, {3, 4, 5}},
                       {"lab", "lab/any[Pod]", ClassId{2}, {6}}};
  world.plan.places[Index(db)].group = GroupId{0};
  world.plan.places[Index(api)].group = GroupId{2};
  world.plan.not_covered = {{"namespace dark", "excluded", NotCovered::Why::kExcluded},
                            {"podreach", "own", NotCovered::Why::kOwn},
                            {"old", "gone", NotCovered::Why::kTerminating},
                            {"db", "noticed", NotCovered::Why::kNoticed},
                            {"sa", "identity", NotCovered::Why::kIdentity},
                            {"node2", "cordoned", NotCovered::Why::kNode},
                            {"250 of 450 policy classes", "wait", NotCovered::Why::kRotation},
                            {"x", "failed", NotCovered::Why::kFailed}};
  world.Begin();
  world.Saw(bank, db, Outcome::kOpen);
  world.Saw(bank, api, Outcome::kFiltered);
  world.Saw(twin, db, Outcome::kLocalError);
  world.Saw(twin, api, Outcome::kUnreachable);
  world.Saw(blind, db, Outcome::kLocalError);
  world.Saw(node, db, Outcome::kOpen);
  world.Saw(source, db, Outcome::kOpen);
  DiscoveryPlan discovery;
  discovery.groups = 4;
  discovery.swept_groups = 2;
  discovery.next = {"lab/any[Pod]"};
  const Coverage coverage = Judged(world, discovery).coverage;
  // Four vantages with a row, of two cells, and two that couldn't be planned; the canary has none.
  EXPECT_EQ(coverage.cells, (Share{12, 4}));
  EXPECT_EQ(coverage.pods, (Share{7, 2}));
  EXPECT_EQ(coverage.workloads, (Share{3, 2}));
  EXPECT_EQ(coverage.namespaces, (Share{4, 2}));
  EXPECT_EQ(coverage.vantages, (Share{6, 2}));
  EXPECT_EQ(coverage.swept, (Share{4, 2}));
  EXPECT_THAT(coverage.swept_next, ElementsAre("lab/any[Pod]"));
  std::vector<std::string> whys;
  for (const RecordedMissing& missing : coverage.missing) whys.push_back(missing.why);
  EXPECT_THAT(whys, ElementsAre("excluded", "own", "terminating", "noticed", "identity", "node",
                                "rotation", "failed"));
}

}  // namespace
}  // namespace podreach
