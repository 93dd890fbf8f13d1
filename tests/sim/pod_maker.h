#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "tests/sim/world.h"

namespace podreach::sim {

/// Makes running pods of workloads, and of Pods as they were written.
class PodMaker {
 public:
  explicit PodMaker(World& world) : world_(world) {}

  [[nodiscard]] static bool Makes(std::string_view kind);
  /// How many pods an object stands for; of a DaemonSet, none.
  [[nodiscard]] static std::size_t CountOf(const nlohmann::json& object);
  /// Keeps the object, and makes its pods and what stands between (a Deployment's ReplicaSet).
  void Add(nlohmann::json object);

 private:
  void AddReplicas(const nlohmann::json& owner, const nlohmann::json& pod_template,
                   std::size_t count);
  void AddStatefulPods(const nlohmann::json& owner, const nlohmann::json& pod_template,
                       std::size_t count);
  void AddWrittenPod(const nlohmann::json& object);
  void AddPod(const std::string& name, const nlohmann::json& metadata, const nlohmann::json& spec,
              std::optional<std::uint32_t> node);
  [[nodiscard]] nlohmann::json Keep(nlohmann::json object);

  World& world_;
};

/// The declared ports of a pod's spec.
[[nodiscard]] std::vector<DeclaredPort> DeclaredPorts(const nlohmann::json& spec, TextTable& texts);
/// What listens where its containers do as they declare.
[[nodiscard]] std::vector<Listener> ListenersOf(const std::vector<DeclaredPort>& ports);

}  // namespace podreach::sim
