// What a new dialect needs is one file, dummy.cc beside this one: its objects are collected, its
// rules evaluated, its policies told of, and nothing else knows its name.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "podreach/collect/source.h"
#include "podreach/policy/evaluator.h"
#include "podreach/policy/policy_kinds.h"

namespace podreach {
namespace {

constexpr const char* kManifests = R"(
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop}}
---
{apiVersion: dummy.example/v1, kind: Wall, metadata: {name: closed, namespace: shop}, spec: {ports: [80, 443]}}
)";

Evaluator Evaluate() {
  std::istringstream input(kManifests);
  auto snapshot = CollectManifests({"-"}, input, PolicyKinds());
  EXPECT_TRUE(snapshot) << snapshot.error().ToString();
  return {std::make_shared<const Snapshot>(*std::move(snapshot)), {}};
}

TEST(DummyDialectTest, ItsDocumentsAreCollectedAndEvaluated) {
  const Evaluator evaluator = Evaluate();
  const auto judge = [&](const char* port) {
    return evaluator
        .Judge(evaluator.PeerOf(0), evaluator.PeerOf(1), Protocol::kTcp, *Port::Parse(port))
        .expectation;
  };
  EXPECT_EQ(judge("80"), Expectation::kDeny);
  EXPECT_EQ(judge("81"), Expectation::kAllow);
}

TEST(DummyDialectTest, ItsPoliciesAreToldOf) {
  const Evaluator evaluator = Evaluate();
  ASSERT_EQ(evaluator.Policies().size(), 1U);
  EXPECT_EQ(evaluator.Policies()[0].Text(), "Wall shop/closed");
  EXPECT_THAT(evaluator.SelectingPolicies(), testing::ElementsAre(true));
  EXPECT_EQ(evaluator.PortsAskedOf(*evaluator.ClassOf(1))[0].ToString(), "80,443");
}

}  // namespace
}  // namespace podreach
