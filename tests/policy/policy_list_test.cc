// What the engine tells of policies, whatever dialect they are of.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "podreach/collect/source.h"
#include "podreach/policy/evaluator.h"
#include "podreach/policy/policy_kinds.h"
#include "podreach/yaml/yaml_reader.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Namespace shop with web (app=web, a port named http at 8080), db (app=db) and a pod of the
/// host's network (app=db).
constexpr const char* kPods = R"(
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}},
 spec: {containers: [{ports: [{name: http, containerPort: 8080}]}]}, status: {phase: Running, podIP: 10.0.0.1}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop, labels: {app: db}},
 status: {phase: Running, podIP: 10.0.0.2}}
---
{apiVersion: v1, kind: Pod, metadata: {name: host, namespace: shop, labels: {app: db}},
 spec: {hostNetwork: true}, status: {phase: Running, podIP: 192.168.0.1}}
---
)";

Evaluator Evaluate(const std::string& policies) {
  std::istringstream input(kPods + policies);
  auto snapshot = CollectManifests({"-"}, input, PolicyKinds());
  EXPECT_TRUE(snapshot) << snapshot.error().ToString();
  return {std::make_shared<const Snapshot>(*std::move(snapshot)), {}};
}

std::size_t PodNamed(const Evaluator& evaluator, std::string_view name) {
  const auto& pods = evaluator.snapshot().pods;
  const auto found = std::ranges::find(pods, name, &Pod::name);
  return static_cast<std::size_t>(found - pods.begin());
}

/// A policy of each dialect of the network: it selects app=VALUE in shop and lets TCP 5432 to 5440,
/// and what it calls http, in from 10.0.0.0/30, which holds the pods' addresses.
struct Case {
  const char* text;  // what people call it
  const char* manifest;
  bool names_ports = true;
  bool means_pods_by_address = true;
};

const Case kCases[] = {
    {"shop/p",
     "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: "
     "shop}, "
     "spec: {podSelector: {matchLabels: {app: VALUE}}, ingress: [{from: [{ipBlock: {cidr: "
     "10.0.0.0/30}}], ports: [{port: 5432, endPort: 5440}, {port: http}]}]}}"},
    {"CiliumNetworkPolicy shop/p",
     "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, "
     "spec: {endpointSelector: {matchLabels: {app: VALUE}}, ingress: [{fromCIDR: [10.0.0.0/30], "
     "toPorts: [{ports: [{port: '5432', endPort: 5440, protocol: TCP}, {port: http, protocol: "
     "TCP}]}]}]}}",
     true, false},
    {"CiliumClusterwideNetworkPolicy p",
     "{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: p}, "
     "spec: {endpointSelector: {matchLabels: {app: VALUE}}, ingress: [{fromCIDR: [10.0.0.0/30], "
     "toPorts: [{ports: [{port: '5432', endPort: 5440, protocol: TCP}, {port: http, protocol: "
     "TCP}]}]}]}}",
     true, false},
    {"NetworkPolicy shop/p",
     "{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: p, namespace: "
     "shop}, "
     "spec: {selector: app == 'VALUE', ingress: [{action: Allow, protocol: TCP, source: {nets: "
     "[10.0.0.0/30]}, destination: {ports: ['5432:5440', http]}}]}}"},
    {"GlobalNetworkPolicy p",
     "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: p}, "
     "spec: {selector: app == 'VALUE', ingress: [{action: Allow, protocol: TCP, source: {nets: "
     "[10.0.0.0/30]}, destination: {ports: ['5432:5440', http]}}]}}"},
    {"AdminNetworkPolicy p",
     "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: "
     "p}, "
     "spec: {priority: 5, subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: "
     "VALUE}}}}, ingress: [{action: Allow, from: [{namespaces: {}}], ports: [{portRange: {start: "
     "5432, end: 5440}}, {namedPort: http}]}]}}",
     true, false},
};

std::string With(const Case& one, const std::string& value) {
  std::string manifest = one.manifest;
  manifest.replace(manifest.find("VALUE"), 5, value);
  return manifest;
}

TEST(PolicyListTest, TellsWhomPoliciesOfEveryDialectSelect) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.text);
    const Evaluator selecting = Evaluate(With(one, "db"));
    ASSERT_EQ(selecting.Policies().size(), 1U);
    EXPECT_EQ(selecting.Policies()[0].Text(), one.text);
    EXPECT_FALSE(selecting.Policies()[0].unread);
    EXPECT_TRUE(selecting.Policies()[0].ingress);
    EXPECT_FALSE(selecting.Policies()[0].egress);
    EXPECT_THAT(selecting.SelectingPolicies(), ElementsAre(true));
    const auto db = *selecting.ClassOf(PodNamed(selecting, "db"));
    EXPECT_THAT(selecting.classes()[static_cast<std::size_t>(db)].ingress_policies, ElementsAre(0));
    // No policy of pods applies to a pod of the host's network, whatever its labels are.
    const Pod& host = selecting.snapshot().pods[PodNamed(selecting, "host")];
    EXPECT_THAT(selecting.PoliciesMatching(host), ElementsAre(0));

    const Evaluator idle = Evaluate(With(one, "dbb"));
    EXPECT_THAT(idle.SelectingPolicies(), ElementsAre(false));
    EXPECT_THAT(idle.PoliciesMatching(host), IsEmpty());
    const auto subjects = idle.SubjectsOf(0);
    ASSERT_EQ(subjects.size(), 1U);
    EXPECT_EQ(subjects[0].ToString(), "app=dbb");
  }
}

TEST(PolicyListTest, TellsWhichPortsPoliciesOfEveryDialectAskAbout) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.text);
    const auto asked = [&](const char* app) {
      const Evaluator evaluator = Evaluate(With(one, app));
      const auto ports = evaluator.PortsAskedOf(*evaluator.ClassOf(PodNamed(evaluator, app)));
      EXPECT_TRUE(ports[1].empty()) << "UDP";
      return ports[0].ToString();
    };
    EXPECT_EQ(asked("db"), "5432,5440");
    EXPECT_EQ(asked("web"), "5432,5440,8080");
  }
  const Evaluator other = Evaluate(With(kCases[0], "db"));
  const auto web = other.PortsAskedOf(*other.ClassOf(PodNamed(other, "web")));
  EXPECT_TRUE(web[0].empty()) << "no policy governs it";
}

TEST(PolicyListTest, TellsWhichRulesMeanPodsByAddress) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.text);
    const auto rules = Evaluate(With(one, "db")).RulesByAddressOfPods();
    ASSERT_EQ(rules.size(), one.means_pods_by_address ? 1U : 0U);
    if (rules.empty()) continue;
    EXPECT_EQ(rules[0].policy, 0U);
    EXPECT_TRUE(rules[0].ingress);
    EXPECT_EQ(rules[0].pods, 2U) << "the pod of the host's network has another address";
  }
}

TEST(PolicyListTest, SaysWhatCannotBeEvaluatedByFieldAndObject) {
  const Evaluator evaluator = Evaluate(
      "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: "
      "shop}, "
      "spec: {ingress: [{ports: [{port: 0}]}], egress: 7}}\n---\n"
      "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: shop}, "
      "spec: {endpointSelector: {}, ingress: [{fromEntities: [moon]}]}}");
  std::vector<std::string> said;
  for (const SnapshotGap& gap : evaluator.NotEvaluated()) {
    EXPECT_EQ(gap.kind, GapKind::kNotEvaluated);
    said.push_back(gap.object.group + " " + gap.What() + " " + gap.field);
  }
  EXPECT_THAT(said, ElementsAre("networking.k8s.io shop/NetworkPolicy/p spec.egress",
                                "networking.k8s.io shop/NetworkPolicy/p "
                                "spec.ingress[0].ports[0].port",
                                "cilium.io shop/CiliumNetworkPolicy/c spec.ingress[0]"));
  ASSERT_EQ(evaluator.Policies().size(), 2U);
  EXPECT_TRUE(evaluator.Policies()[0].unread);
  EXPECT_FALSE(evaluator.Policies()[1].unread) << "one rule of it is in doubt";
}

/// A label that controllers will give to pods, and that a selector looks at.
TEST(PolicyListTest, PoliciesThatSelectByWhatControllersAddAreNotEvaluated) {
  const std::string deployment =
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api, namespace: shop}, spec: "
      "{template: {metadata: {labels: {app: api}}}}}\n---\n";
  const auto reasons = [&](const std::string& manifest) {
    std::vector<std::string> all;
    for (const auto& gap : Evaluate(deployment + manifest).NotEvaluated())
      all.push_back(gap.reason);
    return all;
  };
  const std::string why = "selects by pod-template-hash, which pods get in the cluster alone";
  const auto network_policy = [](const std::string& peer) {
    return "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: "
           "shop, labels: {pod-template-hash: x}}, spec: {ingress: [{from: [{podSelector: "
           "{matchExpressions: [{key: " +
           peer + ", operator: Exists}]}}]}]}}";
  };
  EXPECT_THAT(reasons(network_policy("pod-template-hash")), ElementsAre(why));
  // Neither the policy's own labels nor a part of another key are a selector's key.
  EXPECT_THAT(reasons(network_policy("my-pod-template-hash")), IsEmpty());
  EXPECT_THAT(reasons(network_policy("controller-revision-hash")), IsEmpty());
  EXPECT_THAT(
      reasons("{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: c, "
              "namespace: shop}, spec: {selector: has(pod-template-hash), types: [Ingress]}}"),
      ElementsAre(why));
}

/// Whatever a policy may be, what can't be listed must be asked for: RBAC names every kind.
TEST(PolicyListTest, TheServiceAccountMayListEveryKind) {
  class Rules final : public YamlHandler {
   public:
    void Document(YamlDocument document) override {
      if (!document.value.is_object()) return;
      const auto& found = document.value;
      if (found.value("kind", "") != "ClusterRole" || !found.contains("rules")) return;
      for (const auto& rule : found.at("rules")) {
        const auto verbs = rule.at("verbs").get<std::set<std::string>>();
        if (!verbs.contains("list") && !verbs.contains("*")) continue;
        for (const auto& group : rule.value("apiGroups", nlohmann::json::array())) {
          for (const auto& resource : rule.value("resources", nlohmann::json::array()))
            listed.emplace(group.get<std::string>(), resource.get<std::string>());
        }
      }
    }
    void Broken(std::size_t line, const std::string& why) override {
      ADD_FAILURE() << "k8s/rbac.yaml:" << line << ": " << why;
    }
    std::set<std::pair<std::string, std::string>> listed;
  };
  std::ifstream file("k8s/rbac.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  Rules rules;
  ReadYaml(text.str(), rules);
  EXPECT_FALSE(rules.listed.empty());
  EXPECT_GT(PolicyKinds().size(), 30U);
  for (const PolicyKind& kind : PolicyKinds()) {
    EXPECT_TRUE(rules.listed.contains({std::string(kind.group), std::string(kind.plural)}))
        << "k8s/rbac.yaml lets nobody list " << kind.plural << "." << kind.group;
  }
}

}  // namespace
}  // namespace podreach
