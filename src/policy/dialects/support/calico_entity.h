#pragma once

#include <map>
#include <string>
#include <vector>

#include "podreach/cluster/field.h"
#include "podreach/cluster/snapshot.h"
#include "policy/dialects/support/calico_selector.h"
#include "policy/rule.h"

namespace podreach::policy {

/// A NetworkSet or GlobalNetworkSet: addresses under labels.
struct CalicoNetworkSet {
  std::string name;
  std::string ns;  ///< empty for a global one
  Labels labels;   ///< with those that selectors see beside its own
  std::vector<Cidr> nets;
};

/// What rules of Calico's policies refer to.
struct CalicoWorld {
  const Snapshot& snapshot;
  std::vector<CalicoNetworkSet> network_sets;
};

/// The pods that a selector means. `ns` is the policy's own namespace, which it is held to where it
/// has no selector of namespaces; empty for a policy of all namespaces. Problems are the field's.
struct CalicoPodSelector {
  std::string ns;
  std::optional<AnySelector> namespaces;
  AnySelector pods;
};
[[nodiscard]] std::vector<PodPeer> CalicoPods(const CalicoPodSelector& selector,
                                              const Field& field);

/// The selector in a text field; all() where it is absent or malformed, which is a problem of the
/// field then.
[[nodiscard]] AnySelector ReadCalicoSelector(const Field& field, bool denied = false);

/// The ends that an EntityRule (`source` or `destination`) means, as alternatives.
[[nodiscard]] std::vector<RulePeer> ReadCalicoEntity(const Field& entity, const std::string& ns,
                                                     const CalicoWorld& world);

}  // namespace podreach::policy
