#include <algorithm>

#include "findings/finding_list.h"

namespace podreach {

std::vector<std::string> Some(const std::vector<std::string>& lines) {
  constexpr std::size_t kShown = 5;
  if (lines.size() <= kShown) return lines;
  std::vector<std::string> some(lines.begin(), lines.begin() + kShown);
  some.push_back("and " + std::to_string(lines.size() - kShown) + " more");
  return some;
}

void SortFindings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    const bool a_first = a.id == "PR-NOT-ENFORCED";
    const bool b_first = b.id == "PR-NOT-ENFORCED";
    if (a_first != b_first) return a_first;
    return a.severity != b.severity ? a.severity > b.severity : a.id < b.id;
  });
}

void AddFindings(const Evaluator& evaluator, const Controls& controls, ScanReport& report) {
  std::vector<Finding> findings;
  FindingContext context{evaluator, controls, report, findings};
  FindDisagreements(context);
  FindExposures(context);
  FindPolicyFlaws(context);
  SortFindings(findings);
  report.findings = std::move(findings);
}

}  // namespace podreach
