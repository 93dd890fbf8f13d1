#pragma once

#include <string>

#include "podreach/cluster/field.h"
#include "policy/rule.h"

namespace podreach::policy {

/// kubernetes.io/metadata.name in (ns).
[[nodiscard]] LabelRequirement InNamespace(const std::string& ns);

/// Cilium's EndpointSelector; without a condition on the namespace it means `ns`, or all namespaces
/// where that is empty. What can't be expressed is a problem of its field.
[[nodiscard]] PodPeer ReadCiliumPods(const Field& selector, const std::string& ns);

/// Adds the peers of one entry of a Cilium policy; `prefix` is "from" or "to". False where it has
/// none, or an empty list of them: such an entry matches nothing.
[[nodiscard]] bool ReadCiliumPeers(const Field& entry, const std::string& prefix,
                                   const std::string& ns, Rule& rule);

}  // namespace podreach::policy
