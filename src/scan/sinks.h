#pragma once

#include <map>
#include <vector>

#include "podreach/fleet/probe_fleet.h"
#include "podreach/plan/scan_plan.h"
#include "scan/host_orders.h"

namespace podreach {

/// Puts what probes report into a matrix. By vantage: the orders that it was given.
class MatrixSink : public ReportSink {
 public:
  MatrixSink(std::vector<const HostOrders*> orders, ReachMatrix& matrix)
      : orders_(std::move(orders)), matrix_(matrix) {}
  void OnHosts(VantageId vantage, std::uint32_t first, std::uint32_t count,
               const std::vector<PortGroup>& groups) override;
  void OnService(VantageId vantage, const ServiceReport& service) override;

  /// What answered, by vantage and endpoint.
  [[nodiscard]] const std::map<std::pair<VantageId, Endpoint>, ServiceIdentity>& services() const {
    return services_;
  }

 private:
  std::vector<const HostOrders*> orders_;
  ReachMatrix& matrix_;
  std::map<std::pair<VantageId, Endpoint>, ServiceIdentity> services_;
};

/// Collects which TCP ports of which pods listen.
class ListeningSink : public ReportSink {
 public:
  /// `hosts`: by vantage, as they were ordered.
  explicit ListeningSink(const std::vector<std::vector<DiscoveryPlan::Host>>& hosts)
      : hosts_(hosts) {}
  void OnHosts(VantageId vantage, std::uint32_t first, std::uint32_t count,
               const std::vector<PortGroup>& groups) override;
  void OnService(VantageId, const ServiceReport&) override {}
  [[nodiscard]] Listening Take() { return std::move(listening_); }

 private:
  const std::vector<std::vector<DiscoveryPlan::Host>>& hosts_;
  Listening listening_;
};

}  // namespace podreach
