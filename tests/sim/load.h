#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "podreach/base/result.h"
#include "tests/sim/world.h"

namespace podreach::sim {

struct LoadOptions {
  /// A folder of .json and .yaml files, or one such file: JSON documents, several of them parted by
  /// lines of "---", Lists among them. YAML that isn't JSON is refused.
  std::filesystem::path objects;
  /// What deviates from the objects; see README.md. May be empty.
  std::filesystem::path table;
  std::uint32_t nodes = 0;  ///< 0: as many as the pods need at 30 a node
  std::uint32_t pods_per_node = 110;
  bool system = true;  ///< adds CoreDNS and the API server's Service
};

/// Fills an empty world: reads the objects, makes nodes, expands workloads to pods with their
/// ReplicaSets, gives pods and Services addresses, and Services their EndpointSlices. Errors name
/// the file.
[[nodiscard]] Result<void> Load(const LoadOptions& options, World& world);

/// The objects of a folder or file.
[[nodiscard]] Result<std::vector<nlohmann::json>> ReadObjects(const std::filesystem::path& path);
/// Applies a table of deviations (README.md).
[[nodiscard]] Result<void> ApplyTable(const std::filesystem::path& file, World& world);

}  // namespace podreach::sim
