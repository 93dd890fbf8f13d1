#include "podreach/base/severity.h"

namespace podreach {

std::string_view ToString(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
    case Severity::kCritical:
      return "critical";
  }
  return "?";
}

std::optional<Severity> ParseSeverity(std::string_view word) {
  for (const Severity severity : kSeverities) {
    if (word == ToString(severity)) return severity;
  }
  return std::nullopt;
}

}  // namespace podreach
