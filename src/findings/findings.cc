#include <algorithm>

#include "findings/finding_context.h"

namespace podreach {

std::vector<std::string> Some(const std::vector<std::string>& lines, std::size_t count) {
  constexpr std::size_t kShown = 5;
  count = std::max(count, lines.size());
  if (count <= kShown) return lines;
  std::vector<std::string> some(lines.begin(), lines.begin() + kShown);
  some.push_back("and " + std::to_string(count - kShown) + " more");
  return some;
}

std::string Count(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void SortFindings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    const bool a_first = a.kind == FindingKind::kNotEnforced;
    const bool b_first = b.kind == FindingKind::kNotEnforced;
    if (a_first != b_first) return a_first;
    return a.severity != b.severity ? a.severity > b.severity : a.id < b.id;
  });
}

std::string PortPlaces::Name(const std::string& workload, Port port, Protocol protocol) {
  return workload + ":" + std::to_string(port.number()) + "/" + std::string(ToString(protocol));
}

PortPlaces::PortPlaces(const ScanRecord& record) {
  of_target_.reserve(record.targets.size());
  for (const Target& target : record.targets) {
    std::string name =
        Name(record.places[Index(target.place)].workload, target.port, target.protocol);
    const auto [known, added] =
        numbers_.try_emplace(std::move(name), static_cast<std::uint32_t>(names_.size()));
    if (added) names_.push_back(known->first);
    of_target_.push_back(known->second);
  }
}

std::optional<std::uint32_t> PortPlaces::Find(const std::string& name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

void AddFindings(const Evaluator& evaluator, const ScanPlan& plan, ScanRecord& record) {
  std::vector<Finding> findings;
  FindingContext context{evaluator, plan, record, findings};
  FindDisagreements(context);
  FindExposures(context);
  FindUngoverned(context);
  FindUndeclaredListeners(context);
  FindPolicyFlaws(context);
  SortFindings(findings);
  record.findings = std::move(findings);
}

}  // namespace podreach
