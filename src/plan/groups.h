#pragma once

#include <cstdint>
#include <vector>

#include "podreach/plan/scan_plan.h"

namespace podreach {

/// Whether a pod is asked at all: it runs and has an address.
[[nodiscard]] bool IsAsked(const Pod& pod);

/// The target groups of the pods in the scope, by namespace, workload and class.
[[nodiscard]] std::vector<TargetGroup> GroupPods(const Evaluator& evaluator,
                                                 const PlanOptions& options);

[[nodiscard]] PortSet DeclaredPorts(const Pod& pod, Protocol protocol);

/// Which of `count` things has its turn: in each `count` rotations that follow each other every one
/// has it once. `what` tells kinds of things apart: where two kinds went in step, some pairs of
/// them would never meet, so each kind begins elsewhere after each time through.
enum class TurnOf : std::uint8_t { kPlain, kClass, kMember, kPort };
[[nodiscard]] std::size_t Turn(std::uint64_t rotation, std::size_t count,
                               TurnOf what = TurnOf::kPlain);

template <class List>
[[nodiscard]] const auto& InTurn(const List& list, std::uint64_t rotation,
                                 TurnOf what = TurnOf::kPlain) {
  return list[Turn(rotation, list.size(), what)];
}

}  // namespace podreach
