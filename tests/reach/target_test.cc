#include "podreach/reach/target.h"

#include <gtest/gtest.h>

#include "tests/reach/words.h"

namespace podreach {
namespace {

TEST(TargetTest, EveryKindOfVantageHasItsWord) {
  ExpectWords<VantageKind>({{VantageKind::kBare, "bare"},
                            {VantageKind::kTwin, "twin"},
                            {VantageKind::kNode, "node"},
                            {VantageKind::kCanarySource, "canary-source"},
                            {VantageKind::kCanaryTarget, "canary-target"}},
                           ParseVantageKind);
  EXPECT_FALSE(ParseVantageKind(""));
}

TEST(TargetTest, EveryKindOfTargetHasItsWord) {
  ExpectWords<TargetKind>({{TargetKind::kPod, "pod"},
                           {TargetKind::kHostNetworkPod, "host-network-pod"},
                           {TargetKind::kService, "service"},
                           {TargetKind::kNode, "node"},
                           {TargetKind::kNodePort, "node-port"},
                           {TargetKind::kControlPlane, "control-plane"},
                           {TargetKind::kDns, "dns"},
                           {TargetKind::kMetadata, "metadata"},
                           {TargetKind::kExternal, "external"},
                           {TargetKind::kProbe, "probe"}},
                          ParseTargetKind);
  EXPECT_FALSE(ParseTargetKind(""));
}

TEST(TargetTest, BareVantagesAndTwinsStandForPodsAndTheCanaryHasNoCells) {
  struct Case {
    VantageKind kind;
    bool stands_for_pods;
    bool canary;
  };
  for (const Case& of :
       {Case{VantageKind::kBare, true, false}, Case{VantageKind::kTwin, true, false},
        Case{VantageKind::kNode, false, false}, Case{VantageKind::kCanarySource, false, true},
        Case{VantageKind::kCanaryTarget, false, true}}) {
    EXPECT_EQ(StandsForPods(of.kind), of.stands_for_pods) << ToString(of.kind);
    EXPECT_EQ(IsCanary(of.kind), of.canary) << ToString(of.kind);
  }
}

struct NameCase {
  TargetKind kind;
  const char* place;
  const char* service;
  const char* name;
};

class TargetNameTest : public testing::TestWithParam<NameCase> {};

TEST_P(TargetNameTest, IsTheNameOfThePlaceWithWhatTellsItsPortsApart) {
  const Place place{.kind = GetParam().kind, .name = GetParam().place};
  const Target target{.port = *Port::From(6379), .service = GetParam().service};
  EXPECT_EQ(NameOf(place, target), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    All, TargetNameTest,
    testing::Values(
        NameCase{TargetKind::kPod, "shop/redis-7d9-x2", "Redis", "shop/redis-7d9-x2"},
        NameCase{TargetKind::kHostNetworkPod, "kube-system/proxy", "x", "kube-system/proxy"},
        NameCase{TargetKind::kService, "shop/redis", "Redis", "shop/redis:6379"},
        NameCase{TargetKind::kDns, "kube-system/kube-dns", "", "kube-system/kube-dns:6379"},
        NameCase{TargetKind::kNode, "node1", "kubelet", "node1 kubelet"},
        NameCase{TargetKind::kNode, "node1", "", "node1"},
        NameCase{TargetKind::kControlPlane, "10.0.0.1", "API server", "10.0.0.1 API server"},
        NameCase{TargetKind::kNodePort, "shop/web:80 NodePort on node1", "",
                 "shop/web:80 NodePort on node1"},
        NameCase{TargetKind::kMetadata, "cloud metadata", "cloud metadata", "cloud metadata"},
        NameCase{TargetKind::kExternal, "egress canary", "", "egress canary"},
        NameCase{TargetKind::kProbe, "shop (bare) responder", "", "shop (bare) responder"}));

TEST(TargetTest, SaysItsPortAndItsEndpoint) {
  const Place v6{.address = *IpAddress::Parse("fd00::1")};
  const Target dns{.protocol = Protocol::kUdp, .port = *Port::From(53)};
  EXPECT_EQ(PortText(dns), "53/UDP");
  EXPECT_EQ(EndpointOf(v6, dns).ToString(), "[fd00::1]:53/UDP");
}

}  // namespace
}  // namespace podreach
