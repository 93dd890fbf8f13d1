#pragma once

#include <vector>

#include "podreach/plan/scan_plan.h"

namespace podreach {

/// A pod that is asked for its policy class or for its target group, and its ports.
struct Question {
  std::size_t pod = 0;  ///< index into Snapshot::pods
  GroupId group{};
  PortSet tcp;            ///< from every vantage
  PortSet tcp_from_bare;  ///< from bare vantages alone
  PortSet udp;            ///< from every vantage
};

/// For each policy class one pod from everywhere, at ports that listen and at one that doesn't: for
/// a pair of classes, ports with the same expectation for the same reason are one question. For
/// each target group the sensitive and the undeclared ports that listen, from bare vantages. The
/// rotation says which member and which ports have their turn. One entry a pod.
[[nodiscard]] std::vector<Question> ChooseQuestions(const Evaluator& evaluator,
                                                    const PlanOptions& options,
                                                    const Listening& listening,
                                                    const ScanPlan& plan);

}  // namespace podreach
