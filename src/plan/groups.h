#pragma once

#include <vector>

#include "podreach/plan/scan_plan.h"

namespace podreach {

/// Whether a pod is asked at all: it runs and has an address.
[[nodiscard]] bool IsAsked(const Pod& pod);

/// The target groups of the pods in the scope, by namespace, workload and class.
[[nodiscard]] std::vector<TargetGroup> GroupPods(const Evaluator& evaluator,
                                                 const PlanOptions& options);

[[nodiscard]] PortSet DeclaredPorts(const Pod& pod, Protocol protocol);

/// The member whose turn it is: rotation after rotation, each has its turn once.
template <class List>
[[nodiscard]] const auto& InTurn(const List& list, std::uint64_t rotation) {
  return list[static_cast<std::size_t>(rotation % list.size())];
}

}  // namespace podreach
