#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/findings/scan_world.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using Asked = std::vector<std::set<TargetId>>;

std::vector<VantageId> AllOf(const ScanPlan& plan) {
  std::vector<VantageId> all;
  for (const Vantage& vantage : plan.vantages) all.push_back(vantage.id);
  return all;
}

Asked Identify(const ScanWorld& world, const std::map<TargetId, IdentifiedService>& known = {}) {
  return WhatToIdentify(world.plan, *world.observed, *world.intentions, AllOf(world.plan), known);
}

/// One target that a bare vantage of another namespace sees.
struct Case {
  const char* shows;
  TargetKind kind = TargetKind::kPod;
  bool declared = false;
  bool sensitive = false;
  bool undeclared = false;
  const char* service = "";
  Outcome outcome = Outcome::kOpen;
  bool denied = false;
  bool asked = false;
};

class IdentifyTest : public testing::TestWithParam<Case> {};

TEST_P(IdentifyTest, AsksWhatIsWorthAQuestion) {
  const Case& of = GetParam();
  ScanWorld world(of.denied ? std::vector<NetworkPolicy>{Policy("shop/deny").DenyIn()}
                            : std::vector<NetworkPolicy>());
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto other = world.Probe(VantageKind::kBare, "lab");
  TargetId target{};
  switch (of.kind) {
    case TargetKind::kPod:
      target = world.Pod("shop/db", "TCP 81");
      break;
    case TargetKind::kDns:
      target = world.Service(of.kind, "TCP 53", {{"shop/db", "53"}});
      break;
    case TargetKind::kProbe:
      target = world.Responder(other);
      break;
    default:
      target = world.At(of.kind, "203.0.113.10", "TCP 80");
  }
  Target& about = world.plan.targets[Index(target)];
  about.declared = of.declared;
  about.sensitive = of.sensitive;
  about.undeclared = of.undeclared;
  about.service = of.service;
  world.Begin();
  world.Saw(bank, target, of.outcome);
  EXPECT_EQ(Identify(world)[Index(bank)].contains(target), of.asked);
}

INSTANTIATE_TEST_SUITE_P(
    All, IdentifyTest,
    testing::Values(
        Case{.shows = "a_sensitive_port", .sensitive = true, .asked = true},
        Case{.shows = "an_undeclared_listener", .undeclared = true, .asked = true},
        Case{.shows = "a_leak", .denied = true, .asked = true},
        Case{.shows = "a_declared_port_of_the_catalogue",
             .declared = true,
             .service = "Consul",
             .asked = true},
        Case{.shows = "a_declared_port_that_nobody_knows", .declared = true},
        Case{.shows = "a_catalogue_port_that_is_not_declared", .service = "Consul"},
        Case{.shows = "a_dull_port"},
        Case{.shows = "metadata", .kind = TargetKind::kMetadata, .asked = true},
        Case{.shows = "dns", .kind = TargetKind::kDns, .asked = true},
        Case{.shows = "a_place_outside", .kind = TargetKind::kExternal, .sensitive = true},
        Case{.shows = "a_probe", .kind = TargetKind::kProbe, .sensitive = true},
        Case{.shows = "a_closed_one", .sensitive = true, .outcome = Outcome::kClosed},
        Case{.shows = "a_silent_one", .sensitive = true, .outcome = Outcome::kFiltered},
        Case{.shows = "a_rejected_leak", .outcome = Outcome::kRejected, .denied = true}),
    [](const auto& param_info) { return param_info.param.shows; });

TEST(IdentifyTest, OpenPortsAreAskedOnceAndFromAnotherNamespaceWhereThatCan) {
  ScanWorld world({Policy("shop/deny", "app=web").DenyIn()});
  const auto shop = world.Probe(VantageKind::kBare, "shop");
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  const auto node = world.Probe(VantageKind::kNode, "podreach");
  const auto sensitive = [&](const char* port) {
    const TargetId id = world.Pod("shop/db", port);
    world.plan.targets[Index(id)].sensitive = true;
    return id;
  };
  const auto one = sensitive("TCP 1");
  const auto two = sensitive("TCP 2");
  const auto near = sensitive("TCP 3");
  const auto leak = world.Pod("shop/web", "TCP 81");
  const auto dull = world.Pod("shop/db", "TCP 81");
  const auto closed = sensitive("TCP 4");
  const auto nodes = sensitive("TCP 5");
  world.Begin();
  for (const VantageId vantage : {shop, bank, lab}) {
    world.Saw(vantage, one, Outcome::kOpen);
    world.Saw(vantage, two, Outcome::kOpen);
  }
  world.Saw(shop, near, Outcome::kOpen);
  world.Saw(bank, leak, Outcome::kOpen);
  world.Saw(bank, dull, Outcome::kOpen);
  world.Saw(bank, closed, Outcome::kClosed);
  world.Saw(node, nodes, Outcome::kOpen);
  const Asked asked = Identify(world);
  std::multiset<TargetId> all;
  for (const auto& targets : asked) all.insert(targets.begin(), targets.end());
  EXPECT_THAT(all, UnorderedElementsAre(one, two, near, leak));
  EXPECT_THAT(asked[Index(shop)], ElementsAre(near));
}

TEST(IdentifyTest, WhatIsKnownIsNotAskedAgain) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto known = world.At(TargetKind::kMetadata, "169.254.169.254", "TCP 80");
  const auto open = world.At(TargetKind::kMetadata, "169.254.169.254", "TCP 81");
  world.Begin();
  world.Saw(bank, known, Outcome::kOpen);
  world.Saw(bank, open, Outcome::kOpen);
  EXPECT_THAT(Identify(world)[0], ElementsAre(known, open));
  EXPECT_THAT(Identify(world, {{known, {}}})[0], ElementsAre(open));
}

TEST(IdentifyTest, OnlyTheVantagesThatRunNowAreAsked) {
  ScanWorld world;
  const auto bank = world.Probe(VantageKind::kBare, "bank");
  const auto lab = world.Probe(VantageKind::kBare, "lab");
  const auto metadata = world.At(TargetKind::kMetadata, "169.254.169.254", "TCP 80");
  world.Begin();
  world.Saw(bank, metadata, Outcome::kOpen);
  const std::vector<VantageId> none;
  const std::vector<VantageId> only_lab = {lab};
  for (const auto& vantages : {none, only_lab}) {
    const Asked asked =
        WhatToIdentify(world.plan, *world.observed, *world.intentions, vantages, {});
    EXPECT_THAT(asked[0], IsEmpty());
    EXPECT_THAT(asked[1], IsEmpty());
  }
}

TEST(IdentifyTest, TheWorkIsSpread) {
  ScanWorld world;
  for (int i = 0; i < 4; ++i) world.Probe(VantageKind::kBare, "bank");
  std::vector<TargetId> targets;
  for (int i = 0; i < 40; ++i)
    targets.push_back(
        world.At(TargetKind::kMetadata, "169.254.169.254", "TCP " + std::to_string(i + 1)));
  world.Begin();
  for (const Vantage& vantage : world.plan.vantages) {
    for (const TargetId target : targets) world.Saw(vantage.id, target, Outcome::kOpen);
  }
  for (const auto& asked : Identify(world)) EXPECT_EQ(asked.size(), 10U);
}

}  // namespace
}  // namespace podreach
