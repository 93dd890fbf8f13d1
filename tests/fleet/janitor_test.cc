#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "podreach/fleet/probe_fleet.h"
#include "tests/fakes/fake_transport.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

nlohmann::json Object(const std::string &name, nlohmann::json labels) {
  return {{"metadata",
           {{"name", name},
            {"namespace", "shop"},
            {"uid", "uid-" + name},
            {"labels", std::move(labels)}}}};
}

nlohmann::json Ours(const std::string &name, const std::string &scan) {
  return Object(name,
                {{"app.kubernetes.io/managed-by", "podreach"}, {"podreach.io/scan-id", scan}});
}

class JanitorTest : public testing::Test {
 protected:
  JanitorTest() {
    transport_.On("GET", "/api/v1/configmaps", FakeReply::List("v1", "ConfigMap", {}))
        .On("GET", "/api/v1/namespaces", FakeReply::List("v1", "Namespace", {}))
        .On("GET", "/apis/networking.k8s.io/v1/networkpolicies",
            FakeReply::List("v1", "NetworkPolicy", {}))
        .On("GET", "/api/v1/pods", FakeReply::List("v1", "Pod", {}))
        .On("DELETE", "/", FakeReply::Json({{"kind", "Status"}, {"status", "Success"}}));
  }
  std::vector<std::string> Clean(const LeftoverFilter &which = {}) {
    KubeClient client(transport_, sleeper_);
    auto removed = RemoveLeftovers(client, which, {});
    EXPECT_TRUE(removed) << removed.error().ToString();
    return removed ? removed->objects : std::vector<std::string>{};
  }
  FakeTransport transport_;
  FakeSleeper sleeper_;
};

TEST_F(JanitorTest, RemovesWhatAScanLeft) {
  transport_.Replace("GET", "/api/v1/configmaps",
                     FakeReply::List("v1", "ConfigMap", {Ours("podreach-a", "a")}));
  transport_.Replace("GET", "/api/v1/pods",
                     FakeReply::List("v1", "Pod", {Ours("podreach-a-0", "a")}));
  EXPECT_THAT(Clean(), ElementsAre("shop/ConfigMap/podreach-a", "shop/Pod/podreach-a-0"));
}

TEST_F(JanitorTest, NeverTouchesWhatIsNotPodreachs) {
  transport_.Replace(
      "GET", "/api/v1/pods",
      FakeReply::List(
          "v1", "Pod",
          {Object("podreach-a-0", {{"app.kubernetes.io/managed-by", "podreach"}}),  // no scan id
           Object("web",
                  {{"app.kubernetes.io/managed-by", "podreach"}, {"podreach.io/scan-id", "a"}}),
           Object("podreach-b-0", {{"podreach.io/scan-id", "b"}})}));
  EXPECT_THAT(Clean(), IsEmpty());
  EXPECT_EQ(transport_.CountOf("DELETE", "/"), 0U);
}

TEST_F(JanitorTest, OneScanLeavesAnotherAlone) {
  transport_.Replace(
      "GET", "/api/v1/configmaps",
      FakeReply::List("v1", "ConfigMap", {Ours("podreach-a", "a"), Ours("podreach-b", "b")}));
  EXPECT_THAT(Clean({"b", {}}), ElementsAre("shop/ConfigMap/podreach-b"));
}

TEST_F(JanitorTest, ManyOfANamespaceGoByOneRequest) {
  transport_.Replace("GET", "/api/v1/pods",
                     FakeReply::List("v1", "Pod",
                                     {Ours("podreach-a-0", "a"), Ours("podreach-a-1", "a"),
                                      Ours("podreach-b-0", "b")}));
  EXPECT_THAT(Clean({"a", {}}), ElementsAre("shop/Pod/podreach-a-0", "shop/Pod/podreach-a-1"));
  EXPECT_EQ(transport_.CountOf("DELETE", "/"), 1U);
  EXPECT_EQ(transport_.CountOf("DELETE",
                               "/api/v1/namespaces/shop/pods?labelSelector=app.kubernetes.io%2F"
                               "managed-by%3Dpodreach%2Cpodreach.io%2Fscan-id%3Da"),
            1U);
}

TEST_F(JanitorTest, WhereSomethingElseWearsTheLabelsTheyGoOneByOne) {
  transport_.Replace(
      "GET", "/api/v1/pods",
      FakeReply::List("v1", "Pod",
                      {Ours("podreach-a-0", "a"), Ours("podreach-a-1", "a"), Ours("web", "a")}));
  EXPECT_THAT(Clean(), ElementsAre("shop/Pod/podreach-a-0", "shop/Pod/podreach-a-1"));
  EXPECT_EQ(transport_.CountOf("DELETE", "/api/v1/namespaces/shop/pods?"), 0U);
  EXPECT_EQ(transport_.CountOf("DELETE", "/api/v1/namespaces/shop/pods/podreach-a-"), 2U);
}

TEST_F(JanitorTest, WhoMayNotDeleteByLabelsDeletesOneByOne) {
  transport_
      .Replace("GET", "/api/v1/pods",
               FakeReply::List("v1", "Pod", {Ours("podreach-a-0", "a"), Ours("podreach-a-1", "a")}))
      .On("DELETE", "/api/v1/namespaces/shop/pods?",
          FakeReply::Status(403, "Forbidden", "cannot deletecollection"));
  EXPECT_THAT(Clean(), ElementsAre("shop/Pod/podreach-a-0", "shop/Pod/podreach-a-1"));
  EXPECT_EQ(transport_.CountOf("DELETE", "/api/v1/namespaces/shop/pods/podreach-a-"), 2U);
}

TEST_F(JanitorTest, OnlyWhatWasMadeBeforeATime) {
  auto old = Ours("podreach-a", "a");
  old["metadata"]["creationTimestamp"] = "2026-03-01T09:59:59Z";
  auto young = Ours("podreach-b", "b");
  young["metadata"]["creationTimestamp"] = "2026-03-01T10:00:00Z";
  transport_.Replace("GET", "/api/v1/configmaps", FakeReply::List("v1", "ConfigMap", {old, young}));
  EXPECT_THAT(Clean({{}, "2026-03-01T10:00:00Z"}), ElementsAre("shop/ConfigMap/podreach-a"));
}

TEST_F(JanitorTest, ANamespaceThatAScanMadeGoesOnlyWhereNothingElseIsInIt) {
  auto ns = Ours("podreach", "a");
  ns["metadata"].erase("namespace");
  transport_.Replace("GET", "/api/v1/namespaces", FakeReply::List("v1", "Namespace", {ns}))
      .On("GET", "/api/v1/namespaces/podreach/configmaps",
          FakeReply::List("v1", "ConfigMap", {Object("kube-root-ca.crt", nullptr)}))
      .On("GET", "/api/v1/namespaces/podreach/services", FakeReply::List("v1", "Service", {}))
      .On("GET", "/api/v1/namespaces/podreach/pods", FakeReply::List("v1", "Pod", {}));
  EXPECT_THAT(Clean(), ElementsAre("Namespace/podreach"));
  transport_.Replace("GET", "/api/v1/namespaces/podreach/pods",
                     FakeReply::List("v1", "Pod", {Object("mine", nullptr)}));
  EXPECT_THAT(Clean(), IsEmpty());
}

TEST_F(JanitorTest, AForbiddenListIsAnErrorWithTheServersReason) {
  transport_.Replace("GET", "/api/v1/configmaps",
                     FakeReply::Status(403, "Forbidden", "user x cannot list configmaps"));
  KubeClient client(transport_, sleeper_);
  auto removed = RemoveLeftovers(client, {}, {});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind, ErrorKind::kForbidden);
  EXPECT_THAT(removed.error().message, testing::HasSubstr("user x cannot list configmaps"));
}

}  // namespace
}  // namespace podreach
