#include "podreach/cluster/service_backends.h"

#include <gtest/gtest.h>

namespace podreach {
namespace {

Port P(std::uint16_t number) { return *Port::From(number); }

Pod MakePod(const std::string& name, const std::string& app, const char* address) {
  Pod pod;
  pod.ns = "shop";
  pod.name = pod.uid = name;
  pod.labels = {{"app", app}};
  pod.phase = PodPhase::kRunning;
  pod.ready = true;
  if (address != nullptr) pod.ips = {*IpAddress::Parse(address)};
  pod.ports = {{"web", Protocol::kTcp, P(8080), {}}, {"web", Protocol::kUdp, P(8081), {}}};
  return pod;
}

class ServiceBackendsTest : public testing::Test {
 protected:
  ServiceBackendsTest() {
    snapshot_.pods = {MakePod("a", "db", "10.0.0.1"), MakePod("b", "db", "10.0.0.2"),
                      MakePod("c", "web", "10.0.0.3")};
    service_.ns = "shop";
    service_.name = "db";
    LabelRequirement requirement{"app", LabelRequirement::Operator::kIn, {"db"}};
    service_.selector.emplace().requirements = {requirement};
  }
  std::vector<std::optional<std::size_t>> Selected(const ServicePort& port) const {
    std::vector<std::optional<std::size_t>> pods;
    for (const auto& backend : SelectedBackends(snapshot_, service_, port))
      pods.push_back(backend.pod);
    return pods;
  }

  Snapshot snapshot_;
  Service service_;
  const ServicePort number_{"", Protocol::kTcp, P(80), P(9000), {}};
};

TEST_F(ServiceBackendsTest, SelectedPodsAtTheTargetPort) {
  const auto backends = SelectedBackends(snapshot_, service_, number_);
  ASSERT_EQ(backends.size(), 2U);
  EXPECT_EQ(backends[1], (ServiceBackend{1, IpAddress::Parse("10.0.0.2"), P(9000)}));
}

TEST_F(ServiceBackendsTest, ANamedPortIsTheContainersOfTheProtocol) {
  const ServicePort by_name{"", Protocol::kUdp, P(80), std::string("web"), {}};
  EXPECT_EQ(SelectedBackends(snapshot_, service_, by_name).at(0).port, P(8081));
  snapshot_.pods[0].ports.clear();
  EXPECT_EQ(Selected(by_name), (std::vector<std::optional<std::size_t>>{1}));
}

TEST_F(ServiceBackendsTest, PodsThatAreNotReadyAreNone) {
  snapshot_.pods[0].ready = false;
  EXPECT_EQ(Selected(number_), (std::vector<std::optional<std::size_t>>{1}));
  snapshot_.pods[0].from_template = true;  // not there yet
  EXPECT_EQ(Selected(number_).size(), 2U);
  snapshot_.pods[1].ready = false;
  service_.publish_not_ready = true;
  EXPECT_EQ(Selected(number_).size(), 2U);
  service_.ns = "elsewhere";
  EXPECT_EQ(Selected(number_).size(), 0U);
  service_.ns = "shop";
  service_.selector.reset();
  EXPECT_EQ(Selected(number_).size(), 0U) << "its endpoints are kept by someone else";
}

TEST_F(ServiceBackendsTest, SlicesSayWhichAreReady) {
  const IpAddress address = *IpAddress::Parse("10.0.0.2");
  snapshot_.endpoint_slices = {
      {"shop",
       "db-x",
       "db",
       {{address, true, "b"}, {address, false, "a"}, {address, true, "gone"}, {address, true, ""}},
       {{"", Protocol::kTcp, P(9000)}, {"other", Protocol::kTcp, P(9001)}}},
      {"bank", "db-y", "db", {{address, true, "c"}}, {{"", Protocol::kTcp, P(9000)}}}};
  const auto backends = ServiceBackends(snapshot_).Of(service_, number_);
  ASSERT_EQ(backends.size(), 2U);
  EXPECT_EQ(backends[0], (ServiceBackend{1, address, P(9000)}));
  EXPECT_EQ(backends[1], (ServiceBackend{{}, address, P(9000)})) << "kept by someone else";
}

}  // namespace
}  // namespace podreach
