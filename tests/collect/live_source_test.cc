#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/collect/objects.h"
#include "tests/fakes/fake_transport.h"

namespace podreach {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json Item(const std::string& name, const std::string& members = "") {
  return Parse(R"({"metadata": {"namespace": "shop", "name": ")" + name + R"(", "uid": "u-)" +
               name + R"(")" + (members.empty() ? "" : ", " + members) + "}}");
}

constexpr const char* kPolicies = "/apis/networking.k8s.io/v1/networkpolicies";

class LiveSourceTest : public testing::Test {
 protected:
  LiveSourceTest() {
    const struct {
      const char* api_version;
      const char* kind;
      const char* path;
    } kinds[] = {
        {"v1", "Namespace", "/api/v1/namespaces"},
        {"v1", "Pod", "/api/v1/pods"},
        {"v1", "Service", "/api/v1/services"},
        {"v1", "Node", "/api/v1/nodes"},
        {"discovery.k8s.io/v1", "EndpointSlice", "/apis/discovery.k8s.io/v1/endpointslices"},
        {"networking.k8s.io/v1", "NetworkPolicy", kPolicies},
        {"policy/v1", "PodDisruptionBudget", "/apis/policy/v1/poddisruptionbudgets"},
        {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration",
         "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"},
    };
    for (const auto& kind : kinds) {
      transport_.On("GET", kind.path, FakeReply::List(kind.api_version, kind.kind, {Item("x")}));
    }
    transport_.On("GET", "/version", FakeReply::Json({{"gitVersion", "v1.34.4"}}))
        .On("GET", "/apis", FakeReply::Json({{"kind", "APIGroupList"}, {"groups", json::array()}}));
  }

  Result<Snapshot> Collect(std::stop_token stop = {}) {
    return CollectLive(client_, "lab", kTestKinds, std::move(stop));
  }
  Snapshot CollectWell() {
    auto snapshot = Collect();
    EXPECT_TRUE(snapshot.has_value()) << snapshot.error().ToString();
    return snapshot.has_value() ? *std::move(snapshot) : Snapshot{};
  }
  /// Serves one more API group with these resources.
  void Serve(const std::string& group, const std::string& version,
             const std::vector<std::string>& plurals) {
    groups_.push_back({{"name", group}, {"versions", {{{"groupVersion", group + "/" + version}}}}});
    transport_.Replace("GET", "/apis", FakeReply::Json({{"groups", groups_}}));
    json resources = json::array();
    for (const auto& plural : plurals) resources.push_back({{"name", plural}});
    transport_.On("GET", "/apis/" + group + "/" + version,
                  FakeReply::Json({{"resources", resources}}));
  }

  FakeTransport transport_;
  FakeSleeper sleeper_;
  KubeClient client_{transport_, sleeper_};
  json groups_ = json::array();
};

TEST_F(LiveSourceTest, ReadsEverything) {
  const Snapshot snapshot = CollectWell();
  EXPECT_EQ(snapshot.cluster, "lab");
  EXPECT_EQ(snapshot.server_version, "v1.34.4");
  EXPECT_EQ(snapshot.namespaces.size(), 1U);
  EXPECT_EQ(snapshot.pods.size(), 1U);
  EXPECT_EQ(snapshot.services.size(), 1U);
  EXPECT_EQ(snapshot.nodes.size(), 1U);
  EXPECT_EQ(snapshot.endpoint_slices.size(), 1U);
  EXPECT_EQ(snapshot.policy_documents.size(), 1U);
  EXPECT_EQ(snapshot.disruption_budgets.size(), 1U);
  EXPECT_EQ(GapText(snapshot), "");
  EXPECT_EQ(client_.counts().total(), 10U);
}

TEST_F(LiveSourceTest, LeavesOutWhatAnotherScanMadeAndSaysSo) {
  const std::string labels =
      R"("labels": {"app.kubernetes.io/managed-by": "podreach", "podreach.io/scan-id": "x7"})";
  const std::string marks =
      labels + R"(, "ownerReferences": [{"kind": "ConfigMap", "name": "p", "controller": true}])";
  transport_.Replace("GET", "/api/v1/pods",
                     FakeReply::List("v1", "Pod",
                                     {Item("web"), Item("podreach-x7-0", marks),
                                      Item("podreach-x7-hides", labels), Item("hides", marks)}));
  transport_.Replace("GET", kPolicies,
                     FakeReply::List("networking.k8s.io/v1", "NetworkPolicy",
                                     {Item("podreach-x7-canary", marks), Item("hides", marks)}));
  const Snapshot snapshot = CollectWell();
  ASSERT_EQ(snapshot.pods.size(), 3U) << "labels alone must not hide a pod";
  ASSERT_EQ(snapshot.policy_documents.size(), 1U);
  EXPECT_EQ(snapshot.policy_documents[0].name, "hides");
  EXPECT_THAT(GapText(snapshot), HasSubstr("Pod/podreach-x7-0"));
  EXPECT_THAT(GapText(snapshot), HasSubstr("NetworkPolicy/podreach-x7-canary"));
}

TEST_F(LiveSourceTest, WhatIsForbiddenIsAGapOrAnError) {
  const struct {
    const char* path;
    const char* gap;  // null: an error
  } cases[] = {
      {"/api/v1/namespaces", nullptr},
      {"/api/v1/pods", nullptr},
      {"/api/v1/services", "services"},
      {"/api/v1/nodes", "nodes"},
      {"/apis/discovery.k8s.io/v1/endpointslices", "endpointslices.discovery.k8s.io"},
      {kPolicies, "networkpolicies.networking.k8s.io"},
      {"/apis/policy/v1/poddisruptionbudgets", "poddisruptionbudgets.policy"},
      {"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
       "mutatingwebhookconfigurations.admissionregistration.k8s.io"},
  };
  for (const auto& test : cases) {
    FakeTransport refusing;
    const auto pass = [&](const HttpRequest& request) { return transport_.Send(request, {}); };
    refusing.On("GET", "/", FakeReply::From(pass))
        .On("GET", test.path, FakeReply::Status(403, "Forbidden", "User \"x\" cannot list it"));
    KubeClient client(refusing, sleeper_);
    const auto snapshot = CollectLive(client, "lab", kTestKinds, {});
    if (test.gap == nullptr) {
      ASSERT_TRUE(snapshot.has_error()) << test.path;
      EXPECT_EQ(snapshot.error().kind, ErrorKind::kForbidden);
      continue;
    }
    ASSERT_TRUE(snapshot.has_value()) << snapshot.error().ToString();
    ASSERT_EQ(snapshot->gaps.size(), 1U) << test.path;
    EXPECT_EQ(snapshot->gaps[0].What(), test.gap);
    EXPECT_THAT(snapshot->gaps[0].reason, HasSubstr("User \"x\" cannot list it"));
  }
}

TEST_F(LiveSourceTest, Failures) {
  const struct {
    FakeReply reply;
    ErrorKind kind;
  } cases[] = {
      {FakeReply::Lost(), ErrorKind::kUnavailable},
      {FakeReply::Status(503, "", "down"), ErrorKind::kUnavailable},
      {FakeReply::Status(401, "", "Unauthorized"), ErrorKind::kUnauthenticated},
      {FakeReply::Text("<html>"), ErrorKind::kCorrupt},
  };
  for (const auto& test : cases) {
    transport_.Replace("GET", "/api/v1/services", test.reply);
    const auto snapshot = Collect();
    ASSERT_TRUE(snapshot.has_error());
    EXPECT_EQ(snapshot.error().kind, test.kind);
    EXPECT_THAT(snapshot.error().message, HasSubstr("read the cluster's objects"));
  }
}

TEST_F(LiveSourceTest, IsStopped) {
  transport_.Replace("GET", "/api/v1/pods", FakeReply::Hangs());
  std::stop_source stop;
  std::jthread stopper([&] {
    while (transport_.CountOf("GET", "/api/v1/pods") == 0) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(Collect(stop.get_token()).error().kind, ErrorKind::kCancelled);
}

TEST_F(LiveSourceTest, OtherPolicies) {
  Serve("cilium.io", "v2",
        {"ciliumnetworkpolicies", "ciliumendpoints", "ciliumnetworkpolicies/status"});
  Serve("crd.projectcalico.org", "v1", {"networkpolicies", "globalnetworkpolicies"});
  Serve("projectcalico.org", "v3", {"networkpolicies"});
  Serve("policy.networking.k8s.io", "v1alpha1", {"adminnetworkpolicies"});
  Serve("security.istio.io", "v1", {"authorizationpolicies"});
  const auto page = [](const char* version, const char* kind, std::vector<std::string> names) {
    json items = json::array();
    for (const std::string& name : names) {
      items.push_back({{"metadata", {{"name", name}, {"managedFields", {1, 2}}}},
                       {"spec", {{"order", 7}}},
                       {"status", {{"derived", true}}}});
    }
    return FakeReply::Json({{"apiVersion", version}, {"kind", kind}, {"items", items}});
  };
  transport_
      .On("GET", "/apis/cilium.io/v2/ciliumnetworkpolicies",
          page("cilium.io/v2", "CiliumNetworkPolicyList", {}))
      .On("GET", "/apis/crd.projectcalico.org/v1/networkpolicies",
          page("crd.projectcalico.org/v1", "NetworkPolicyList", {"b", "a"}))
      .On("GET", "/apis/crd.projectcalico.org/v1/globalnetworkpolicies",
          page("crd.projectcalico.org/v1", "GlobalNetworkPolicyList", {"g"}))
      .On("GET", "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies",
          page("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicyList", {"n"}))
      .On("GET", "/apis/security.istio.io/v1/authorizationpolicies",
          FakeReply::Status(403, "Forbidden", "no"));
  const Snapshot snapshot = CollectWell();
  EXPECT_EQ(GapText(snapshot),
            "authorizationpolicies.security.istio.io: list "
            "authorizationpolicies.security.istio.io: no (HTTP 403)\n");
  std::string documents;
  for (const PolicyDocument& document : snapshot.policy_documents)
    documents += document.group + " " + document.version + " " + document.Label() + "\n";
  EXPECT_EQ(documents,
            "crd.projectcalico.org v1 GlobalNetworkPolicy/g\n"
            "crd.projectcalico.org v1 NetworkPolicy/a\n"
            "crd.projectcalico.org v1 NetworkPolicy/b\n"
            "networking.k8s.io v1 shop/NetworkPolicy/x\n"
            "policy.networking.k8s.io v1alpha1 AdminNetworkPolicy/n\n");
  // What the server keeps for itself isn't kept here.
  EXPECT_EQ(snapshot.policy_documents[0].object.Unpack().dump(), R"({"spec":{"order":7}})");
  EXPECT_EQ(transport_.CountOf("GET", "/apis/projectcalico.org"), 0U);
  EXPECT_EQ(transport_.CountOf("GET", "/apis/cilium.io/v2/ciliumendpoints"), 0U);
}

TEST_F(LiveSourceTest, AnUnreadableGroupListIsAGap) {
  transport_.Replace("GET", "/apis", FakeReply::Status(403, "Forbidden", "no discovery for you"));
  EXPECT_THAT(GapText(CollectWell()), HasSubstr("apis: get /apis: no discovery for you"));
}

}  // namespace
}  // namespace podreach
