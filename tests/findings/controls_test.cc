#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/findings/scan_world.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::ElementsAre;

constexpr std::uint32_t kNobody = Controls::kNobody;

/// What the controls say where the node sees `outcome` at the one target and the bare pod nothing.
Controls WhereTheNodeSees(Outcome outcome, const char* port) {
  ScanWorld world;
  const auto bare = world.Probe(VantageKind::kBare, "bank");
  const auto node = world.Probe(VantageKind::kNode, "podreach");
  const auto db = world.Pod("shop/db", port);
  world.Begin();
  world.Saw(bare, db, Outcome::kFiltered);
  world.Saw(node, db, outcome);
  return FindControls(world.plan, *world.observed);
}

TEST(ControlsTest, AClosedPortIsReachedForTcpAlone) {
  EXPECT_THAT(WhereTheNodeSees(Outcome::kClosed, "TCP 80").reached_from, ElementsAre(1));
  EXPECT_THAT(WhereTheNodeSees(Outcome::kClosed, "UDP 80").reached_from, ElementsAre(kNobody));
  EXPECT_THAT(WhereTheNodeSees(Outcome::kOpen, "UDP 80").reached_from, ElementsAre(1));
  EXPECT_THAT(WhereTheNodeSees(Outcome::kClosed, "TCP 80").open_from, ElementsAre(kNobody));
  EXPECT_THAT(WhereTheNodeSees(Outcome::kOpen, "TCP 80").open_from, ElementsAre(1));
}

TEST(ControlsTest, NoOtherAnswerOfANodeReachesATarget) {
  for (const Outcome outcome : {Outcome::kRejected, Outcome::kFiltered, Outcome::kOpenFiltered,
                                Outcome::kUnreachable, Outcome::kLocalError, Outcome::kNotProbed})
    EXPECT_THAT(WhereTheNodeSees(outcome, "TCP 80").reached_from, ElementsAre(kNobody))
        << ToString(outcome);
}

TEST(ControlsTest, WhoeverGotAnAnswerIsAlive) {
  EXPECT_THAT(WhereTheNodeSees(Outcome::kClosed, "TCP 80").alive, ElementsAre(false, true));
  EXPECT_THAT(WhereTheNodeSees(Outcome::kRejected, "TCP 80").alive, ElementsAre(false, true));
  for (const Outcome silence : {Outcome::kFiltered, Outcome::kOpenFiltered, Outcome::kUnreachable,
                                Outcome::kLocalError, Outcome::kNotProbed})
    EXPECT_THAT(WhereTheNodeSees(silence, "TCP 80").alive, ElementsAre(false, false));
}

TEST(ControlsTest, APodThatFindsAPortClosedIsNoControl) {
  ScanWorld world;
  const auto bare = world.Probe(VantageKind::kBare, "bank");
  const auto db = world.Pod("shop/db", "TCP 80");
  world.Begin();
  world.Saw(bare, db, Outcome::kClosed);
  EXPECT_THAT(FindControls(world.plan, *world.observed).reached_from, ElementsAre(kNobody));
}

TEST(ControlsTest, WhoeverWasReachedIsAliveAndWhoReachedItselfIsNot) {
  struct Case {
    Outcome outcome;
    bool source;
    bool responder;
  };
  for (const Case& of :
       {Case{Outcome::kOpen, true, true}, Case{Outcome::kClosed, true, true},
        // An enforcer answered in its place.
        Case{Outcome::kRejected, true, false}, Case{Outcome::kFiltered, false, false}}) {
    ScanWorld world;
    const auto bank = world.Probe(VantageKind::kBare, "bank");
    const auto lab = world.Probe(VantageKind::kBare, "lab");
    const auto responder = world.Responder(lab);
    world.Begin();
    world.Saw(bank, responder, of.outcome);
    EXPECT_THAT(FindControls(world.plan, *world.observed).alive,
                ElementsAre(of.source, of.responder))
        << ToString(of.outcome);
    world.Begin();
    world.Saw(lab, responder, of.outcome);
    EXPECT_THAT(FindControls(world.plan, *world.observed).alive, ElementsAre(false, false))
        << ToString(of.outcome);
  }
}

TEST(ControlsTest, AServiceIsTranslatedWhereItLeadsSomewhere) {
  ScanWorld world;
  world.Probe(VantageKind::kBare, "bank");
  world.Service(TargetKind::kService, "TCP 80", {{"shop/db", "5432"}});
  world.Service(TargetKind::kService, "TCP 81", {});
  world.Pod("shop/db", "TCP 80");
  world.Begin();
  EXPECT_THAT(FindControls(world.plan, *world.observed).translated,
              ElementsAre(true, false, false));
}

struct CanaryCase {
  Outcome outcome;
  Enforcement enforcement;
};

class CanaryTest : public testing::TestWithParam<CanaryCase> {};

TEST_P(CanaryTest, ShowsHowPoliciesAreEnforced) {
  ScanWorld world;
  const auto bare = world.Probe(VantageKind::kBare, "bank");
  const auto source = world.Probe(VantageKind::kCanarySource, "podreach");
  const auto target = world.Probe(VantageKind::kCanaryTarget, "podreach");
  const auto canary = world.Responder(target);
  const auto other = world.Responder(bare);
  world.Begin();
  // Neither another's word of the canary nor the canary's of others is the canary's connection.
  world.Saw(bare, canary, Outcome::kOpen);
  world.Saw(source, other, Outcome::kOpen);
  world.Saw(source, canary, GetParam().outcome);
  const Controls controls = FindControls(world.plan, *world.observed);
  EXPECT_EQ(controls.canary, GetParam().outcome);
  EXPECT_EQ(EnforcementOf(controls), GetParam().enforcement);
  EXPECT_EQ(controls.denies_by_reset, GetParam().outcome == Outcome::kClosed);
}

INSTANTIATE_TEST_SUITE_P(All, CanaryTest,
                         testing::Values(CanaryCase{Outcome::kOpen, Enforcement::kNotEnforced},
                                         CanaryCase{Outcome::kFiltered, Enforcement::kBySilence},
                                         CanaryCase{Outcome::kRejected, Enforcement::kByIcmp},
                                         CanaryCase{Outcome::kClosed, Enforcement::kByReset},
                                         CanaryCase{Outcome::kOpenFiltered, Enforcement::kUnknown},
                                         CanaryCase{Outcome::kUnreachable, Enforcement::kUnknown},
                                         CanaryCase{Outcome::kLocalError, Enforcement::kUnknown},
                                         CanaryCase{Outcome::kNotProbed, Enforcement::kUnknown}));

TEST(CanaryControlTest, WithoutAPolicyOrAControlItShowsNothing) {
  struct Case {
    const char* shows;
    Outcome outcome;
    bool policy_made;
    bool reached;
    Enforcement enforcement;
  };
  using enum Enforcement;
  for (const Case& of :
       {Case{"all is well", Outcome::kFiltered, true, true, kBySilence},
        Case{"the target may be down", Outcome::kFiltered, true, false, kUnreached},
        Case{"an ICMP error of the node", Outcome::kRejected, true, false, kUnreached},
        Case{"nothing listens, maybe", Outcome::kClosed, true, false, kUnreached},
        Case{"open shows that it is there", Outcome::kOpen, true, false, kNotEnforced},
        Case{"nothing was denied", Outcome::kOpen, false, true, kNoPolicy},
        Case{"who denied it, then", Outcome::kFiltered, false, true, kNoPolicy},
        Case{"it was never asked", Outcome::kNotProbed, false, true, kUnknown}}) {
    ScanWorld world;
    const auto node = world.Probe(VantageKind::kNode, "podreach");
    const auto source = world.Probe(VantageKind::kCanarySource, "podreach");
    const auto target = world.Probe(VantageKind::kCanaryTarget, "podreach");
    const auto canary = world.Responder(target);
    world.plan.canary_policy_made = of.policy_made;
    world.Begin();
    if (of.reached) world.Saw(node, canary, Outcome::kOpen);
    world.Saw(source, canary, of.outcome);
    const Controls controls = FindControls(world.plan, *world.observed);
    EXPECT_EQ(EnforcementOf(controls), of.enforcement) << of.shows;
    const bool shown = of.enforcement == kBySilence || of.enforcement == kNotEnforced;
    EXPECT_EQ(controls.canary, shown ? of.outcome : Outcome::kNotProbed) << of.shows;
  }
}

/// Whether a refusal of one bare pod shows that the enforcer denies by RST.
struct ResetCase {
  const char* shows;
  Outcome seen;
  const char* port;
  bool denied;
  bool open_elsewhere;
  VantageKind kind;
  bool shown;
};

class ResetTest : public testing::TestWithParam<ResetCase> {};

TEST_P(ResetTest, AreSeenWhereAControlUnmasksThem) {
  const ResetCase& of = GetParam();
  ScanWorld world(of.denied
                      ? std::vector<NetworkPolicy>{Policy("shop/deny").DenyIn()}
                      : std::vector<NetworkPolicy>{Policy("shop/none", "app=nobody").DenyIn()});
  const auto asks = world.Probe(of.kind, "bank");
  const auto node = world.Probe(VantageKind::kNode, "podreach");
  const auto db = world.Pod("shop/db", of.port);
  world.Begin();
  world.Saw(asks, db, of.seen);
  if (of.open_elsewhere) world.Saw(node, db, Outcome::kOpen);
  EXPECT_EQ(world.AllControls().denies_by_reset, of.shown);
}

INSTANTIATE_TEST_SUITE_P(
    All, ResetTest,
    testing::Values(
        ResetCase{"unmasked", Outcome::kClosed, "TCP 80", true, true, VantageKind::kBare, true},
        ResetCase{"of_a_twin", Outcome::kClosed, "TCP 80", true, true, VantageKind::kTwin, true},
        ResetCase{"nobody_finds_it_open", Outcome::kClosed, "TCP 80", true, false,
                  VantageKind::kBare, false},
        ResetCase{"allowed", Outcome::kClosed, "TCP 80", false, true, VantageKind::kBare, false},
        ResetCase{"udp", Outcome::kClosed, "UDP 80", true, true, VantageKind::kBare, false},
        ResetCase{"icmp", Outcome::kRejected, "TCP 80", true, true, VantageKind::kBare, false},
        ResetCase{"silence", Outcome::kFiltered, "TCP 80", true, true, VantageKind::kBare, false},
        ResetCase{"of_the_canary", Outcome::kClosed, "TCP 80", true, true,
                  VantageKind::kCanarySource, false}),
    [](const auto& param_info) { return param_info.param.shows; });

// Of two backends one may not listen: its RST is nobody's but its own.
TEST(ControlsTest, ARefusalOfOneOfSeveralBackendsShowsNoReset) {
  struct Case {
    std::vector<std::pair<std::string, const char*>> backends;
    bool several;
  };
  for (const Case& of :
       {Case{{{"shop/db", "80"}}, false}, Case{{{"shop/db", "80"}, {"shop/db2", "80"}}, true}}) {
    ScanWorld world({Policy("shop/deny").DenyIn()});
    const auto bank = world.Probe(VantageKind::kBare, "bank");
    const auto node = world.Probe(VantageKind::kNode, "podreach");
    const auto service = world.Service(TargetKind::kService, "TCP 80", of.backends);
    world.Begin();
    world.Saw(bank, service, Outcome::kClosed);
    world.Saw(node, service, Outcome::kOpen);
    const Controls controls = world.AllControls();
    EXPECT_EQ(FactsOf(world.plan, controls, bank, service).several, of.several);
    EXPECT_EQ(controls.denies_by_reset, !of.several);
  }
}

TEST(ControlsTest, TheFactsOfACellAreItsTargetsAndItsVantages) {
  ScanWorld world({Policy("shop/deny").DenyIn()});
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  const auto open = world.Pod("shop/db", "UDP 80");
  const auto dark = world.Service(TargetKind::kService, "TCP 81", {{"shop/db", "81"}});
  world.Begin();
  world.Saw(lab, open, Outcome::kOpen);
  Controls controls = world.AllControls();
  controls.canary = Outcome::kFiltered;
  controls.denies_by_reset = true;
  const CellFacts first = FactsOf(world.plan, controls, bank, open);
  EXPECT_EQ(first.protocol, Protocol::kUdp);
  EXPECT_FALSE(first.translated);
  EXPECT_TRUE(first.open_elsewhere);
  EXPECT_TRUE(first.reached);
  EXPECT_FALSE(first.alive);
  EXPECT_EQ(first.canary, Outcome::kFiltered);
  EXPECT_TRUE(first.denies_by_reset);
  const CellFacts second = FactsOf(world.plan, controls, lab, dark);
  EXPECT_EQ(second.protocol, Protocol::kTcp);
  EXPECT_TRUE(second.translated);
  EXPECT_FALSE(second.open_elsewhere);
  EXPECT_FALSE(second.reached);
  EXPECT_TRUE(second.alive);
}

}  // namespace
}  // namespace podreach
