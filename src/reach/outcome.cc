#include "podreach/reach/outcome.h"

namespace podreach {
namespace {

/// The value whose word is `text`; nothing where none has it.
template <class Enum, std::size_t N>
std::optional<Enum> Parse(std::string_view text, const std::array<Enum, N>& values) {
  for (const Enum value : values) {
    if (ToString(value) == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOpen:
      return "open";
    case Outcome::kClosed:
      return "closed";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kFiltered:
      return "filtered";
    case Outcome::kOpenFiltered:
      return "open-filtered";
    case Outcome::kUnreachable:
      return "unreachable";
    case Outcome::kLocalError:
      return "local-error";
    case Outcome::kNotProbed:
      return "not-probed";
  }
  return "?";
}

std::optional<Outcome> ParseOutcome(std::string_view text) {
  return Parse(text, std::array{Outcome::kOpen, Outcome::kClosed, Outcome::kRejected,
                                Outcome::kFiltered, Outcome::kOpenFiltered, Outcome::kUnreachable,
                                Outcome::kLocalError, Outcome::kNotProbed});
}

std::string_view ToString(Expectation expectation) {
  switch (expectation) {
    case Expectation::kAllow:
      return "allow";
    case Expectation::kDeny:
      return "deny";
    case Expectation::kUnknown:
      return "unknown";
  }
  return "?";
}

std::optional<Expectation> ParseExpectation(std::string_view text) {
  return Parse(text, std::array{Expectation::kAllow, Expectation::kDeny, Expectation::kUnknown});
}

std::string_view ToString(Basis basis) {
  switch (basis) {
    case Basis::kRule:
      return "rule";
    case Basis::kIsolation:
      return "isolation";
    case Basis::kDefault:
      return "default";
    case Basis::kOwnNode:
      return "own-node";
    case Basis::kItself:
      return "itself";
    case Basis::kUnknown:
      return "unknown";
  }
  return "?";
}

std::optional<Basis> ParseBasis(std::string_view text) {
  return Parse(text, std::array{Basis::kRule, Basis::kIsolation, Basis::kDefault, Basis::kOwnNode,
                                Basis::kItself, Basis::kUnknown});
}

std::string_view ToString(Verdict verdict) {
  for (const VerdictTraits& traits : kVerdicts) {
    if (traits.verdict == verdict) return traits.word;
  }
  return "?";
}

std::optional<Verdict> ParseVerdict(std::string_view text) {
  for (const VerdictTraits& traits : kVerdicts) {
    if (traits.word == text) return traits.verdict;
  }
  return std::nullopt;
}

}  // namespace podreach
