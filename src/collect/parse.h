#pragma once

#include <optional>
#include <vector>

#include "podreach/cluster/field.h"
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
/// The pod that stands for the replicas of a Deployment, StatefulSet, DaemonSet, ReplicaSet,
/// ReplicationController, Job or CronJob; nothing where another workload owns it.
[[nodiscard]] std::optional<Pod> ParseTemplate(const Field& object);
[[nodiscard]] std::optional<Service> ParseService(const Field& object);
[[nodiscard]] std::optional<EndpointSlice> ParseEndpointSlice(const Field& object);
[[nodiscard]] std::optional<Namespace> ParseNamespace(const Field& object);
[[nodiscard]] std::optional<Node> ParseNode(const Field& object);
[[nodiscard]] std::optional<PodDisruptionBudget> ParseDisruptionBudget(const Field& object);
/// The webhooks of a MutatingWebhookConfiguration that are called when a pod is created.
[[nodiscard]] std::vector<PodWebhook> ParsePodWebhooks(const Field& object);
/// Any object of a PolicyKind; nothing where it has no name, or is nested too deeply. The spec, or
/// what there is in its place, is moved out of `json`, which `object` is the field of.
[[nodiscard]] std::optional<PolicyDocument> ParsePolicyDocument(const Field& object,
                                                                nlohmann::json& json,
                                                                const PolicyKind& kind);
/// The annotations that meshes look at.
[[nodiscard]] Labels MeshHints(const Field& metadata);

/// Whether an object looks like what a scan makes for its probes: both labels, the name, and the
/// ConfigMap that controls it.
[[nodiscard]] bool HasProbeMarks(const nlohmann::json& object);

}  // namespace podreach
