#pragma once

#include <string>
#include <vector>

#include "podreach/findings/judge.h"

namespace podreach {

/// What the finders of findings read, and where they put what they find.
struct FindingContext {
  const Evaluator& evaluator;
  const ScanPlan& plan;
  const ScanRecord& record;
  std::vector<Finding>& findings;

  [[nodiscard]] const RecordedVantage& vantage(VantageId id) const {
    return record.vantages[Index(id)];
  }
};

/// At most five lines, and how many more there are; `count` of them in all, where not all are kept.
[[nodiscard]] std::vector<std::string> Some(const std::vector<std::string>& lines,
                                            std::size_t count = 0);

/// "1 vantage", "2 vantages".
[[nodiscard]] std::string Count(std::size_t count, const std::string& noun);

/// Worst first; that policies aren't enforced before all.
void SortFindings(std::vector<Finding>& findings);

/// A number for each (workload, port, protocol): what replicas have in common.
class PortPlaces {
 public:
  explicit PortPlaces(const ScanRecord& record);
  [[nodiscard]] std::uint32_t Of(TargetId target) const { return of_target_[Index(target)]; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  /// "shop/db[StatefulSet]:5432/TCP".
  [[nodiscard]] const std::string& name(std::uint32_t place) const { return names_[place]; }
  /// Nothing where no target is there.
  [[nodiscard]] std::optional<std::uint32_t> Find(const std::string& name) const;
  [[nodiscard]] static std::string Name(const std::string& workload, Port port, Protocol protocol);

 private:
  std::vector<std::uint32_t> of_target_;
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t> numbers_;
};

/// Leaks and broken connections, grouped; and "policies are not enforced".
void FindDisagreements(FindingContext& context);
/// What an attacker looks for: sensitive ports, metadata, exfiltration paths.
void FindExposures(FindingContext& context);
/// Open ports that no policy governs, and ports that listen though nobody declares them.
void FindUngoverned(FindingContext& context);
void FindUndeclaredListeners(FindingContext& context);
/// What the policies alone show: no default deny, policies that select nothing, hostNetwork, gaps.
void FindPolicyFlaws(FindingContext& context);

}  // namespace podreach
