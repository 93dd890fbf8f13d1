#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "podreach/fleet/probe_fleet.h"

namespace podreach {
namespace {

using nlohmann::json_literals::operator""_json_pointer;

nlohmann::json Pod(VantageKind kind) {
  Vantage vantage;
  vantage.kind = kind;
  vantage.ns = "shop";
  vantage.pod_name = "podreach-s1-0";
  vantage.node = kind == VantageKind::kNode ? "node1" : "";
  vantage.labels = {{"app", "web"}};
  FleetOptions options;
  options.scan_id = "s1";
  options.image = "podreach-probe:test";
  return ProbePod(vantage, options, "podreach-s1", "uid-1");
}

// kubernetes.io/docs/concepts/security/pod-security-standards, level
// restricted.
TEST(ProbePodTest, MeetsPodSecurityRestricted) {
  const auto pod = Pod(VantageKind::kTwin);
  EXPECT_FALSE(pod["spec"].contains("hostNetwork"));
  EXPECT_EQ(pod["/spec/securityContext/runAsNonRoot"_json_pointer], true);
  EXPECT_EQ(pod["/spec/securityContext/seccompProfile/type"_json_pointer], "RuntimeDefault");
  EXPECT_EQ(pod["/spec/containers/0/securityContext/allowPrivilegeEscalation"_json_pointer], false);
  EXPECT_EQ(pod["/spec/containers/0/securityContext/capabilities/drop/0"_json_pointer], "ALL");
}

TEST(ProbePodTest, HoldsNothingThatATakerCouldUse) {
  const auto pod = Pod(VantageKind::kBare);
  EXPECT_EQ(pod["/spec/automountServiceAccountToken"_json_pointer], false);
  EXPECT_EQ(pod["/spec/enableServiceLinks"_json_pointer], false);
  EXPECT_EQ(pod["/spec/containers/0/securityContext/readOnlyRootFilesystem"_json_pointer], true);
  EXPECT_EQ(pod["/spec/activeDeadlineSeconds"_json_pointer], 900);
  EXPECT_EQ(pod["/spec/containers/0/args/4"_json_pointer], "900") << "the probe's own end";
}

TEST(ProbePodTest, IsNeverAdoptedAndNeverReady) {
  const auto pod = Pod(VantageKind::kTwin);
  EXPECT_EQ(pod["/metadata/ownerReferences/0/kind"_json_pointer], "ConfigMap");
  EXPECT_EQ(pod["/metadata/ownerReferences/0/controller"_json_pointer], true);
  EXPECT_EQ(pod["/metadata/ownerReferences/0/uid"_json_pointer], "uid-1");
  EXPECT_EQ(pod["/spec/readinessGates/0/conditionType"_json_pointer], "podreach.io/never-ready");
  EXPECT_EQ(pod["/metadata/labels/app"_json_pointer], "web");
}

TEST(ProbePodTest, ANodeProbeUsesTheHostNetworkOfItsNode) {
  const auto pod = Pod(VantageKind::kNode);
  EXPECT_EQ(pod["/spec/hostNetwork"_json_pointer], true);
  EXPECT_NE(pod["spec"]["affinity"].dump().find("node1"), std::string::npos);
  EXPECT_FALSE(pod["spec"]["securityContext"].contains("sysctls"));
}

}  // namespace
}  // namespace podreach
