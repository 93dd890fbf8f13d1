#pragma once

#include "findings/judge.h"

namespace podreach {

/// What the finders of findings read, and where they put what they find.
struct FindingContext {
  const Evaluator& evaluator;
  const Controls& controls;
  const ScanReport& report;
  std::vector<Finding>& findings;

  [[nodiscard]] const Vantage& vantage(const JudgedCell& cell) const {
    return report.plan.vantages[Index(cell.vantage)];
  }
  [[nodiscard]] const Target& target(const JudgedCell& cell) const {
    return report.plan.targets[Index(cell.target)];
  }
};

/// At most five lines, and how many more there are.
[[nodiscard]] std::vector<std::string> Some(const std::vector<std::string>& lines);

/// Worst first; that policies aren't enforced before all.
void SortFindings(std::vector<Finding>& findings);

/// Leaks and broken connections, grouped; and "policies are not enforced".
void FindDisagreements(FindingContext& context);
/// What an attacker looks for: sensitive ports, metadata, exfiltration paths.
void FindExposures(FindingContext& context);
/// What the policies alone show: no default deny, policies that select nothing, hostNetwork, gaps.
void FindPolicyFlaws(FindingContext& context);

}  // namespace podreach
