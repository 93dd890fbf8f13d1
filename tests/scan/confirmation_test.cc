#include "podreach/scan/confirmation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/findings/scan_world.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::ElementsAre;
using testing::IsEmpty;

using E = Expectation;
using O = Outcome;
using V = Verdict;

struct Case {
  E expectation;
  O outcome;
  V verdict;
  bool answers;     ///< somebody found the target open or closed
  bool by_icmp;     ///< whether it is probed again where the cluster denies so that one hears it
  bool by_silence;  ///< and where it denies by silence
};

class IsConfirmedTest : public testing::TestWithParam<Case> {};

TEST_P(IsConfirmedTest, SaysWhatIsProbedAgain) {
  const Case& of = GetParam();
  const CellToConfirm cell{of.expectation, of.outcome, of.verdict, of.answers};
  EXPECT_EQ(IsConfirmed(cell, false), of.by_icmp);
  EXPECT_EQ(IsConfirmed(cell, true), of.by_silence);
}

INSTANTIATE_TEST_SUITE_P(
    Disagreements, IsConfirmedTest,
    testing::Values(Case{E::kDeny, O::kOpen, V::kLeak, true, true, true},
                    Case{E::kDeny, O::kClosed, V::kLeak, false, true, true},
                    Case{E::kAllow, O::kFiltered, V::kBroken, true, true, true},
                    Case{E::kAllow, O::kRejected, V::kBroken, false, true, true}));

INSTANTIATE_TEST_SUITE_P(
    Silence, IsConfirmedTest,
    testing::Values(
        // Where an answer is allowed, whether a control reached the target or not.
        Case{E::kAllow, O::kFiltered, V::kUnproven, false, true, true},
        Case{E::kAllow, O::kFiltered, V::kUnproven, true, true, true},
        Case{E::kAllow, O::kOpenFiltered, V::kUnproven, true, true, true},
        Case{E::kAllow, O::kOpenFiltered, V::kUnproven, false, false, false},
        // Where it is denied, if silence isn't how this cluster denies.
        Case{E::kDeny, O::kFiltered, V::kAsIntended, true, true, false},
        Case{E::kDeny, O::kFiltered, V::kUnproven, false, true, false},
        Case{E::kDeny, O::kOpenFiltered, V::kAsIntended, true, true, false},
        Case{E::kDeny, O::kOpenFiltered, V::kUnproven, false, false, false},
        // Where nothing can be expected.
        Case{E::kUnknown, O::kFiltered, V::kUnknown, true, false, false},
        Case{E::kUnknown, O::kOpenFiltered, V::kUnknown, true, false, false}));

INSTANTIATE_TEST_SUITE_P(
    WhatIsPlain, IsConfirmedTest,
    testing::Values(Case{E::kAllow, O::kOpen, V::kAsIntended, true, false, false},
                    Case{E::kAllow, O::kOpen, V::kUngoverned, true, false, false},
                    Case{E::kAllow, O::kClosed, V::kUngoverned, true, false, false},
                    Case{E::kDeny, O::kRejected, V::kAsIntended, true, false, false},
                    Case{E::kDeny, O::kClosed, V::kUnproven, true, false, false},
                    Case{E::kUnknown, O::kOpen, V::kUnknown, true, false, false},
                    Case{E::kAllow, O::kUnreachable, V::kUnknown, true, false, false},
                    Case{E::kDeny, O::kLocalError, V::kUnknown, true, false, false},
                    Case{E::kDeny, O::kNotProbed, V::kUnknown, true, false, false}));

/// bank's and lab's bare pods ask shop, which lets nobody in, and bank, which lets in all; of
/// shop/web it isn't known what the policies mean.
class CellsToConfirmTest : public testing::Test {
 protected:
  CellsToConfirmTest()
      : world_({Policy("shop/deny", "app=db").DenyIn(),
                Policy("shop/odd", "app=web").DenyIn().Damage("/spec/ingress", 7)}) {
    bank_ = world_.Probe(VantageKind::kBare, "bank");
    lab_ = world_.Probe(VantageKind::kBare, "lab");
    node_ = world_.Probe(VantageKind::kNode, "podreach");
    denied_ = world_.Pod("shop/db", "TCP 80");
    allowed_ = world_.Pod("bank/api", "TCP 80");
    unclear_ = world_.Pod("shop/web", "TCP 80");
    udp_ = world_.Pod("bank/api", "UDP 53");
    world_.Begin();
  }

  /// The positions to probe again, of the vantages given.
  std::vector<std::vector<std::uint32_t>> Cells(const std::vector<VantageId>& vantages,
                                                Outcome canary = Outcome::kFiltered) {
    Controls controls = world_.AllControls();
    controls.canary = canary;
    return CellsToConfirm(world_.plan, *world_.observed, *world_.intentions, controls, vantages);
  }

  ScanWorld world_;
  VantageId bank_{}, lab_{}, node_{};
  TargetId denied_{}, allowed_{}, unclear_{}, udp_{};
};

TEST_F(CellsToConfirmTest, WhatDisagreesIsProbedAgainByItsVantage) {
  world_.Saw(bank_, denied_, Outcome::kOpen);
  world_.Saw(lab_, denied_, Outcome::kFiltered);
  world_.Saw(lab_, allowed_, Outcome::kOpen);
  const auto cells = Cells({bank_, lab_, node_});
  EXPECT_THAT(cells, ElementsAre(ElementsAre(0), IsEmpty(), IsEmpty()));
}

// It may have been there before its policies were.
TEST_F(CellsToConfirmTest, AVantageThatDisagreesAsksAgainWhatNobodyCanExpect) {
  world_.Saw(bank_, denied_, Outcome::kOpen);
  world_.Saw(bank_, unclear_, Outcome::kOpen);
  world_.Saw(lab_, unclear_, Outcome::kOpen);
  EXPECT_THAT(Cells({bank_, lab_}), ElementsAre(ElementsAre(0, 2), IsEmpty(), IsEmpty()));
  world_.Saw(bank_, unclear_, Outcome::kClosed);
  EXPECT_THAT(Cells({bank_}), ElementsAre(ElementsAre(0), IsEmpty(), IsEmpty()))
      << "another vantage finds it open, so that the RST is an enforcer's";
  world_.Saw(lab_, unclear_, Outcome::kFiltered);
  EXPECT_THAT(Cells({bank_}), ElementsAre(ElementsAre(0, 2), IsEmpty(), IsEmpty()));
}

TEST_F(CellsToConfirmTest, WhatOnlyTheVantagesOfAnotherWaveSawIsLeftAlone) {
  world_.Saw(bank_, denied_, Outcome::kOpen);
  EXPECT_THAT(Cells({lab_}), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty()));
}

TEST_F(CellsToConfirmTest, SilenceIsProbedAgainWhereDenialsAreHeard) {
  world_.Saw(bank_, denied_, Outcome::kFiltered);
  world_.Saw(node_, denied_, Outcome::kOpen);
  EXPECT_THAT(Cells({bank_}, Outcome::kFiltered)[0], IsEmpty());
  for (const Outcome canary :
       {Outcome::kRejected, Outcome::kClosed, Outcome::kOpen, Outcome::kNotProbed})
    EXPECT_THAT(Cells({bank_}, canary)[0], ElementsAre(0)) << ToString(canary);
}

TEST_F(CellsToConfirmTest, SilenceOfUdpIsProbedAgainWhereTheTargetAnswersSomebody) {
  world_.Saw(bank_, udp_, Outcome::kOpenFiltered);
  EXPECT_THAT(Cells({bank_})[0], IsEmpty());
  world_.Saw(node_, udp_, Outcome::kClosed);
  EXPECT_THAT(Cells({bank_})[0], ElementsAre(3));
}

TEST_F(CellsToConfirmTest, TheCanaryIsNeverProbedAgain) {
  ScanWorld world({Policy("shop/deny").DenyIn()});
  const auto source = world.Probe(VantageKind::kCanarySource, "podreach");
  const auto db = world.Pod("shop/db", "TCP 80");
  world.Begin();
  world.Saw(source, db, Outcome::kOpen);
  EXPECT_THAT(CellsToConfirm(world.plan, *world.observed, *world.intentions, world.AllControls(),
                             std::vector{source}),
              ElementsAre(IsEmpty()));
}

TEST(ForgetUnconfirmedTest, HalfAConfirmationConfirmsNothing) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  world.Pod("shop/db", "TCP 80");
  world.Pod("shop/db", "TCP 81");
  world.Begin();
  for (const VantageId vantage : {bank, lab}) {
    for (const std::uint32_t t : {0U, 1U}) world.Saw(vantage, TargetId{t}, Outcome::kOpen);
  }
  ForgetUnconfirmed({{1}, {}}, *world.observed);
  EXPECT_EQ(world.observed->At(bank, 0).outcome, Outcome::kOpen);
  EXPECT_EQ(world.observed->At(bank, 1), (Observation{.why = NotProbed::kUnconfirmed}));
  EXPECT_EQ(world.observed->At(lab, 1).outcome, Outcome::kOpen);
}

/// A pod as it is at the end of a scan.
struct Move {
  const char* shows;
  void (*change)(Snapshot& now);
  bool moved;
};

class MoveTest : public testing::TestWithParam<Move> {};

TEST_P(MoveTest, IsSeenByUidAndAddress) {
  Snapshot before = Shop({});
  for (Pod& pod : before.pods) pod.uid = "uid-" + pod.name;
  ScanWorld world(before);
  world.Probe(VantageKind::kBare, "bank");
  const auto db = world.Pod("shop/db", "TCP 80");
  const auto api = world.Pod("bank/api", "TCP 80");
  const auto node = world.At(TargetKind::kNode, "192.168.0.1", "TCP 22");
  Snapshot now = before;
  GetParam().change(now);
  const auto moved = PlacesThatMoved(before, now, world.plan);
  ASSERT_EQ(moved.size(), 3U);
  EXPECT_EQ(moved[Index(world.plan.target(db).place)], GetParam().moved);
  EXPECT_FALSE(moved[Index(world.plan.target(api).place)]);
  EXPECT_FALSE(moved[Index(world.plan.target(node).place)]);
}

// shop/db is the second pod of Shop().
INSTANTIATE_TEST_SUITE_P(
    All, MoveTest,
    testing::Values(
        Move{"nothing", [](Snapshot&) {}, false},
        Move{"gone", [](Snapshot& s) { s.pods.erase(s.pods.begin() + 1); }, true},
        Move{"another_of_its_name_and_address", [](Snapshot& s) { s.pods[1].uid = "new"; }, true},
        Move{"another_address",
             [](Snapshot& s) { s.pods[1].ips = {*IpAddress::Parse("10.0.9.9")}; }, true},
        Move{"another_pod_at_its_address",
             [](Snapshot& s) {
               s.pods[2].ips = s.pods[1].ips;
               s.pods[1].ips = {};
             },
             true},
        Move{"ended", [](Snapshot& s) { s.pods[1].phase = PodPhase::kFailed; }, true},
        Move{"one_more_address",
             [](Snapshot& s) { s.pods[1].ips.push_back(*IpAddress::Parse("fd00::9")); }, false},
        Move{"in_another_order", [](Snapshot& s) { std::ranges::reverse(s.pods); }, false},
        Move{"everything_else_gone",
             [](Snapshot& s) {
               s.nodes.clear();
               s.services.clear();
             },
             false}),
    [](const auto& param_info) { return param_info.param.shows; });

TEST(ForgetMovedTest, CellsOfWhatMovedAreNotJudged) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto node = world.Probe(VantageKind::kNode, "podreach");
  const auto stays = world.Pod("shop/db", "TCP 80");
  const auto moved = world.Pod("shop/web", "TCP 80");
  world.Begin();
  for (const VantageId vantage : {bank, node}) {
    for (const TargetId target : {stays, moved}) world.Saw(vantage, target, Outcome::kOpen);
  }
  ForgetMoved({false, true}, world.plan, *world.observed);
  for (const VantageId vantage : {bank, node}) {
    EXPECT_EQ(world.observed->At(vantage, 0).outcome, Outcome::kOpen);
    EXPECT_EQ(world.observed->At(vantage, 1), (Observation{.why = NotProbed::kTargetMoved}));
  }
  EXPECT_THAT(world.AllControls().open_from, ElementsAre(Index(bank), Controls::kNobody))
      << "it is no control of anybody's either";
}

}  // namespace
}  // namespace podreach
