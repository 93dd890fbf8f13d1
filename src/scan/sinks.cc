#include "scan/sinks.h"

#include <algorithm>
#include <tuple>

namespace podreach {
namespace {

Observation ToObservation(const PortGroup& group) {
  return {.outcome = group.state,
          .unsure = group.unsure,
          .icmp = group.icmp,
          .error_number = group.error_number};
}

}  // namespace

void MatrixSink::OnHosts(VantageId vantage, std::uint32_t first, std::uint32_t count,
                         const std::vector<PortGroup>& groups) {
  const HostOrders* orders = orders_[Index(vantage)];
  if (orders == nullptr) return;
  for (const PortGroup& group : groups) {
    const Observation seen = ToObservation(group);
    for (std::size_t slot = orders->first[first]; slot < orders->first[first + count]; ++slot) {
      const HostOrders::Slot& asked = orders->slots[slot];
      if (asked.protocol != group.protocol) continue;
      if (group.all || group.ports.Contains(asked.port)) matrix_.Set(vantage, asked.position, seen);
    }
  }
}

void MatrixSink::OnService(VantageId vantage, const ServiceReport& service) {
  services_[{vantage, service.endpoint}] = service.service;
}

void ListeningSink::OnHosts(VantageId vantage, std::uint32_t first, std::uint32_t count,
                            const std::vector<PortGroup>& groups) {
  for (const PortGroup& group : groups) {
    if (group.protocol != Protocol::kTcp || group.state != Outcome::kOpen) continue;
    for (std::uint32_t i = first; i < first + count; ++i) {
      const DiscoveryPlan::Host& host = hosts_[Index(vantage)][i];
      listening_[host.pod].Add(group.all ? host.tcp : group.ports);
    }
  }
}

}  // namespace podreach
