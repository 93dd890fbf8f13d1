#include "podreach/plan/scan_plan.h"

namespace podreach {

std::string_view ToString(Depth depth) {
  switch (depth) {
    case Depth::kQuick:
      return "quick";
    case Depth::kStandard:
      return "standard";
    case Depth::kFull:
      return "full";
  }
  return "?";
}

std::optional<Depth> ParseDepth(std::string_view word) {
  for (const Depth depth : {Depth::kQuick, Depth::kStandard, Depth::kFull}) {
    if (ToString(depth) == word) return depth;
  }
  return std::nullopt;
}

Labels ProbeLabels(const std::string& scan_id) {
  return {{"app.kubernetes.io/managed-by", "podreach"}, {"podreach.io/scan-id", scan_id}};
}

}  // namespace podreach
