#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "podreach/collect/source.h"
#include "tests/collect/objects.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kDeployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n"
    "  replicas: 3\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
    "      containers:\n      - ports: [{name: http, containerPort: 8080}]\n";

class ManifestSourceTest : public testing::Test {
 protected:
  ManifestSourceTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("podreach-manifests-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~ManifestSourceTest() override { std::filesystem::remove_all(folder_); }

  void Put(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  Snapshot Collected(const std::string& input = "") {
    std::istringstream stream(input);
    auto snapshot = CollectManifests({input.empty() ? folder_.string() : "-"}, stream, kTestKinds);
    EXPECT_TRUE(snapshot) << snapshot.error().ToString();
    return *snapshot;
  }
  static std::vector<std::string> Pods(const Snapshot& snapshot) {
    std::vector<std::string> pods;
    for (const Pod& pod : snapshot.pods) pods.push_back(pod.workload.ToString());
    return pods;
  }
  /// Without the folder.
  std::string Gaps(const Snapshot& snapshot) const {
    std::string text = GapText(snapshot);
    for (std::size_t at = 0; (at = text.find(folder_.string() + "/")) != std::string::npos;)
      text.erase(at, folder_.string().size() + 1);
    return text;
  }
  const std::filesystem::path folder_;
};

/// Where each policy is said to stand, by its name.
std::string Places(const Snapshot& snapshot) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& place) {
    text += name + " " + place.substr(place.rfind('/') + 1) + "; ";
  };
  for (const auto& policy : snapshot.policy_documents) add(policy.name, policy.place);
  return text;
}

TEST_F(ManifestSourceTest, APolicyHasItsPlace) {
  const std::string spec = "spec: {podSelector: {}}";
  Put("a.yaml",
      "# two documents\nkind: NetworkPolicy\napiVersion: networking.k8s.io/v1\n"
      "metadata: {name: one}\n" +
          spec +
          "\n---\n\nkind: NetworkPolicy\n"
          "apiVersion: networking.k8s.io/v1\nmetadata: {name: two}\n" +
          spec + "\n");
  Put("b.yaml",
      "apiVersion: v1\nkind: List\nitems:\n- kind: CiliumNetworkPolicy\n  apiVersion: "
      "cilium.io/v2\n"
      "  metadata: {name: three}\n  spec: {}\n- apiVersion: v1\n  kind: Pod\n  items: [1, 2]\n"
      "- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n"
      "  metadata: {name: four}\n  " +
          spec + "\n");
  Put("c.json",
      "{\"apiVersion\": \"v1\", \"note\": \"items: [{\\\"\",\n\"items\":\n[\n"
      "{\"kind\": \"Pod\", \"items\": [{\"a\":\n{}}]},\n\n"
      "{\"apiVersion\": \"networking.k8s.io/v1\", \"kind\": \"NetworkPolicy\",\n"
      "\"metadata\": {\"name\": \"five\"}, \"spec\": {\"podSelector\": {}}}], \"kind\": "
      "\"List\"}\n");
  EXPECT_EQ(Places(Collected()),
            "three b.yaml:4; five c.json:7; four b.yaml:11; one a.yaml:2; two a.yaml:8; ");
}

TEST_F(ManifestSourceTest, ATemplateStandsForTheReplicas) {
  const Snapshot snapshot = Collected(kDeployment);
  ASSERT_EQ(snapshot.pods.size(), 1U);
  const Pod& pod = snapshot.pods[0];
  EXPECT_EQ(pod.workload.ToString(), "shop/web[Deployment]");
  EXPECT_EQ(pod.labels.at("app"), "web");
  EXPECT_TRUE(pod.from_template && pod.IsLive() && pod.ips.empty());
  ASSERT_EQ(pod.ports.size(), 1U);
  EXPECT_EQ(pod.ports[0].name, "http");
  ASSERT_EQ(snapshot.namespaces.size(), 1U);
  EXPECT_EQ(snapshot.namespaces[0].labels.at("kubernetes.io/metadata.name"), "shop");
  EXPECT_EQ(GapText(snapshot),
            "Namespace/shop: not in the manifests: taken to have no label but its name's\n");
}

TEST_F(ManifestSourceTest, EveryKindOfWorkload) {
  std::string text;
  for (const char* kind : {"apps/v1 StatefulSet", "apps/v1 DaemonSet", "apps/v1 ReplicaSet",
                           "v1 ReplicationController", "batch/v1 Job"}) {
    const std::string words = kind;
    const std::size_t space = words.find(' ');
    text += "---\napiVersion: " + words.substr(0, space) + "\nkind: " + words.substr(space + 1) +
            "\nmetadata: {name: x}\nspec: {template: {metadata: {labels: {a: b}}}}\n";
  }
  text +=
      "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x}\n"
      "spec: {jobTemplate: {spec: {template: {spec: {hostNetwork: true}}}}}\n"
      "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: owned, ownerReferences: "
      "[{kind: Deployment, name: x, controller: true}]}\nspec: {template: {}}\n";
  EXPECT_THAT(Pods(Collected(text)),
              testing::UnorderedElementsAre(
                  "default/x[StatefulSet]", "default/x[DaemonSet]", "default/x[ReplicaSet]",
                  "default/x[ReplicationController]", "default/x[Job]", "default/x[CronJob]"));
}

TEST_F(ManifestSourceTest, PodsOfAWorkloadAreMoreThanItsTemplate) {
  const std::string pod =
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-abc12-x1, namespace: shop, labels: "
      "{pod-template-hash: abc12}, ownerReferences: [{kind: ReplicaSet, name: web-abc12, "
      "controller: true}]}\nstatus: {phase: Running, podIP: 10.0.0.1}\n";
  const Snapshot snapshot = Collected(std::string(kDeployment) + pod);
  ASSERT_EQ(snapshot.pods.size(), 1U);
  EXPECT_FALSE(snapshot.pods[0].from_template);
}

TEST_F(ManifestSourceTest, APodThatNoClusterHasSeenCountsAsRunning) {
  const auto pod = [](const std::string& metadata, const std::string& rest) {
    return "---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, " + metadata + "}\n" + rest;
  };
  const Snapshot snapshot = Collected(pod("name: a", "spec: {containers: []}\n") +
                                      pod("name: b, uid: u", "status: {phase: Pending}\n") +
                                      pod("name: c", "status: {phase: Succeeded}\n"));
  ASSERT_EQ(snapshot.pods.size(), 3U);
  EXPECT_TRUE(snapshot.pods[0].IsLive());
  EXPECT_FALSE(snapshot.pods[0].StandsForSeveral());
  EXPECT_FALSE(snapshot.pods[1].IsLive()) << "exported before it had an address";
  EXPECT_FALSE(snapshot.pods[2].IsLive());
}

constexpr const char* kPolicyList = R"({"apiVersion": "networking.k8s.io/v1",
  "kind": "NetworkPolicyList", "items": [
    {"metadata": {"name": "p", "namespace": "shop"}, "spec": {"podSelector": {}}},
    {"metadata": {"name": "q", "namespace": "shop"}, "spec": {"podSelector": {}}}]})";

TEST_F(ManifestSourceTest, ItemsOfATypedListAreOfItsKind) {
  EXPECT_EQ(Collected(kPolicyList).policy_documents.size(), 2U);
  const Snapshot plain = Collected(
      "apiVersion: v1\nkind: List\nitems:\n- metadata: {name: p}\n  spec: {podSelector: {}}\n");
  EXPECT_TRUE(plain.policy_documents.empty());
  ASSERT_EQ(plain.gaps.size(), 1U);
  EXPECT_EQ(plain.gaps[0].kind, GapKind::kUnknownKind);
}

TEST_F(ManifestSourceTest, OfTwoObjectsOfOneNameTheLastOneCounts) {
  const auto policy = [](const char* ingress) {
    return std::string(
               "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
               "metadata: {name: p, namespace: shop}\nspec: {podSelector: {}, ingress: ") +
           ingress + "}\n";
  };
  const std::string ns =
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: ";
  Put("a.yaml", policy("[{}]") + ns + "a}}\n");
  Put("b.yaml", policy("[]") + ns + "b}}\n---\n" + kDeployment);
  Put("c.yaml",
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web, namespace: shop}\n"
      "spec: {template: {}}\n");
  const Snapshot snapshot = Collected();
  ASSERT_EQ(snapshot.policy_documents.size(), 1U);
  EXPECT_TRUE(snapshot.policy_documents[0].object.Unpack()["spec"]["ingress"].empty());
  ASSERT_EQ(snapshot.namespaces.size(), 1U);
  EXPECT_EQ(snapshot.namespaces[0].labels.at("team"), "b");
  EXPECT_THAT(Pods(snapshot), ElementsAre("shop/web[Deployment]", "shop/web[StatefulSet]"));
  EXPECT_EQ(Gaps(snapshot),
            "NetworkPolicy shop/p: stands there more than once: the last one counts, at b.yaml:1, "
            "not the one at a.yaml:1\n"
            "Namespace shop: stands there more than once: the last one counts\n");
}

TEST_F(ManifestSourceTest, LabelsThatControllersWillAddAreToldOf) {
  EXPECT_THAT(Collected(kDeployment).labels_to_come, ElementsAre("pod-template-hash"));
  const std::string job =
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: shop}\nspec: {template: "
      "{metadata: {labels: {a: b}}}}\n";
  EXPECT_THAT(Collected(job).labels_to_come,
              ElementsAre("batch.kubernetes.io/controller-uid", "controller-uid"));
  EXPECT_EQ(Collected(job).pods.at(0).labels.at("batch.kubernetes.io/job-name"), "j");
  EXPECT_THAT(
      Collected("{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}}").labels_to_come,
      testing::IsEmpty());
}

TEST_F(ManifestSourceTest, DirectoriesAreReadInOrderWithoutWhatIsHidden) {
  Put("b.yaml", kDeployment);
  Put("sub/a.json",
      R"({"kind":"List","apiVersion":"v1","items":[{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}]})");
  Put(".git/c.yaml", "broken: [");
  Put(".hidden.yaml", "broken: [");
  Put("notes.txt", "broken: [");
  const Snapshot snapshot = Collected();
  EXPECT_THAT(Pods(snapshot), ElementsAre("shop/web[Deployment]"));
  EXPECT_EQ(GapText(snapshot), "");
}

TEST_F(ManifestSourceTest, WhatIsWrongIsSaidWithItsPlaceAndHidesNothing) {
  Put("a.yaml", "kind: [\n---\n" + std::string(kDeployment));
  Put("b.yaml",
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n"
      "  namespace: shop\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - ipBlock:\n"
      "        cidr: 10.0.0\n");
  Put("c.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: shop\n");
  Put("d.yaml", "just text\n");
  const Snapshot snapshot = Collected();
  EXPECT_THAT(Pods(snapshot), ElementsAre("shop/web[Deployment]"));
  const std::string gaps = Gaps(snapshot);
  EXPECT_THAT(gaps, HasSubstr("a.yaml:2: "));
  EXPECT_THAT(gaps, HasSubstr("c.yaml:3: metadata.name: is missing"));
  EXPECT_THAT(gaps, HasSubstr("d.yaml:1: an object without a kind"));
  // A policy is kept as it is: the dialect that reads it says what is wrong, and of which field.
  ASSERT_EQ(snapshot.policy_documents.size(), 1U);
  const std::string& place = snapshot.policy_documents[0].place;
  EXPECT_THAT(place, HasSubstr("b.yaml:1"));
  FieldPlaces places;
  EXPECT_THAT(places.Of(place, "spec.ingress[0].from[0].ipBlock.cidr"), HasSubstr("b.yaml:11"));
  EXPECT_THAT(places.Of(place, "spec.ingress[0].ports"), HasSubstr("b.yaml:9"));
  EXPECT_EQ(places.Of(place, ""), place);
  EXPECT_EQ(places.Of("(stdin):3", "spec"), "(stdin):3");
  EXPECT_EQ(places.Of("", "spec"), "");
}

TEST_F(ManifestSourceTest, PoliciesOfOtherKindsAreKeptWithTheirPlace) {
  const Snapshot snapshot = Collected(
      "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: "
      "shop}\n");
  ASSERT_EQ(snapshot.policy_documents.size(), 1U);
  EXPECT_EQ(snapshot.policy_documents[0].Label(), "shop/CiliumNetworkPolicy/p");
  EXPECT_EQ(snapshot.policy_documents[0].place, "(stdin):1");
}

TEST_F(ManifestSourceTest, ErrorsSayWhatToDo) {
  std::istringstream input;
  EXPECT_THAT(CollectManifests({"/nowhere.yaml"}, input, kTestKinds).error().ToString(),
              HasSubstr("can't read /nowhere.yaml"));
  EXPECT_THAT(CollectManifests({folder_.string()}, input, kTestKinds).error().ToString(),
              HasSubstr("no object in the manifests"));
}

}  // namespace
}  // namespace podreach
