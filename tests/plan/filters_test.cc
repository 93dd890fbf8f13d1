// What the user limits a scan to: namespaces, vantages, targets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/plan/plan_world.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using Texts = std::set<std::string>;

Cluster ThreeTeams() {
  Cluster cluster;
  cluster.Namespace("shop").Namespace("bank").Namespace("lab").Node("n1");
  cluster.Deployment("shop", "web", {"n1"}).Deployment("shop", "db", {"n1"}, {5432});
  cluster.Deployment("bank", "api", {"n1"});
  cluster.Deployment("lab", "host", {"n1"});
  cluster.snapshot().pods.back().host_network = true;
  cluster.snapshot().pods.back().ips = {*IpAddress::Parse("192.168.0.1")};
  cluster.Isolate("shop", "web").Isolate("shop", "db");
  cluster.Service("shop", "web", 8000).Service("bank", "api", 8001);
  return cluster;
}

const Texts kShopVantages = {"shop (bare)", "shop/db[Deployment] (twin)",
                             "shop/web[Deployment] (twin)"};
const Texts kAllVantages = {"shop (bare)", "shop/db[Deployment] (twin)",
                            "shop/web[Deployment] (twin)", "bank (bare)", "lab (bare)"};
const Texts kPlaces = {"cloud metadata", "n1"};
const Texts kShopTargets = {"shop/web[Deployment]", "shop/db[Deployment]", "shop/web (Service)"};
const Texts kBankTargets = {"bank/api[Deployment]", "bank/api (Service)"};
const Texts kLabTargets = {"lab/host[Deployment]"};

Texts Joined(std::initializer_list<Texts> sets) {
  Texts all;
  for (const Texts& set : sets) all.insert(set.begin(), set.end());
  return all;
}

struct FilterCase {
  const char* shows;
  PlanOptions options;
  Texts vantages;
  Texts targets;
};

class FilterTest : public testing::TestWithParam<FilterCase> {};

TEST_P(FilterTest, LimitsVantagesAndTargets) {
  for (const Depth depth : {Depth::kQuick, Depth::kFull}) {
    PlanOptions options = GetParam().options;
    options.depth = depth;
    const Planned planned(ThreeTeams().snapshot(), options);
    Texts vantages;
    std::vector<VantageKind> others;
    for (const Vantage& vantage : planned.plan.vantages) {
      if (StandsForPods(vantage.kind)) {
        vantages.insert(vantage.name);
      } else {
        others.push_back(vantage.kind);
      }
    }
    EXPECT_EQ(vantages, GetParam().vantages) << ToString(depth);
    // Controls are there whatever is looked at.
    EXPECT_THAT(others, ElementsAre(VantageKind::kNode, VantageKind::kCanarySource,
                                    VantageKind::kCanaryTarget));
    Texts targets;
    for (const Target& target : planned.plan.targets)
      targets.insert(planned.plan.places[Index(target.place)].workload);
    EXPECT_EQ(targets, GetParam().targets) << ToString(depth);
    // What isn't a target isn't looked at or counted either.
    Texts groups;
    for (const TargetGroup& group : planned.plan.groups) groups.insert(group.workload);
    for (const std::string& group : groups)
      EXPECT_TRUE(GetParam().targets.contains(group)) << group;
    for (const auto& hosts : planned.discovery.hosts) {
      for (const auto& host : hosts) {
        const Pod& pod = planned.evaluator.snapshot().pods[host.pod];
        EXPECT_TRUE(GetParam().targets.contains(pod.workload.ToString())) << pod.name;
      }
    }
  }
}

PlanOptions With(const std::function<void(PlanOptions&)>& change) {
  PlanOptions options{.scan_id = "s1"};
  change(options);
  return options;
}

INSTANTIATE_TEST_SUITE_P(
    All, FilterTest,
    testing::Values(
        FilterCase{"no_filter", With([](PlanOptions&) {}), kAllVantages,
                   Joined({kShopTargets, kBankTargets, kLabTargets, kPlaces})},
        FilterCase{"a_namespace", With([](PlanOptions& o) { o.namespaces = {"shop"}; }),
                   kShopVantages, Joined({kShopTargets, kPlaces})},
        FilterCase{"two_namespaces",
                   With([](PlanOptions& o) {
                     o.namespaces = {"lab", "bank"};
                   }),
                   {"bank (bare)", "lab (bare)"},
                   Joined({kBankTargets, kLabTargets, kPlaces})},
        FilterCase{"excluded", With([](PlanOptions& o) {
                     o.exclude_namespaces = {"bank", "lab"};
                   }),
                   kShopVantages, Joined({kShopTargets, kPlaces})},
        FilterCase{"from_a_namespace",
                   With([](PlanOptions& o) { o.from = {"bank"}; }),
                   {"bank (bare)"},
                   Joined({kShopTargets, kBankTargets, kLabTargets, kPlaces})},
        FilterCase{"from_a_workload",
                   With([](PlanOptions& o) { o.from = {"shop/db"}; }),
                   {"shop/db[Deployment] (twin)"},
                   Joined({kShopTargets, kBankTargets, kLabTargets, kPlaces})},
        // Its class is the bare one's, and no bare vantage is there to stand for it.
        FilterCase{"from_a_workload_without_policy",
                   With([](PlanOptions& o) { o.from = {"bank/api"}; }),
                   {"bank/api[Deployment] (twin)"},
                   Joined({kShopTargets, kBankTargets, kLabTargets, kPlaces})},
        FilterCase{"from_two",
                   With([](PlanOptions& o) {
                     o.from = {"shop/db", "lab"};
                   }),
                   {"shop/db[Deployment] (twin)", "lab (bare)"},
                   Joined({kShopTargets, kBankTargets, kLabTargets, kPlaces})},
        FilterCase{"from_nobody",
                   With([](PlanOptions& o) { o.from = {"shop/nobody"}; }),
                   {},
                   Joined({kShopTargets, kBankTargets, kLabTargets, kPlaces})},
        FilterCase{"to_a_namespace", With([](PlanOptions& o) { o.to = {"shop"}; }), kAllVantages,
                   kShopTargets},
        FilterCase{"to_a_workload",
                   With([](PlanOptions& o) { o.to = {"shop/db"}; }),
                   kAllVantages,
                   {"shop/db[Deployment]"}},
        FilterCase{"to_a_workload_and_its_service",
                   With([](PlanOptions& o) { o.to = {"bank/api"}; }), kAllVantages, kBankTargets},
        FilterCase{"to_a_pod_of_the_host", With([](PlanOptions& o) { o.to = {"lab/host"}; }),
                   kAllVantages, kLabTargets},
        FilterCase{"from_and_to",
                   With([](PlanOptions& o) {
                     o.from = {"bank"};
                     o.to = {"shop/db"};
                   }),
                   {"bank (bare)"},
                   {"shop/db[Deployment]"}},
        FilterCase{"by_labels",
                   With([](PlanOptions& o) { o.selector = App("web"); }),
                   kAllVantages,
                   {"shop/web[Deployment]"}},
        FilterCase{"by_labels_of_the_host", With([](PlanOptions& o) { o.selector = App("host"); }),
                   kAllVantages, kLabTargets},
        FilterCase{"a_namespace_and_labels",
                   With([](PlanOptions& o) {
                     o.namespaces = {"bank"};
                     o.selector = App("web");
                   }),
                   {"bank (bare)"},
                   {}},
        FilterCase{"to_what_is_not_in_the_namespaces",
                   With([](PlanOptions& o) {
                     o.namespaces = {"bank"};
                     o.to = {"shop"};
                   }),
                   {"bank (bare)"},
                   {}},
        FilterCase{"to_what_is_excluded",
                   With([](PlanOptions& o) {
                     o.exclude_namespaces = {"shop"};
                     o.to = {"shop", "bank"};
                   }),
                   {"bank (bare)", "lab (bare)"},
                   kBankTargets},
        FilterCase{"without_metadata",
                   With([](PlanOptions& o) {
                     o.namespaces = {"lab"};
                     o.metadata = false;
                   }),
                   {"lab (bare)"},
                   Joined({kLabTargets, {"n1"}})}),
    [](const auto& param_info) { return param_info.param.shows; });

TEST(FilterTest, TheNamespacesOfAScanAreThoseInItsScope) {
  const auto namespaces = [](const PlanOptions& options) {
    return Planned(ThreeTeams().snapshot(), options).plan.namespaces;
  };
  EXPECT_EQ(namespaces(With([](PlanOptions&) {})), (Texts{"bank", "lab", "shop"}));
  EXPECT_EQ(namespaces(With([](PlanOptions& o) { o.namespaces = {"shop"}; })), Texts{"shop"});
  // What was excluded lowers the coverage.
  EXPECT_EQ(namespaces(With([](PlanOptions& o) { o.exclude_namespaces = {"lab"}; })),
            (Texts{"bank", "lab", "shop"}));
  EXPECT_EQ(namespaces(With([](PlanOptions& o) {
              o.namespaces = {"shop"};
              o.exclude_namespaces = {"lab"};
            })),
            Texts{"shop"});
}

}  // namespace
}  // namespace podreach
