#include "podreach/kube/kube_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_transport.h"

namespace podreach {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json Item(const std::string& name) {
  return {{"metadata", {{"name", name}, {"namespace", "shop"}, {"uid", "uid-" + name}}}};
}

class KubeClientTest : public testing::Test {
 protected:
  Result<void> ListPods(std::vector<std::string>& names) {
    return client_.List({"/api/v1", "pods"}, "",
                        [&](json& item) { names.push_back(item["metadata"]["name"]); });
  }

  FakeTransport transport_;
  FakeSleeper sleeper_;
  KubeClient client_{transport_, sleeper_};
  const ResourcePath pod_{"/api/v1", "pods", "shop", "web-1"};
  const ResourcePath pods_{"/api/v1", "pods", "shop"};
};

TEST(ResourcePathTest, ToString) {
  const struct {
    ResourcePath path;
    std::string text;
  } cases[] = {
      {{"/api/v1", "pods"}, "/api/v1/pods"},
      {{"/api/v1", "pods", "shop"}, "/api/v1/namespaces/shop/pods"},
      {{"/api/v1", "pods", "shop", "web", "log"}, "/api/v1/namespaces/shop/pods/web/log"},
      {{"/apis/networking.k8s.io/v1", "networkpolicies", "", "x"},
       "/apis/networking.k8s.io/v1/networkpolicies/x"},
      {{"/api/v1", "pods", "a/../b", "c?d e"}, "/api/v1/namespaces/a%2F..%2Fb/pods/c%3Fd%20e"},
  };
  for (const auto& test : cases) EXPECT_EQ(test.path.ToString(), test.text);
}

TEST_F(KubeClientTest, ListFollowsPages) {
  transport_.On("GET", "/api/v1/pods", FakeReply::List("v1", "Pod", {Item("a"), Item("b")}, "t/1"))
      .On("GET", "/api/v1/pods?limit=500&continue=t%2F1",
          FakeReply::List("v1", "Pod", {Item("c")}));
  std::vector<json> items;
  const auto result =
      client_.List({"/api/v1", "pods"}, "", [&](json& item) { items.push_back(item); });
  ASSERT_TRUE(result.has_value()) << result.error().ToString();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[2]["metadata"]["name"], "c");
  EXPECT_EQ(items[0]["kind"], "Pod");
  EXPECT_EQ(items[0]["apiVersion"], "v1");
  EXPECT_EQ(client_.counts().list, 2U);
  EXPECT_EQ(client_.counts().total(), 2U);
}

TEST_F(KubeClientTest, ListPassesTheQueryOn) {
  transport_.On("GET", "/api/v1/pods", FakeReply::List("v1", "Pod", {}));
  const auto result = client_.List({"/api/v1", "pods"}, "labelSelector=a%3Db", [](json&) {});
  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(transport_.lines(), ElementsAre("GET /api/v1/pods?limit=500&labelSelector=a%3Db"));
}

TEST_F(KubeClientTest, ListDropsManagedFieldsAlone) {
  json item = Item("a");
  item["metadata"]["managedFields"] = {{{"manager", "kubectl"}}};
  item["metadata"]["labels"] = {{"managedFields", "x"}};
  transport_.On("GET", "/api/v1/pods", FakeReply::List("v1", "Pod", {item}));
  json seen;
  ASSERT_TRUE(client_.List({"/api/v1", "pods"}, "", [&](json& got) { seen = got; }).has_value());
  EXPECT_FALSE(seen["metadata"].contains("managedFields"));
  EXPECT_EQ(seen["metadata"]["labels"]["managedFields"], "x");
}

TEST_F(KubeClientTest, ExpiredContinueTokenListsAgainWithoutDuplicates) {
  transport_
      .On("GET", "/api/v1/pods", FakeReply::List("v1", "Pod", {Item("a"), Item("b")}, "old"),
          FakeReply::List("v1", "Pod", {Item("b"), Item("new")}, "fresh"))
      .On("GET", "/api/v1/pods?limit=500&continue=old",
          FakeReply::Status(410, "Expired", "The provided continue parameter is too old"))
      .On("GET", "/api/v1/pods?limit=500&continue=fresh",
          FakeReply::List("v1", "Pod", {Item("c")}));
  std::vector<std::string> names;
  ASSERT_TRUE(ListPods(names).has_value());
  EXPECT_THAT(names, ElementsAre("a", "b", "new", "c"));
}

TEST_F(KubeClientTest, ListThatAlwaysExpiresIsGone) {
  transport_.On("GET", "/api/v1/pods", FakeReply::List("v1", "Pod", {Item("a")}, "old"))
      .On("GET", "/api/v1/pods?limit=500&continue=old",
          FakeReply::Status(410, "Expired", "too old"));
  std::vector<std::string> names;
  const auto result = ListPods(names);
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().kind, ErrorKind::kGone);
  EXPECT_THAT(names, ElementsAre("a"));
}

TEST_F(KubeClientTest, ListOfOnePageForEverIsCorrupt) {
  transport_.On("GET", "/api/v1/pods", FakeReply::List("v1", "Pod", {Item("a")}, "same"));
  std::vector<std::string> names;
  EXPECT_EQ(ListPods(names).error().kind, ErrorKind::kCorrupt);
}

TEST_F(KubeClientTest, HostileListReplies) {
  const struct {
    std::string body;
    bool is_list;
  } cases[] = {
      {"", false},
      {"<html>login</html>", false},
      {R"({"kind":"PodList","items":[)", false},
      {R"({"kind":"Pod"})", false},
      {R"([])", false},
      {R"({"kind":"PodList","items":{}})", false},
      {R"({"kind":7,"items":[]})", false},
      {R"({"kind":"PodList","items":null})", true},
      {R"({"kind":"PodList","items":[7,null,{"metadata":[]}],"metadata":{"continue":7}})", true},
      {"{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"name\":\"\xFF\xC0\"}}]}", true},
      {R"({"kind":"PodList","items":[)" + std::string(100'000, '[') + std::string(100'000, ']') +
           "]}",
       true},
  };
  for (const auto& test : cases) {
    transport_.Replace("GET", "/api/v1/pods", FakeReply::Text(test.body));
    const auto result = client_.List({"/api/v1", "pods"}, "", [](json&) {});
    EXPECT_EQ(result.has_value(), test.is_list) << test.body.substr(0, 80);
    if (result.has_error()) {
      EXPECT_EQ(result.error().kind, ErrorKind::kCorrupt);
    }
  }
}

TEST_F(KubeClientTest, WaitsAsLongAsRetryAfterSays) {
  transport_.On(
      "GET", "/version",
      FakeReply::Status(429, "TooManyRequests", "slow down").WithHeader("retry-after", "7"),
      FakeReply::Json({{"gitVersion", "v1.34.4"}}));
  const auto version = client_.GetRaw("/version");
  ASSERT_TRUE(version.has_value());
  EXPECT_EQ((*version)["gitVersion"], "v1.34.4");
  ASSERT_EQ(sleeper_.sleeps().size(), 1U);
  EXPECT_GE(sleeper_.sleeps()[0], milliseconds(7000));
  EXPECT_LE(sleeper_.sleeps()[0], milliseconds(8400));
  EXPECT_EQ(client_.counts().retried, 1U);
}

TEST_F(KubeClientTest, BadOrHugeRetryAfterIsBounded) {
  const struct {
    const char* header;
    milliseconds longest;
  } cases[] = {
      {"Wed, 21 Oct 2015 07:28:00 GMT", milliseconds(200)},
      {"-3", milliseconds(200)},
      {"99999999999999999999999", milliseconds(36'000)},
      {"86400", milliseconds(36'000)},
  };
  std::size_t done = 0;
  for (const auto& test : cases) {
    transport_.Replace("GET", "/version",
                       FakeReply::Status(429, "", "").WithHeader("retry-after", test.header));
    transport_.On("GET", "/version", FakeReply::Json({}));
    ASSERT_TRUE(client_.GetRaw("/version").has_value());
    ASSERT_EQ(sleeper_.sleeps().size(), ++done);
    EXPECT_LE(sleeper_.sleeps().back(), test.longest) << test.header;
  }
}

TEST_F(KubeClientTest, BacksOffTwiceAsLongEachTimeAndThenGivesUp) {
  transport_.On("GET", "/version", FakeReply::Text("etcd is \x1b[31mdown\x07", 503));
  const auto result = client_.GetRaw("/version");
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(result.error().message, "get /version: etcd is  [31mdown  (HTTP 503)");
  const auto sleeps = sleeper_.sleeps();
  ASSERT_EQ(sleeps.size(), 4U);
  for (std::size_t i = 0; i < sleeps.size(); ++i) {
    EXPECT_GE(sleeps[i], milliseconds(100 << i));
    EXPECT_LE(sleeps[i], milliseconds(200 << i));
  }
}

TEST_F(KubeClientTest, AStopEndsTheRetries) {
  transport_.On("GET", "/version", FakeReply::Lost());
  std::stop_source stop;
  sleeper_.OnSleep([&] { stop.request_stop(); });
  const auto result = client_.GetRaw("/version", stop.get_token());
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(KubeClientTest, ErrorKindsAndWords) {
  const struct {
    int code;
    std::string message;
    ErrorKind kind;
    std::string hint;
  } cases[] = {
      {401, "Unauthorized", ErrorKind::kUnauthenticated, "kubectl create token"},
      {403,
       "pods \"web-1\" is forbidden: User \"x\" cannot get resource \"pods\" in API group \"\" in "
       "the namespace \"shop\"",
       ErrorKind::kForbidden, "grant get on pods: k8s/rbac.yaml"},
      {403,
       "networkpolicies.networking.k8s.io is forbidden: User \"x\" cannot list resource "
       "\"networkpolicies\" in API group \"networking.k8s.io\" at the cluster scope",
       ErrorKind::kForbidden, "grant list on networkpolicies.networking.k8s.io: k8s/rbac.yaml"},
      {403, "pods \"p\" is forbidden: exceeded quota: q", ErrorKind::kForbidden, "ResourceQuota"},
      {403, "pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\"",
       ErrorKind::kForbidden, "Pod Security"},
      {404, "pods \"web-1\" not found", ErrorKind::kNotFound, ""},
      {409, "the object has been modified", ErrorKind::kConflict, ""},
      {410, "too old resource version", ErrorKind::kGone, ""},
      {422, "Pod is invalid", ErrorKind::kInvalidInput, ""},
      {302, "moved", ErrorKind::kUnavailable, "redirects are not followed"},
  };
  for (const auto& test : cases) {
    transport_.Replace("GET", "/api/v1", FakeReply::Status(test.code, "", test.message));
    const auto result = client_.Get(pod_);
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().kind, test.kind) << test.message;
    EXPECT_THAT(result.error().message, HasSubstr(test.message));
    EXPECT_THAT(result.error().message, HasSubstr("get pods web-1 in namespace shop"));
    EXPECT_THAT(result.error().hint, HasSubstr(test.hint));
  }
  EXPECT_THAT(sleeper_.sleeps(), IsEmpty());
}

TEST_F(KubeClientTest, ErrorBodiesAreBounded) {
  transport_.On("GET", "/api/v1", FakeReply::Status(404, "", std::string(1U << 20U, 'x')));
  EXPECT_LT(client_.Get(pod_).error().message.size(), 1200U);
}

TEST_F(KubeClientTest, ReadyzIsAText) {
  transport_.On("GET", "/readyz", FakeReply::Text("ok"));
  EXPECT_EQ(*client_.GetRaw("/readyz"), "ok");
}

json NewPod(json labels) {
  return {{"kind", "Pod"}, {"metadata", {{"name", "web-1"}, {"labels", std::move(labels)}}}};
}

TEST_F(KubeClientTest, CreatePostsAndGivesTheObject) {
  transport_.On("POST", "/api/v1/namespaces/shop/pods", FakeReply::Json(Item("web-1"), 201));
  const auto created = client_.Create(pods_, NewPod({}));
  ASSERT_TRUE(created.has_value());
  EXPECT_EQ((*created)["metadata"]["uid"], "uid-web-1");
  EXPECT_EQ(transport_.requests()[0].content_type, "application/json");
  EXPECT_EQ(json::parse(transport_.requests()[0].body), NewPod({}));
}

TEST_F(KubeClientTest, CreateThatFoundItselfAfterALostTry) {
  const FakeReply exists = FakeReply::Status(409, "AlreadyExists", "pods \"web-1\" already exists");
  json ours = Item("web-1");
  ours["metadata"]["labels"] = {{"scan", "7"}, {"added-by", "webhook"}};
  transport_.On("POST", "/api/v1/namespaces/shop/pods", FakeReply::Lost(), exists)
      .On("GET", "/api/v1/namespaces/shop/pods/web-1", FakeReply::Json(ours));
  const auto created = client_.Create(pods_, NewPod({{"scan", "7"}}));
  ASSERT_TRUE(created.has_value()) << created.error().ToString();
  EXPECT_EQ((*created)["metadata"]["uid"], "uid-web-1");

  // Somebody else's of that name.
  transport_.Replace("POST", "/api/v1/namespaces/shop/pods", FakeReply::Lost());
  transport_.On("POST", "/api/v1/namespaces/shop/pods", exists);
  EXPECT_EQ(client_.Create(pods_, NewPod({{"scan", "8"}})).error().kind, ErrorKind::kConflict);

  // At the first try it can't be ours.
  transport_.Replace("POST", "/api/v1/namespaces/shop/pods", exists);
  EXPECT_EQ(client_.Create(pods_, NewPod({{"scan", "7"}})).error().kind, ErrorKind::kConflict);
}

TEST_F(KubeClientTest, CreateWithGenerateNameIsSentOnce) {
  transport_.On("POST", "/api/v1/namespaces/shop/pods", FakeReply::Lost());
  const auto result = client_.Create(pods_, {{"metadata", {{"generateName", "web-"}}}});
  EXPECT_EQ(result.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(transport_.requests().size(), 1U);

  transport_.Replace("POST", "/api/v1/namespaces/shop/pods", FakeReply::Status(429, "", ""));
  transport_.On("POST", "/api/v1/namespaces/shop/pods", FakeReply::Json(Item("web-x"), 201));
  EXPECT_TRUE(client_.Create(pods_, {{"metadata", {{"generateName", "web-"}}}}).has_value());
}

TEST_F(KubeClientTest, CreateIsRepeatedWhenAQuotaChangedMeanwhile) {
  transport_.On(
      "POST", "/api/v1/namespaces/shop/pods",
      FakeReply::Status(409, "Conflict", "Operation cannot be fulfilled on resourcequotas"),
      FakeReply::Json(Item("web-1"), 201));
  EXPECT_TRUE(client_.Create(pods_, NewPod({})).has_value());
}

TEST_F(KubeClientTest, PatchIsAMergePatch) {
  transport_.On("PATCH", pod_.ToString(), FakeReply::Lost(), FakeReply::Json(Item("web-1")));
  ASSERT_TRUE(client_.Patch(pod_, {{"metadata", {{"annotations", {{"a", "b"}}}}}}).has_value());
  EXPECT_EQ(transport_.requests()[1].content_type, "application/merge-patch+json");
}

TEST_F(KubeClientTest, DeleteSendsItsOptions) {
  transport_.On("DELETE", pod_.ToString(), FakeReply::Json({{"kind", "Status"}}));
  ASSERT_TRUE(client_.Delete(pod_, "uid-1", 0).has_value());
  EXPECT_EQ(json::parse(transport_.requests()[0].body),
            json::parse(R"({"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,
                            "propagationPolicy":"Background","preconditions":{"uid":"uid-1"}})"));
  ASSERT_TRUE(client_.Delete(pod_, "", -1).has_value());
  EXPECT_FALSE(json::parse(transport_.requests()[1].body).contains("gracePeriodSeconds"));
}

TEST_F(KubeClientTest, DeleteOfWhatIsGone) {
  transport_.On("DELETE", pod_.ToString(), FakeReply::Status(404, "NotFound", "not found"));
  EXPECT_EQ(client_.Delete(pod_, "", 0).error().kind, ErrorKind::kNotFound);
  // Our own lost try may have deleted it.
  transport_.Replace("DELETE", pod_.ToString(), FakeReply::Lost());
  transport_.On("DELETE", pod_.ToString(), FakeReply::Status(404, "NotFound", "not found"));
  EXPECT_TRUE(client_.Delete(pod_, "", 0).has_value());
}

std::string Event(const std::string& type, const json& object) {
  return json({{"type", type}, {"object", object}}).dump() + "\n";
}

TEST_F(KubeClientTest, WatchReadsEventsHoweverTheyAreCut) {
  const std::string text = Event("ADDED", Item("a")) + Event("BOOKMARK", Item("b"));
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  transport_.On("GET", "/api/v1/namespaces/shop/pods", FakeReply::Stream(bytes));
  std::vector<std::string> seen;
  const auto result = client_.Watch(
      pods_, "resourceVersion=5",
      [&](std::string_view type, json& object) {
        seen.push_back(std::string(type) + " " + object["metadata"]["name"].get<std::string>());
        return true;
      },
      {});
  ASSERT_TRUE(result.has_value()) << result.error().ToString();
  EXPECT_THAT(seen, ElementsAre("ADDED a", "BOOKMARK b"));
  EXPECT_THAT(transport_.requests()[0].path,
              HasSubstr("?watch=1&allowWatchBookmarks=true&resourceVersion=5"));
  EXPECT_EQ(transport_.requests()[0].timeout.count(), 0);
}

TEST_F(KubeClientTest, ListThenWatch) {
  transport_.On("GET", "/api", FakeReply::List("v1", "Pod", {Item("a")}), FakeReply::Stream({}));
  const auto version = client_.ListForWatch(pods_, "", [](json&) {});
  ASSERT_TRUE(version.has_value());
  EXPECT_EQ(*version, "1");
  const auto each = [](std::string_view, json&) { return true; };
  ASSERT_TRUE(client_.Watch(pods_, "resourceVersion=" + *version, each, {}).has_value());
  ASSERT_TRUE(client_.Watch(pods_, "", each, {}).has_value());
  ASSERT_TRUE(client_.Watch(pods_, "resourceVersion=0", each, {}).has_value());
  const std::string path = "GET " + pods_.ToString();
  EXPECT_THAT(
      transport_.lines(),
      ElementsAre(path + "?limit=500", path + "?watch=1&allowWatchBookmarks=true&resourceVersion=1",
                  path + "?watch=1&resourceVersion=0", path + "?watch=1&resourceVersion=0"));
}

TEST_F(KubeClientTest, WatchEnds) {
  const json expired = {{"kind", "Status"}, {"code", 410}, {"message", "too old"}};
  const json wild = {{"kind", "Status"}, {"code", 4294967706}, {"message", "?"}};
  const struct {
    FakeReply reply;
    bool each_goes_on;
    std::optional<ErrorKind> error;
  } cases[] = {
      {FakeReply::Stream({Event("ERROR", expired)}), true, ErrorKind::kGone},
      {FakeReply::Stream({Event("ERROR", wild)}), true, ErrorKind::kUnavailable},
      {FakeReply::Status(410, "Expired", "too old"), true, ErrorKind::kGone},
      {FakeReply::Stream({"{}\n"}), true, ErrorKind::kCorrupt},
      {FakeReply::Stream({"nonsense\n"}), true, ErrorKind::kCorrupt},
      {FakeReply::Stream({std::string(17U << 20U, 'x')}), true, ErrorKind::kCorrupt},
      {FakeReply::Stream({Event("ADDED", Item("a"))}, FakeReply::End::kHangs), false, {}},
      {FakeReply::Stream({Event("ADDED", Item("a"))}, FakeReply::End::kLost), true,
       ErrorKind::kUnavailable},
  };
  for (const auto& test : cases) {
    transport_.Replace("GET", "/api/v1/namespaces/shop/pods", test.reply);
    const auto before = transport_.requests().size();
    const auto result =
        client_.Watch(pods_, "", [&](std::string_view, json&) { return test.each_goes_on; }, {});
    EXPECT_EQ(result.has_error() ? std::optional(result.error().kind) : std::nullopt, test.error);
    EXPECT_EQ(transport_.requests().size(), before + 1);
  }
}

TEST_F(KubeClientTest, WatchIsStopped) {
  transport_.On("GET", "/api",
                FakeReply::Stream({Event("ADDED", Item("a"))}, FakeReply::End::kHangs));
  std::stop_source stop;
  const auto each = [&](std::string_view, json&) {
    stop.request_stop();
    return true;
  };
  const auto result = client_.Watch(pods_, "", each, stop.get_token());
  EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
}

TEST_F(KubeClientTest, ALogIsAskedForFromItsStart) {
  const HttpRequest request = client_.LogRequest("shop", "web-1", "c d");
  EXPECT_EQ(request.path, "/api/v1/namespaces/shop/pods/web-1/log?follow=true&container=c%20d");
  EXPECT_EQ(request.timeout.count(), 0);
  EXPECT_EQ(client_.counts().log, 1U);
}

TEST_F(KubeClientTest, WhichLogIsWorthAskingForAgain) {
  const std::pair<int, ErrorKind> kCases[] = {
      {400, ErrorKind::kUnavailable},  // the container is waiting to start
      {429, ErrorKind::kUnavailable}, {500, ErrorKind::kUnavailable},
      {503, ErrorKind::kUnavailable}, {403, ErrorKind::kForbidden},
      {404, ErrorKind::kNotFound}};
  for (const auto& [status, kind] : kCases) {
    const auto response = FakeReply::Status(status, "x", "the server's words").response;
    const Error error = KubeClient::LogError("shop", "web-1", response);
    EXPECT_EQ(error.kind, kind) << status;
    EXPECT_THAT(error.message, testing::HasSubstr("the server's words"));
  }
}

TEST_F(KubeClientTest, ACollectionIsDeletedByLabelsAlone) {
  const std::string path = "/api/v1/namespaces/shop/pods";
  transport_.On("DELETE", path, FakeReply::Json({{"kind", "Status"}, {"status", "Success"}}));
  const ResourcePath pods{"/api/v1", "pods", "shop", "", ""};
  EXPECT_FALSE(client_.DeleteCollection(pods, "", 0));
  EXPECT_EQ(transport_.CountOf("DELETE", "/"), 0U);
  ASSERT_TRUE(client_.DeleteCollection(pods, "labelSelector=a%3Db", 0));
  EXPECT_EQ(transport_.lines().back(), "DELETE " + path + "?labelSelector=a%3Db");
}

}  // namespace
}  // namespace podreach
