#include "scan/host_orders.h"

#include <algorithm>
#include <numeric>

namespace podreach {
namespace {

/// The positions in the order in which a probe is told of them. An ask goes by address already, but
/// for what a later wave added to it.
std::vector<std::uint32_t> ByAddress(const ScanPlan& plan, const std::vector<TargetId>& ask,
                                     const std::vector<std::uint32_t>* positions) {
  std::vector<std::uint32_t> sorted;
  if (positions != nullptr) {
    sorted = *positions;
  } else {
    sorted.resize(ask.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
  }
  const auto endpoint = [&](std::uint32_t position) {
    return EndpointOf(plan.place(ask[position]), plan.target(ask[position]));
  };
  if (!std::ranges::is_sorted(sorted, {}, endpoint)) std::ranges::sort(sorted, {}, endpoint);
  return sorted;
}

}  // namespace

HostOrders MakeHostOrders(const ScanPlan& plan, const std::vector<TargetId>& ask,
                          const std::vector<std::uint32_t>* positions) {
  HostOrders orders;
  std::vector<HostOrder> hosts;
  for (const std::uint32_t position : ByAddress(plan, ask, positions)) {
    const Place& place = plan.place(ask[position]);
    const Target& target = plan.target(ask[position]);
    if (place.address == IpAddress()) continue;
    if (hosts.empty() || hosts.back().address != place.address) {
      hosts.push_back({place.address, {}, {}});
      orders.first.push_back(static_cast<std::uint32_t>(orders.slots.size()));
    }
    (target.protocol == Protocol::kUdp ? hosts.back().udp : hosts.back().tcp).Add(target.port);
    orders.slots.push_back({target.protocol, target.port, position});
  }
  orders.first.push_back(static_cast<std::uint32_t>(orders.slots.size()));
  orders.hosts = std::make_shared<const std::vector<HostOrder>>(std::move(hosts));
  return orders;
}

}  // namespace podreach
