#include <gtest/gtest.h>

#include "findings/judge.h"

namespace podreach {
namespace {

constexpr VantageId kControl{1};

ScanPlan Plan() {
  ScanPlan plan;
  plan.vantages.resize(2);
  plan.vantages[0].name = "shop (bare)";
  plan.vantages[1].id = kControl;
  plan.vantages[1].name = "node1 (node)";
  return plan;
}

/// Every vantage has had an answer.
Controls AllAlive() {
  Controls controls;
  controls.alive = {true, true};
  return controls;
}

Target MakeTarget(Protocol protocol) {
  return {TargetId{},
          TargetKind::kPod,
          {IpAddress::V4(0x0A000001), protocol, *Port::From(80)},
          {},
          {},
          {},
          {},
          false,
          false,
          {},
          {},
          {},
          {}};
}

struct Case {
  Expectation expected;
  Outcome seen;
  bool reached;  ///< a control reached the target
  Verdict verdict;
};

class DecideTest : public testing::TestWithParam<Case> {};

// The design's table of verdicts.
TEST_P(DecideTest, FollowsTheTable) {
  Controls controls = AllAlive();
  if (GetParam().reached) controls.reached_from.emplace(TargetId{}, kControl);
  JudgedCell cell;
  cell.expectation = GetParam().expected;
  cell.seen = cell.outcome = GetParam().seen;
  Decide(Plan(), controls, MakeTarget(Protocol::kTcp), cell);
  EXPECT_EQ(ToString(cell.verdict), ToString(GetParam().verdict))
      << ToString(GetParam().expected) << " " << ToString(GetParam().seen)
      << (GetParam().reached ? " reached" : "");
}

using E = Expectation;
using O = Outcome;
using V = Verdict;
INSTANTIATE_TEST_SUITE_P(Table, DecideTest,
                         testing::Values(Case{E::kAllow, O::kOpen, false, V::kAsIntended},
                                         Case{E::kAllow, O::kClosed, false, V::kAsIntended},
                                         Case{E::kAllow, O::kRejected, false, V::kBroken},
                                         Case{E::kAllow, O::kFiltered, true, V::kBroken},
                                         Case{E::kAllow, O::kFiltered, false, V::kUnproven},
                                         Case{E::kAllow, O::kOpenFiltered, true, V::kUnproven},
                                         Case{E::kAllow, O::kUnreachable, true, V::kUnknown},
                                         Case{E::kAllow, O::kLocalError, true, V::kUnknown},
                                         Case{E::kAllow, O::kNotProbed, true, V::kUnknown},
                                         Case{E::kDeny, O::kOpen, false, V::kLeak},
                                         Case{E::kDeny, O::kClosed, false, V::kLeak},
                                         Case{E::kDeny, O::kRejected, false, V::kAsIntended},
                                         Case{E::kDeny, O::kFiltered, true, V::kAsIntended},
                                         Case{E::kDeny, O::kFiltered, false, V::kUnproven},
                                         Case{E::kDeny, O::kUnreachable, true, V::kUnknown},
                                         Case{E::kDeny, O::kLocalError, true, V::kUnknown},
                                         Case{E::kDeny, O::kNotProbed, true, V::kUnknown},
                                         Case{E::kUnknown, O::kOpen, true, V::kUnknown}));

TEST(ControlsTest, SilenceIsNoDenialWhereTheCanaryIsOpen) {
  Controls controls = AllAlive();
  controls.reached_from.emplace(TargetId{}, kControl);
  controls.canary = Outcome::kOpen;
  for (const Outcome silence : {Outcome::kFiltered, Outcome::kOpenFiltered}) {
    JudgedCell cell;
    cell.expectation = Expectation::kDeny;
    cell.outcome = silence;
    Decide(Plan(), controls, MakeTarget(Protocol::kUdp), cell);
    EXPECT_EQ(cell.verdict, Verdict::kUnproven);
  }
}

TEST(ControlsTest, SilenceThatLossMayExplainProvesNeitherWay) {
  Controls controls = AllAlive();
  controls.reached_from.emplace(TargetId{}, kControl);
  for (const Expectation expected : {Expectation::kAllow, Expectation::kDeny}) {
    JudgedCell cell;
    cell.expectation = expected;
    cell.outcome = Outcome::kFiltered;
    cell.unsure = true;
    Decide(Plan(), controls, MakeTarget(Protocol::kTcp), cell);
    EXPECT_EQ(cell.verdict, Verdict::kUnproven);
  }
}

TEST(ControlsTest, AVantageThatNothingAnsweredProvesNothing) {
  Controls controls = AllAlive();
  controls.reached_from.emplace(TargetId{}, kControl);
  controls.alive[0] = false;
  JudgedCell cell;
  cell.expectation = Expectation::kDeny;
  cell.seen = cell.outcome = Outcome::kFiltered;
  Decide(Plan(), controls, MakeTarget(Protocol::kTcp), cell);
  EXPECT_EQ(cell.verdict, Verdict::kUnproven);
}

/// What the controls say where the node sees `outcome` at the one target and the bare pod nothing.
Controls WhereTheNodeSees(Outcome outcome, Protocol protocol) {
  ScanPlan plan = Plan();
  plan.vantages[1].kind = VantageKind::kNode;
  plan.targets.push_back(MakeTarget(protocol));
  ReachMatrix observed(2, 1);
  observed.At(VantageId{}, TargetId{}).outcome = Outcome::kFiltered;
  observed.At(kControl, TargetId{}).outcome = outcome;
  return FindControls(plan, observed);
}

TEST(ControlsTest, AClosedPortIsReachedForTcpAlone) {
  EXPECT_EQ(WhereTheNodeSees(Outcome::kClosed, Protocol::kTcp).reached_from.size(), 1U);
  EXPECT_EQ(WhereTheNodeSees(Outcome::kClosed, Protocol::kUdp).reached_from.size(), 0U);
  EXPECT_EQ(WhereTheNodeSees(Outcome::kOpen, Protocol::kUdp).reached_from.size(), 1U);
}

TEST(ControlsTest, WhoeverGotAnAnswerIsAlive) {
  const Controls controls = WhereTheNodeSees(Outcome::kClosed, Protocol::kTcp);
  EXPECT_EQ(controls.alive, (std::vector<bool>{false, true}));
}

TEST(ControlsTest, AnRstThatAnotherVantageFindsOpenIsAnEnforcers) {
  Controls controls = AllAlive();
  controls.open_from.emplace(TargetId{}, kControl);
  JudgedCell cell;
  cell.expectation = Expectation::kDeny;
  cell.seen = cell.outcome = Outcome::kClosed;
  Decide(Plan(), controls, MakeTarget(Protocol::kTcp), cell);
  EXPECT_EQ(cell.outcome, Outcome::kRejected);
  EXPECT_EQ(cell.verdict, Verdict::kAsIntended);
  EXPECT_EQ(cell.because, "refused, but node1 (node) finds it open");
}

TEST(ControlsTest, WhereTheEnforcerDeniesByRstAnUncontrolledRstIsNoLeak) {
  Controls controls = AllAlive();
  controls.denies_by_reset = true;
  JudgedCell cell;
  cell.expectation = Expectation::kDeny;
  cell.seen = cell.outcome = Outcome::kClosed;
  Decide(Plan(), controls, MakeTarget(Protocol::kTcp), cell);
  EXPECT_EQ(cell.verdict, Verdict::kUnproven);
}

}  // namespace
}  // namespace podreach
