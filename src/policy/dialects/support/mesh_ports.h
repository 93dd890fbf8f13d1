#pragma once

#include <vector>

#include "policy/dialects/support/mesh.h"
#include "policy/rule.h"

namespace podreach::policy {

/// A mesh whose proxies speak to each other at a port of their own, whatever port was asked for, so
/// that policies of the network see that one.
struct MeshPort {
  const char* mesh;  ///< "Linkerd"
  Port port;
  LabelRequirement own;  ///< of the pod that a policy selects
  LabelRequirement far;  ///< of the other pod
};

[[nodiscard]] std::vector<MeshPort> MeshPortsOf(const Meshes& meshes);

/// Between pods of one mesh a rule of the network may match by its port of that mesh, too, or only
/// by that: which connections go through the mesh isn't read.
void AddMeshPorts(const std::vector<MeshPort>& meshes, std::vector<PolicyRules>& rules);

}  // namespace podreach::policy
