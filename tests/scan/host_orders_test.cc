// What a probe is told, and the way back from what it says to the cells.

#include "scan/host_orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scan/sinks.h"
#include "tests/findings/scan_world.h"

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Targets at addresses, a line each: "10.0.0.2", "TCP 80"; a responder that has no address yet.
class HostOrdersTest : public testing::Test {
 protected:
  HostOrdersTest() {
    world_.Probe(VantageKind::kBare, "bank");
    At("0.0.0.0", "TCP 7471");
    At("10.0.0.1", "TCP 80");
    At("10.0.0.1", "TCP 443");
    At("10.0.0.1", "UDP 53");
    At("10.0.0.2", "TCP 80");
    At("fd00::1", "UDP 53");
  }

  void At(const char* address, const char* port) {
    ask_.push_back(world_.At(TargetKind::kExternal, address, port));
  }

  /// "10.0.0.1 tcp 80,443 udp 53" for each host.
  static std::vector<std::string> Hosts(const HostOrders& orders) {
    std::vector<std::string> hosts;
    for (const HostOrder& host : *orders.hosts) {
      std::string text = host.address.ToString();
      if (!host.tcp.empty()) text += " tcp " + host.tcp.ToString();
      if (!host.udp.empty()) text += " udp " + host.udp.ToString();
      hosts.push_back(text);
    }
    return hosts;
  }

  /// Every slot leads back to a target with its host's address, its protocol and its port.
  void ExpectWayBack(const HostOrders& orders) const {
    ASSERT_EQ(orders.first.size(), orders.hosts->size() + 1);
    EXPECT_EQ(orders.first.back(), orders.slots.size());
    for (std::size_t host = 0; host < orders.hosts->size(); ++host) {
      EXPECT_LT(orders.first[host], orders.first[host + 1]);
      for (std::size_t slot = orders.first[host]; slot < orders.first[host + 1]; ++slot) {
        const HostOrders::Slot& asked = orders.slots[slot];
        const TargetId id = ask_.at(asked.position);
        EXPECT_EQ(world_.plan.place(id).address, (*orders.hosts)[host].address);
        EXPECT_EQ(world_.plan.target(id).protocol, asked.protocol);
        EXPECT_EQ(world_.plan.target(id).port, asked.port);
      }
    }
  }

  static std::vector<std::uint32_t> Positions(const HostOrders& orders) {
    std::vector<std::uint32_t> positions;
    for (const HostOrders::Slot& slot : orders.slots) positions.push_back(slot.position);
    return positions;
  }

  ScanWorld world_;
  std::vector<TargetId> ask_;
};

TEST_F(HostOrdersTest, AnAskIsItsHostsWithTheirPorts) {
  const HostOrders orders = MakeHostOrders(world_.plan, ask_, nullptr);
  EXPECT_THAT(Hosts(orders),
              ElementsAre("10.0.0.1 tcp 80,443 udp 53", "10.0.0.2 tcp 80", "fd00::1 udp 53"));
  EXPECT_THAT(Positions(orders), ElementsAre(1, 2, 3, 4, 5)) << "what has no address is left out";
  ExpectWayBack(orders);
}

TEST_F(HostOrdersTest, SomeCellsAreSomePorts) {
  const std::vector<std::uint32_t> positions = {0, 2, 3, 5};
  const HostOrders orders = MakeHostOrders(world_.plan, ask_, &positions);
  EXPECT_THAT(Hosts(orders), ElementsAre("10.0.0.1 tcp 443 udp 53", "fd00::1 udp 53"));
  EXPECT_THAT(Positions(orders), ElementsAre(2, 3, 5));
  ExpectWayBack(orders);
}

TEST_F(HostOrdersTest, NothingIsNothing) {
  const std::vector<std::uint32_t> none;
  const std::vector<std::uint32_t> no_address = {0};
  for (const auto* positions : {&none, &no_address}) {
    const HostOrders orders = MakeHostOrders(world_.plan, ask_, positions);
    EXPECT_THAT(Hosts(orders), IsEmpty());
    EXPECT_THAT(orders.first, ElementsAre(0));
  }
}

// What a later wave adds to a node's ask stands behind it; a host is one host all the same.
TEST_F(HostOrdersTest, AnAskThatWentOnIsOrderedByAddress) {
  At("10.0.0.1", "TCP 22");
  At("10.0.0.0", "TCP 22");
  const HostOrders orders = MakeHostOrders(world_.plan, ask_, nullptr);
  EXPECT_THAT(Hosts(orders), ElementsAre("10.0.0.0 tcp 22", "10.0.0.1 tcp 22,80,443 udp 53",
                                         "10.0.0.2 tcp 80", "fd00::1 udp 53"));
  EXPECT_THAT(Positions(orders), ElementsAre(7, 6, 1, 2, 3, 4, 5));
  ExpectWayBack(orders);
}

/// A group of a report: these ports of a protocol, or all that were asked.
PortGroup Group(Protocol protocol, Outcome state, const char* ports) {
  PortGroup group;
  group.protocol = protocol;
  group.state = state;
  if (*ports == 0) {
    group.all = true;
  } else {
    group.ports = *PortSet::Parse(ports);
  }
  return group;
}

class MatrixSinkTest : public HostOrdersTest {
 protected:
  MatrixSinkTest() {
    world_.Begin();
    world_.observed->SetRow(VantageId{0}, std::make_shared<const std::vector<TargetId>>(ask_));
  }

  std::vector<std::string> Outcomes() const {
    std::vector<std::string> outcomes;
    for (std::size_t i = 0; i < ask_.size(); ++i)
      outcomes.emplace_back(ToString(world_.observed->At(VantageId{0}, i).outcome));
    return outcomes;
  }
};

TEST_F(MatrixSinkTest, WhatAProbeSaysOfHostsGoesToItsCells) {
  const HostOrders orders = MakeHostOrders(world_.plan, ask_, nullptr);
  MatrixSink sink({&orders}, *world_.observed);
  sink.OnHosts(
      VantageId{0}, 0, 1,
      {Group(Protocol::kTcp, Outcome::kOpen, "443"), Group(Protocol::kTcp, Outcome::kClosed, "80"),
       Group(Protocol::kUdp, Outcome::kOpenFiltered, "")});
  EXPECT_THAT(Outcomes(), ElementsAre("not-probed", "closed", "open", "open-filtered", "not-probed",
                                      "not-probed"));
  sink.OnHosts(VantageId{0}, 1, 2,
               {Group(Protocol::kTcp, Outcome::kFiltered, ""),
                Group(Protocol::kUdp, Outcome::kUnreachable, "53")});
  EXPECT_THAT(Outcomes(), ElementsAre("not-probed", "closed", "open", "open-filtered", "filtered",
                                      "unreachable"));
}

TEST_F(MatrixSinkTest, KeepsTheEvidence) {
  const HostOrders orders = MakeHostOrders(world_.plan, ask_, nullptr);
  MatrixSink sink({&orders}, *world_.observed);
  PortGroup group = Group(Protocol::kTcp, Outcome::kUnreachable, "");
  group.unsure = true;
  group.icmp = IcmpError{*IpAddress::Parse("10.0.0.254"), 3, 1};
  group.error_number = 113;
  sink.OnHosts(VantageId{0}, 1, 1, {group});
  const Observation expected{
      .outcome = Outcome::kUnreachable, .unsure = true, .icmp = group.icmp, .error_number = 113};
  EXPECT_EQ(world_.observed->At(VantageId{0}, 4), expected);
}

// A second round is about some cells: nothing else is touched, whatever the report says.
TEST_F(MatrixSinkTest, ARoundOfSomeCellsChangesThoseAlone) {
  const std::vector<std::uint32_t> positions = {2, 4};
  const HostOrders orders = MakeHostOrders(world_.plan, ask_, &positions);
  MatrixSink sink({&orders}, *world_.observed);
  sink.OnHosts(VantageId{0}, 0, 2, {Group(Protocol::kTcp, Outcome::kOpen, "1-65535")});
  EXPECT_THAT(Outcomes(),
              ElementsAre("not-probed", "not-probed", "open", "not-probed", "open", "not-probed"));
}

TEST_F(MatrixSinkTest, WhoWasAskedNothingSaysNothing) {
  MatrixSink sink({nullptr}, *world_.observed);
  sink.OnHosts(VantageId{0}, 0, 1, {Group(Protocol::kTcp, Outcome::kOpen, "")});
  for (const std::string& outcome : Outcomes()) EXPECT_EQ(outcome, "not-probed");
}

TEST(ListeningSinkTest, CollectsTheOpenTcpPortsOfPods) {
  std::vector<std::vector<DiscoveryPlan::Host>> hosts(2);
  const PortSet some = *PortSet::Parse("80,443");
  hosts[1] = {{7, *IpAddress::Parse("10.0.0.1"), some, false},
              {9, *IpAddress::Parse("10.0.0.2"), some, false},
              {4, *IpAddress::Parse("10.0.0.3"), PortSet::All(), true}};
  ListeningSink sink(hosts);
  sink.OnHosts(
      VantageId{1}, 0, 1,
      {Group(Protocol::kTcp, Outcome::kOpen, "80"), Group(Protocol::kTcp, Outcome::kClosed, "443"),
       Group(Protocol::kUdp, Outcome::kOpen, "53")});
  sink.OnHosts(VantageId{1}, 1, 1, {Group(Protocol::kTcp, Outcome::kOpen, "")});
  sink.OnHosts(VantageId{1}, 2, 1,
               {Group(Protocol::kTcp, Outcome::kOpen, "22,31337"),
                Group(Protocol::kTcp, Outcome::kFiltered, "1-21")});
  const Listening listening = sink.Take();
  EXPECT_EQ(listening,
            (Listening{{7, *PortSet::Parse("80")}, {9, some}, {4, *PortSet::Parse("22,31337")}}));
}

}  // namespace
}  // namespace podreach
