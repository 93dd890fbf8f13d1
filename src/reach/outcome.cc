#include "podreach/reach/outcome.h"

namespace podreach {

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOpen: return "open";
    case Outcome::kClosed: return "closed";
    case Outcome::kRejected: return "rejected";
    case Outcome::kFiltered: return "filtered";
    case Outcome::kOpenFiltered: return "open-filtered";
    case Outcome::kUnreachable: return "unreachable";
    case Outcome::kLocalError: return "local-error";
    case Outcome::kNotProbed: return "not-probed";
  }
  return "?";
}

std::optional<Outcome> ParseOutcome(std::string_view text) {
  for (const auto outcome :
       {Outcome::kOpen, Outcome::kClosed, Outcome::kRejected, Outcome::kFiltered, Outcome::kOpenFiltered,
        Outcome::kUnreachable, Outcome::kLocalError, Outcome::kNotProbed}) {
    if (ToString(outcome) == text) return outcome;
  }
  return std::nullopt;
}

std::string_view ToString(Expectation expectation) {
  switch (expectation) {
    case Expectation::kAllow: return "allow";
    case Expectation::kDeny: return "deny";
    case Expectation::kUnknown: return "unknown";
  }
  return "?";
}

std::string_view ToString(Basis basis) {
  switch (basis) {
    case Basis::kRule: return "rule";
    case Basis::kIsolation: return "isolation";
    case Basis::kDefault: return "default";
    case Basis::kOwnNode: return "own-node";
    case Basis::kItself: return "itself";
    case Basis::kUnknown: return "unknown";
  }
  return "?";
}

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAsIntended: return "as-intended";
    case Verdict::kLeak: return "leak";
    case Verdict::kBroken: return "broken";
    case Verdict::kUnproven: return "unproven";
    case Verdict::kUnknown: return "unknown";
  }
  return "?";
}

}  // namespace podreach
