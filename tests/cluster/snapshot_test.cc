#include "podreach/cluster/snapshot.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

TEST(SnapshotTest, FindsNamespacesByName) {
  Snapshot snapshot;
  snapshot.namespaces = {{"shop", "1", {}, false}, {"bank", "2", {}, false}};
  ASSERT_NE(snapshot.FindNamespace("bank"), nullptr);
  EXPECT_EQ(snapshot.FindNamespace("bank")->uid, "2");
  EXPECT_EQ(snapshot.FindNamespace("ban"), nullptr);
  EXPECT_EQ(snapshot.FindNamespace(""), nullptr);
}

TEST(PodTest, OnlyAPodWithAnAddressOfItsOwnIsLive) {
  struct Case {
    PodPhase phase;
    bool has_address;
    bool live;
  };
  const std::vector<Case> cases = {
      {PodPhase::kPending, false, false}, {PodPhase::kPending, true, true},
      {PodPhase::kRunning, true, true},   {PodPhase::kRunning, false, false},
      {PodPhase::kUnknown, true, true},   {PodPhase::kSucceeded, true, false},
      {PodPhase::kFailed, true, false},
  };
  for (const auto& c : cases) {
    Pod pod;
    pod.phase = c.phase;
    if (c.has_address) pod.ips = {IpAddress::V4(0x0a000001)};
    EXPECT_EQ(pod.IsLive(), c.live) << static_cast<int>(c.phase) << " " << c.has_address;
    pod.terminating = true;
    EXPECT_EQ(pod.IsLive(), c.live) << "a terminating pod keeps its address until it has ended";
  }
}

TEST(WorkloadRefTest, ReadsAsInReports) {
  EXPECT_EQ((WorkloadRef{"Deployment", "shop", "web"}.ToString()), "shop/web[Deployment]");
}

TEST(ServiceTest, HeadlessWithoutClusterAddress) {
  Service service;
  EXPECT_TRUE(service.IsHeadless());
  service.cluster_ips = {IpAddress::V4(0x0a600001)};
  EXPECT_FALSE(service.IsHeadless());
}

}  // namespace
}  // namespace podreach
