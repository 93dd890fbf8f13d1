#pragma once

#include <string>

#include "podreach/plan/scan_plan.h"

namespace podreach {

/// What the user limited a scan to.
class Scope {
 public:
  explicit Scope(const PlanOptions& options) : options_(options) {}

  /// Whether targets and vantages are looked for in the namespace at all.
  [[nodiscard]] bool Takes(const std::string& ns) const;
  /// `workload`: its name without its kind; empty for a pod without labels.
  [[nodiscard]] bool TakesVantage(const std::string& ns, const std::string& workload) const;
  [[nodiscard]] bool TakesTarget(const Pod& pod) const;
  [[nodiscard]] bool TakesService(const Service& service) const;
  /// Whether what isn't in a namespace is asked: nodes, the control plane, metadata.
  [[nodiscard]] bool TakesPlaces() const { return options_.to.empty() && !options_.selector; }

 private:
  const PlanOptions& options_;
};

}  // namespace podreach
