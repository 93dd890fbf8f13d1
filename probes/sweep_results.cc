#include "sweep_results.h"

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

}  // namespace podreach::probe
