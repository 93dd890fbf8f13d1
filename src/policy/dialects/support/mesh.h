#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "policy/dialect.h"
#include "policy/rule.h"

namespace podreach::policy {

/// The layers of the meshes, by the names that their dialects register them with.
inline constexpr std::string_view kIstioLayer = "istio";
inline constexpr std::string_view kLinkerdLayer = "linkerd";
inline constexpr std::string_view kConsulLayer = "consul";

/// Adds what selectors ask of a pod beside its labels: under the keys of rule.h that begin with
/// ':'. A proxy among the containers puts it into a mesh; of a template, that it or its namespace
/// asks for one, too.
void AddPseudoLabels(const Pod& pod, const Namespace* ns, Labels& labels);

/// Which of those keys there are.
[[nodiscard]] const std::vector<std::string_view>& PseudoLabels();

[[nodiscard]] Meshes MeshesOf(const Pod& pod, const Namespace* ns);
[[nodiscard]] Meshes MeshesOf(const Snapshot& snapshot);
[[nodiscard]] bool HasKey(const Meshes& meshes, std::string_view key);

/// Meshes concern TCP alone.
[[nodiscard]] RulePorts AllTcp();

/// For pods that their annotations keep out of Linkerd or Consul in part, and those of which the
/// name in Consul isn't known: any answer of the mesh.
void AddMeshDoubts(std::vector<PolicyRules>& rules);

/// What Linkerd lets into the ports that no Server speaks of, for each of the pods' default inbound
/// policies, and Consul where no intention does.
void AddLinkerdDefaults(const std::set<std::string>& modes, std::vector<PolicyRules>& rules);
void AddConsulDefaults(std::vector<PolicyRules>& rules);

}  // namespace podreach::policy
