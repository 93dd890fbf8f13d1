#pragma once

#include <map>
#include <vector>

#include "podreach/wire/service_report.h"
#include "sockets.h"

namespace podreach::probe {

/// What a sweep saw, host by host, ports that ended alike together.
class SweepResults {
 public:
  void Add(const Endpoint& target, const Verdict& verdict);
  [[nodiscard]] const std::map<IpAddress, std::vector<PortGroup>>& hosts() const { return hosts_; }
  void AddService(const Endpoint& target, const ServiceIdentity& service) {
    services_[target] = service;
  }
  [[nodiscard]] const std::map<Endpoint, ServiceIdentity>& services() const { return services_; }
  /// Nothing where nobody asked.
  [[nodiscard]] const ServiceIdentity* FindService(const Endpoint& target) const;
  /// The open ports, interleaved by host so that none is asked much at once.
  [[nodiscard]] std::vector<Endpoint> OpenPorts() const;
  void Clear() {
    hosts_.clear();
    services_.clear();
  }

 private:
  std::map<IpAddress, std::vector<PortGroup>> hosts_;
  std::map<Endpoint, ServiceIdentity> services_;
};

}  // namespace podreach::probe
