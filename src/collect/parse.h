#pragma once

#include <optional>
#include <vector>

#include "collect/field.h"
#include "podreach/cluster/snapshot.h"

namespace podreach {

/// Each takes the root of one object of its kind and gives what of it bears on reachability. What
/// is malformed becomes a problem of the field and is left out; nothing is given where the object
/// has no name.

/// meta/v1 ObjectMeta, as far as every kind needs it.
struct ObjectName {
  std::string ns;
  std::string name;
  std::string uid;
};
[[nodiscard]] std::optional<ObjectName> ParseName(const Field& object);

[[nodiscard]] std::optional<Pod> ParsePod(const Field& object);
[[nodiscard]] std::optional<Service> ParseService(const Field& object);
[[nodiscard]] std::optional<EndpointSlice> ParseEndpointSlice(const Field& object);
[[nodiscard]] std::optional<Namespace> ParseNamespace(const Field& object);
[[nodiscard]] std::optional<Node> ParseNode(const Field& object);
[[nodiscard]] std::optional<PodDisruptionBudget> ParseDisruptionBudget(const Field& object);
/// The webhooks of a MutatingWebhookConfiguration that are called when a pod is created.
[[nodiscard]] std::vector<PodWebhook> ParsePodWebhooks(const Field& object);
/// Its `problems` are left to the caller to fill.
[[nodiscard]] std::optional<NetworkPolicy> ParseNetworkPolicy(const Field& object);

/// Whether podreach made this pod as a probe: by its managed-by label and, because a label alone is
/// an easy way for anyone to hide from an audit, by the ConfigMap that controls it.
[[nodiscard]] bool IsProbePod(const nlohmann::json& pod);
/// Whether an object wears app.kubernetes.io/managed-by=podreach.
[[nodiscard]] bool HasOwnLabel(const nlohmann::json& object);

}  // namespace podreach
