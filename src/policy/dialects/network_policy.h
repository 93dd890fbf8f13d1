#pragma once

#include <string_view>

#include "policy/rule.h"

namespace podreach::policy {

/// networking.k8s.io/v1 NetworkPolicy as rules. A policy with `problems`, or with something that
/// the API server would refuse (networking/validation), comes back unread: a server that has it may
/// hold other words than these, a server that is given it won't have it.
[[nodiscard]] PolicyRules FromNetworkPolicy(const NetworkPolicy& policy);

/// What stands for the NetworkPolicies that a source couldn't read (SnapshotGap), where the gap is
/// one.
[[nodiscard]] std::optional<PolicyRules> NetworkPoliciesOfGap(const SnapshotGap& gap);

}  // namespace podreach::policy
