#include "podreach/scan/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PolicyDocument PolicyOf(const std::string& ns, const std::string& name, int spec = 0) {
  PolicyDocument policy{"networking.k8s.io", "v1", ns.empty() ? "ClusterPolicy" : "NetworkPolicy",
                        ns, name};
  policy.object = PackedJson(nlohmann::json{{"spec", spec}});
  return policy;
}

Snapshot Before() {
  Snapshot snapshot;
  snapshot.namespaces = {{"bank", "b1", {}}, {"podreach", "p1", {}}, {"shop", "s1", {}}};
  snapshot.policy_documents = {PolicyOf("shop", "deny"), PolicyOf("", "all")};
  Pod pod;
  pod.ns = "shop";
  pod.name = "db";
  pod.uid = "u1";
  pod.labels = {{"app", "db"}};
  snapshot.pods = {pod};
  Service service;
  service.ns = "shop";
  service.name = "db";
  service.cluster_ips = {*IpAddress::Parse("10.96.0.1")};
  snapshot.services = {service};
  EndpointSlice slice;
  slice.ns = "shop";
  slice.name = "db-1";
  slice.service = "db";
  slice.endpoints = {{*IpAddress::Parse("10.0.0.1"), true, "u1"}};
  slice.ports = {{"", Protocol::kTcp, Port::From(5432)}};
  snapshot.endpoint_slices = {slice};
  return snapshot;
}

struct Case {
  const char* shows;
  void (*change)(Snapshot& now);
  std::vector<std::pair<std::string, Change::How>> list;
  std::set<std::string> namespaces;
  bool everywhere = false;
  bool service = false;
  bool pod = false;
};

class ChangesTest : public testing::TestWithParam<Case> {};

TEST_P(ChangesTest, AreWhatDiffers) {
  const Snapshot before = Before();
  Snapshot now = before;
  GetParam().change(now);
  const Changes changes = ChangesBetween(before, now, "podreach");
  std::vector<std::pair<std::string, Change::How>> list;
  for (const Change& change : changes.list) list.emplace_back(change.what, change.how);
  EXPECT_EQ(list, GetParam().list);
  EXPECT_EQ(changes.namespaces, GetParam().namespaces);
  EXPECT_EQ(changes.everywhere, GetParam().everywhere);
  EXPECT_EQ(!changes.services.empty(), GetParam().service);
  EXPECT_EQ(!changes.pod_uids.empty(), GetParam().pod);
}

using How = Change::How;
INSTANTIATE_TEST_SUITE_P(
    All, ChangesTest,
    testing::Values(
        Case{"nothing", [](Snapshot&) {}, {}, {}},
        Case{"policy_deleted",
             [](Snapshot& now) { now.policy_documents.erase(now.policy_documents.begin()); },
             {{"shop/NetworkPolicy/deny", How::kDeleted}},
             {"shop"}},
        Case{"policy_made",
             [](Snapshot& now) { now.policy_documents.push_back(PolicyOf("bank", "new")); },
             {{"bank/NetworkPolicy/new", How::kMade}},
             {"bank"}},
        Case{"policy_changed",
             [](Snapshot& now) { now.policy_documents[0] = PolicyOf("shop", "deny", 1); },
             {{"shop/NetworkPolicy/deny", How::kChanged}},
             {"shop"}},
        Case{"policy_of_the_cluster",
             [](Snapshot& now) { now.policy_documents[1] = PolicyOf("", "all", 1); },
             {{"ClusterPolicy/all", How::kChanged}},
             {},
             true},
        Case{"policy_of_podreachs_own",
             [](Snapshot& now) { now.policy_documents.push_back(PolicyOf("podreach", "canary")); },
             {},
             {}},
        Case{"namespace_relabelled",
             [](Snapshot& now) {
               now.namespaces[0].labels = {{"team", "red"}};
             },
             {{"namespace bank", How::kChanged}},
             {"bank"}},
        Case{"namespace_made_anew",
             [](Snapshot& now) { now.namespaces[0].uid = "b2"; },
             {{"namespace bank", How::kChanged}},
             {"bank"}},
        Case{"namespace_made",
             [](Snapshot& now) {
               now.namespaces.push_back({"late", "l1", {}});
             },
             {{"namespace late", How::kMade}},
             {"late"}},
        Case{"pod_relabelled",
             [](Snapshot& now) {
               now.pods[0].labels = {{"app", "web"}};
             },
             {{"labels of pod shop/db", How::kChanged}},
             {},
             false,
             false,
             true},
        Case{"endpoint_not_ready",
             [](Snapshot& now) { now.endpoint_slices[0].endpoints[0].ready = false; },
             {{"endpoints of Service shop/db", How::kChanged}},
             {},
             false,
             true},
        Case{"endpoint_slices_gone",
             [](Snapshot& now) { now.endpoint_slices.clear(); },
             {{"endpoints of Service shop/db", How::kChanged}},
             {},
             false,
             true},
        Case{"service_deleted_with_its_endpoints",
             [](Snapshot& now) {
               now.services.clear();
               now.endpoint_slices.clear();
             },
             {{"Service shop/db", How::kDeleted}},
             {},
             false,
             true}),
    [](const auto& param_info) { return param_info.param.shows; });

TEST(ForgetChangedTest, CellsWithAnEndThatChangedAreNotJudged) {
  ScanPlan plan;
  for (const auto& [kind, ns] :
       {std::pair{VantageKind::kBare, "shop"}, std::pair{VantageKind::kBare, "bank"},
        std::pair{VantageKind::kNode, "shop"}}) {
    Vantage vantage;
    vantage.id = VantageId{static_cast<std::uint32_t>(plan.vantages.size())};
    vantage.kind = kind;
    vantage.ns = ns;
    plan.vantages.push_back(vantage);
  }
  for (const auto& [kind, ns, name] : {std::tuple{TargetKind::kPod, "shop", "shop/db"},
                                       std::tuple{TargetKind::kPod, "bank", "bank/api"},
                                       std::tuple{TargetKind::kService, "bank", "bank/api"}}) {
    plan.places.push_back({.kind = kind, .ns = ns, .name = name});
    const auto number = static_cast<std::uint32_t>(plan.targets.size());
    plan.targets.push_back({PlaceId{number}, Protocol::kTcp, *Port::From(80)});
  }
  plan.pod_of_place.resize(plan.places.size());
  const auto ask = std::make_shared<const std::vector<TargetId>>(
      std::vector{TargetId{0}, TargetId{1}, TargetId{2}});
  const auto forgotten = [&](const Changes& changes) {
    ReachMatrix observed(plan.vantages.size());
    std::vector<std::string> cells;
    for (const Vantage& vantage : plan.vantages) {
      observed.SetRow(vantage.id, ask);
      for (std::uint32_t i = 0; i < 3; ++i)
        observed.Set(vantage.id, i, {.outcome = Outcome::kOpen});
    }
    ForgetChanged(changes, {}, plan, observed);
    for (const Vantage& vantage : plan.vantages) {
      std::string row;
      for (std::uint32_t i = 0; i < 3; ++i)
        row += observed.At(vantage.id, i).why == NotProbed::kGroundChanged ? 'x' : '.';
      cells.push_back(row);
    }
    return cells;
  };
  const std::vector<Change> list = {{"something", Change::How::kChanged}};
  EXPECT_THAT(forgotten({}), ElementsAre("...", "...", "..."));
  EXPECT_THAT(forgotten({.namespaces = {"shop"}, .list = list}), ElementsAre("xxx", "x..", "x.."));
  EXPECT_THAT(forgotten({.namespaces = {"bank"}, .list = list}), ElementsAre(".xx", "xxx", ".xx"));
  EXPECT_THAT(forgotten({.services = {{"bank", "api"}}, .list = list}),
              ElementsAre("..x", "..x", "..x"));
  EXPECT_THAT(forgotten({.services = {{"bank", "other"}}, .list = list}),
              ElementsAre("...", "...", "..."));
  EXPECT_THAT(forgotten({.everywhere = true, .list = list}), ElementsAre("xxx", "xxx", "xxx"));
}

}  // namespace
}  // namespace podreach
