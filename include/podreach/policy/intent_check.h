#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "podreach/policy/evaluator.h"
#include "podreach/policy/intent.h"

namespace podreach {

/// A pair of ends for which an intent doesn't hold, or can't be judged.
struct IntentBreach {
  std::size_t intent = 0;  ///< index into what was checked
  bool unknown = false;
  std::string source;  ///< "shop/web[Deployment]", "node n1", "10.0.0.0-10.0.0.255"
  std::string destination;
  std::array<PortSet, 3> ports;     ///< by Protocol
  std::vector<DecidingRule> rules;  ///< what decides for the first of them; may be empty
};

/// A lint that doesn't hold.
struct LintBreach {
  PolicyLint lint;
  std::string subject;  ///< "namespace shop", "shop/db"
  std::string text;
};

struct IntentReport {
  std::vector<IntentBreach> breaches;  ///< by intent, source, destination
  std::vector<LintBreach> lints;
};

/// Whether something keeps a pod of this class from being reached from everywhere, or from reaching
/// everything, by TCP; nothing where that isn't known. Asked of a pod without labels: whether its
/// namespace denies by default, by policies of whatever kind.
[[nodiscard]] std::optional<bool> DeniesByDefault(const Evaluator& evaluator, ClassId bare,
                                                  DecidingRule::Direction direction);

/// Holds intents against what the policies intend. Pods are compared by what tells them apart to
/// policies and intents, and shown by workload. Between nodes, and between addresses outside,
/// nothing is judged: no policy governs them. Without nodes in the snapshot (manifests), one that
/// isn't known stands for them. Adds classes to `evaluator`.
[[nodiscard]] IntentReport CheckIntents(Evaluator& evaluator, const std::vector<Intent>& intents,
                                        const std::vector<PolicyLint>& lints);

}  // namespace podreach
