#include "sweep_results.h"

#include <algorithm>

namespace podreach::probe {

void SweepResults::Add(const Endpoint& target, const Verdict& verdict) {
  auto& groups = hosts_[target.address];
  for (PortGroup& group : groups) {
    if (group.protocol == target.protocol && group.state == verdict.state &&
        group.icmp == verdict.icmp && group.error_number == verdict.error_number &&
        group.unsure != verdict.sure) {
      return group.ports.Add(target.port);
    }
  }
  PortSet ports;
  ports.Add(target.port);
  groups.push_back(
      {target.protocol, verdict.state, ports, verdict.icmp, verdict.error_number, !verdict.sure});
}

const ServiceIdentity* SweepResults::FindService(const Endpoint& target) const {
  const auto found = services_.find(target);
  return found == services_.end() ? nullptr : &found->second;
}

std::vector<Endpoint> SweepResults::OpenPorts() const {
  std::vector<std::pair<std::size_t, Endpoint>> ranked;  // by how many of its host come before
  for (const auto& [address, groups] : hosts_) {
    std::size_t rank = 0;
    for (const PortGroup& group : groups) {
      if (group.state != Outcome::kOpen) continue;
      for (const PortRange& range : group.ports.ranges()) {
        for (unsigned number = range.first.number(); number <= range.last.number(); ++number) {
          const auto port = *Port::From(static_cast<std::uint16_t>(number));
          ranked.push_back({rank++, {address, group.protocol, port}});
        }
      }
    }
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<Endpoint> ports;
  ports.reserve(ranked.size());
  for (const auto& [rank, endpoint] : ranked) ports.push_back(endpoint);
  return ports;
}

}  // namespace podreach::probe
