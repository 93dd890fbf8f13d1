#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/findings/findings_fixture.h"

namespace podreach {
namespace {

using namespace testing_policy;  // NOLINT(google-build-using-namespace): a vocabulary of its own
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST_F(FindingsTest, ASensitivePortIsExposedToOtherNamespacesAlone) {
  const auto shop = From(VantageKind::kBare, "shop", "shop (bare)");
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto near = To(TargetKind::kPod, "shop/near[Pod]", "6379", true);
  const auto redis = To(TargetKind::kPod, "shop/db[Pod]", "6379", true);
  const auto plain = To(TargetKind::kPod, "shop/web[Pod]", "80", false);
  Saw(shop, near, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, redis, Outcome::kOpen, Verdict::kAsIntended);
  Saw(bank, plain, Outcome::kOpen, Verdict::kAsIntended);
  const auto ids = Ids();
  EXPECT_THAT(ids, Contains("PR-EXPOSED shop/db[Pod]:6379/TCP"));
  EXPECT_THAT(ids, Not(Contains("PR-EXPOSED shop/near[Pod]:6379/TCP")));
  EXPECT_THAT(ids, Not(Contains("PR-EXPOSED shop/web[Pod]:80/TCP")));
  EXPECT_EQ(Get("PR-EXPOSED shop/db[Pod]:6379/TCP").severity, Severity::kHigh);
}

TEST_F(FindingsTest, WhatAnswersDecidesHowBadAnExposureIs) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const auto answers = To(TargetKind::kPod, "shop/a[Pod]", "2379", true);
  const auto refuses = To(TargetKind::kPod, "shop/b[Pod]", "2379", true);
  const auto unknown = To(TargetKind::kPod, "shop/c[Pod]", "2379", true);
  const auto first = To(TargetKind::kPod, "shop/d[Pod]", "6379", true);
  const auto second = To(TargetKind::kPod, "shop/d[Pod]", "6379", true);
  for (const TargetId target : {answers, refuses, unknown, first, second})
    Saw(bank, target, Outcome::kOpen, Verdict::kAsIntended);
  const auto service = [&](Access access) {
    return IdentifiedService{bank, {"etcd", "", "3.5.16", access, "GET /version: 200", {}}};
  };
  services_ = {{answers, service(Access::kAnswers)},
               {refuses, service(Access::kRefuses)},
               {first, service(Access::kRefuses)},
               {second, service(Access::kAnswers)}};
  Ids();
  EXPECT_EQ(Get("PR-EXPOSED shop/a[Pod]:2379/TCP").severity, Severity::kCritical);
  EXPECT_THAT(Get("PR-EXPOSED shop/a[Pod]:2379/TCP").title,
              HasSubstr("answers without credentials"));
  EXPECT_THAT(Get("PR-EXPOSED shop/a[Pod]:2379/TCP").evidence,
              Contains("etcd 3.5.16: GET /version: 200, asked from bank (bare)"));
  EXPECT_EQ(Get("PR-EXPOSED shop/b[Pod]:2379/TCP").severity, Severity::kLow);
  EXPECT_EQ(Get("PR-EXPOSED shop/c[Pod]:2379/TCP").severity, Severity::kHigh);
  // The worst of two replicas.
  EXPECT_EQ(Get("PR-EXPOSED shop/d[Pod]:6379/TCP").severity, Severity::kHigh);
}

// Ports that no scan asks every pod for: declared ones are asked what they are, and what they are
// decides.
TEST_F(FindingsTest, AKnownServiceWithoutCredentialsIsAnExposureWhereverItListens) {
  struct Case {
    const char* port;
    const char* service;
    Access access;
    std::optional<Severity> severity;
    const char* title = "";
  };
  const std::vector<Case> cases = {
      {"8500", "consul", Access::kAnswers, Severity::kMedium, "Consul on"},
      {"9092", "kafka", Access::kAnswers, Severity::kMedium, "Kafka on"},
      {"3000", "redis", Access::kAnswers, Severity::kHigh, "Redis on"},
      {"8200", "vault", Access::kUnknown, Severity::kLow, "Vault on"},
      {"9000", "minio", Access::kUnknown, Severity::kLow, "MinIO or HTTP on"},
      {"8501", "consul", Access::kRefuses, {}},
      {"3000", "http", Access::kAnswers, {}},  // an application on Grafana's port
      {"9000", "unknown", Access::kUnknown, {}},
      {"50051", "http2", Access::kUnknown, {}},
      {"53", "dns", Access::kAnswers, {}},
  };
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto target =
        To(TargetKind::kPod, "shop/w" + std::to_string(i) + "[Pod]", cases[i].port, false);
    plan_.targets[Index(target)].declared = true;
    plan_.targets[Index(target)].service = "what the port's number says";
    Saw(bank, target, Outcome::kOpen, Verdict::kAsIntended);
    services_.emplace(
        target, IdentifiedService{bank, {cases[i].service, "", "", cases[i].access, "said", {}}});
  }
  const auto ids = Ids();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string id =
        "PR-EXPOSED shop/w" + std::to_string(i) + "[Pod]:" + cases[i].port + "/TCP";
    if (!cases[i].severity) {
      EXPECT_THAT(ids, Not(Contains(id)));
      continue;
    }
    ASSERT_THAT(ids, Contains(id));
    EXPECT_EQ(Get(id).severity, *cases[i].severity) << id;
    EXPECT_THAT(Get(id).title, testing::StartsWith(cases[i].title));
  }
}

TEST_F(FindingsTest, AServiceOfWhatIsExposedByItselfSaysNothingNew) {
  const auto bank = From(VantageKind::kBare, "bank", "bank (bare)");
  const Backend db{1, *IpAddress::Parse("10.0.1.2"), *Port::Parse("6379")};
  const auto service = To(TargetKind::kService, "shop/db (Service)", "6380", true, {db});
  Saw(bank, service, Outcome::kOpen, Verdict::kAsIntended);
  EXPECT_THAT(Ids(), Contains("PR-EXPOSED shop/db (Service):6380/TCP"));
  Saw(bank, To(TargetKind::kPod, "shop/db[Pod]", "6379", true), Outcome::kOpen,
      Verdict::kAsIntended);
  EXPECT_THAT(Ids(), Not(Contains("PR-EXPOSED shop/db (Service):6380/TCP")));
}

TEST_F(FindingsTest, MetadataAndExfiltrationPathsAreExposuresFromAnyPod) {
  const auto shop = From(VantageKind::kTwin, "shop", "shop/web[Pod] (twin)");
  Saw(shop, To(TargetKind::kMetadata, "metadata", "80", true), Outcome::kOpen,
      Verdict::kAsIntended);
  Saw(shop, To(TargetKind::kExternal, "203.0.113.10", "443", false), Outcome::kOpen,
      Verdict::kAsIntended);
  Ids();
  EXPECT_EQ(Get("PR-EXPOSED metadata:80/TCP").severity, Severity::kHigh);
  EXPECT_EQ(Get("PR-EXPOSED 203.0.113.10:443/TCP").severity, Severity::kMedium);
}

}  // namespace
}  // namespace podreach
