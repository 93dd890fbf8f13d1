#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/world.h"

namespace podreach::sim {

/// Gives Services their addresses, and EndpointSlices as the controller manager makes them.
class ServiceMaker {
 public:
  explicit ServiceMaker(World& world) : world_(world) {}

  void Add(nlohmann::json service) { services_.push_back(std::move(service)); }
  /// A slice that was written: it counts for a Service without a selector.
  void AddSlice(const nlohmann::json& slice);
  /// Once all pods are there.
  void Finish();

 private:
  /// Ready backends by a Service's port, and the pods that they are.
  struct Backend {
    BackendModel place;
    std::uint32_t pod = kAbsent;
  };
  using Backends = std::map<std::string, std::vector<Backend>>;  // by port name

  void FinishOne(nlohmann::json service);
  void Address(nlohmann::json& service);
  [[nodiscard]] Backends Select(const nlohmann::json& service);
  [[nodiscard]] std::optional<std::uint16_t> TargetOf(const nlohmann::json& port,
                                                      const PodModel& pod) const;
  void WriteSlices(const nlohmann::json& service, const Backends& backends);

  World& world_;
  std::vector<nlohmann::json> services_;
  std::map<std::pair<std::string, std::string>, Backends> written_;  // by namespace and Service
  std::map<std::uint32_t, std::vector<std::uint32_t>> pods_in_;      // namespace -> pods
  std::uint32_t next_address_ = 0xC0A80002;                          // 192.168.0.2
  std::uint16_t next_node_port_ = 30000;
};

}  // namespace podreach::sim
