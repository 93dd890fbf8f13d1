#include "podreach/net/service_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace podreach {
namespace {

Port P(std::uint16_t number) { return *Port::From(number); }

std::string Swept() {
  PortSet ports;
  for (const CatalogPort& entry : PortCatalog()) {
    EXPECT_EQ(entry.protocol, Protocol::kTcp) << entry.service;
    ports.Add(entry.port);
  }
  EXPECT_EQ(ports.size(), PortCatalog().size()) << "a port is asked twice";
  return ports.ToString();
}

// What every scan asks costs every pod, node and API server an attempt a vantage: a change of these
// is one of the scan's price.
TEST(ServiceCatalogTest, SaysWhoIsAskedForWhat) {
  EXPECT_EQ(Swept(),
            "22,80,443,2375,2379-2380,3306,4194,5432,6379,6443,8001,8080,8443,9090,9200,"
            "10249-10250,10255-10257,10259,11211,15000,27017,44134");
  EXPECT_EQ(NodePorts().ToString(), "22,2375,2379-2380,6443,10249-10250,10255-10257,10259");
  EXPECT_EQ(ControlPlanePorts().ToString(), "2379-2380,8080,10250,10255,10257,10259");
}

TEST(ServiceCatalogTest, IsInOrderAndHasNoEntryTwice) {
  std::set<std::tuple<Protocol, Port, std::string_view>> seen;
  const CatalogPort* last = nullptr;
  for (const CatalogPort& entry : ServiceCatalog()) {
    EXPECT_TRUE(seen.emplace(entry.protocol, entry.port, entry.name).second) << entry.service;
    EXPECT_FALSE(entry.service.empty() || entry.name.empty()) << entry.port.number();
    if (last != nullptr) {
      EXPECT_LE(std::tuple(last->protocol, last->port), std::tuple(entry.protocol, entry.port))
          << entry.service;
    }
    last = &entry;
  }
}

TEST(ServiceCatalogTest, NamesAPortByItsFirstEntry) {
  EXPECT_EQ(FindCatalogPort(Protocol::kTcp, P(80))->service, "HTTP");
  EXPECT_EQ(FindCatalogPort(Protocol::kTcp, P(9093))->name, "alertmanager");
  EXPECT_EQ(FindCatalogPort(Protocol::kUdp, P(443))->service, "QUIC");
  EXPECT_EQ(FindCatalogPort(Protocol::kUdp, P(80)), nullptr);
  EXPECT_EQ(FindCatalogPort(Protocol::kTcp, P(7)), nullptr);
}

TEST(ServiceCatalogTest, KnowsAServiceAtItsPortAndElsewhere) {
  EXPECT_EQ(FindService("kubelet", Protocol::kTcp, P(10255))->severity, Severity::kHigh);
  EXPECT_EQ(FindService("kafka", Protocol::kTcp, P(9093))->service, "Kafka");
  // Elsewhere the least severe: HTTP/2 is Tiller at Tiller's port alone.
  EXPECT_EQ(FindService("http2", Protocol::kTcp, P(44134))->severity, Severity::kCritical);
  EXPECT_EQ(FindService("http2", Protocol::kTcp, P(8080))->severity, Severity::kInfo);
  EXPECT_EQ(FindService("nobody", Protocol::kTcp, P(80)), nullptr);
}

TEST(ServiceCatalogTest, GivesTheBuiltInIntentsTheirPorts) {
  EXPECT_EQ(ServicePorts("etcd", Protocol::kTcp).ToString(), "2379-2380");
  EXPECT_EQ(ServicePorts("kubelet", Protocol::kTcp).ToString(), "10250,10255");
  EXPECT_EQ(ServicePorts("docker", Protocol::kTcp).ToString(), "2375-2376");
  EXPECT_TRUE(ServicePorts("nobody", Protocol::kTcp).empty());
}

TEST(ClusterPortsTest, HoldWhatMattersInClusters) {
  const PortSet ports = ClusterPorts();
  for (const char* port : {"21", "2375", "2379", "6443", "8200", "10250", "10256", "31337"})
    EXPECT_TRUE(ports.Contains(*Port::Parse(port))) << port;
  EXPECT_FALSE(ports.Contains(P(161))) << "a UDP port";
}

}  // namespace
}  // namespace podreach
