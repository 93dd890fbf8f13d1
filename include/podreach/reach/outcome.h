#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace podreach {

/// What a probe saw of one cell, after the controls were asked.
enum class Outcome : std::uint8_t {
  kOpen,      ///< TCP connected and confirmed, or a UDP reply
  kClosed,    ///< a genuine RST; for UDP an ICMP port unreachable from the target itself
  kRejected,  ///< an ICMP error of an enforcer, or an RST that a control shows to be an enforcer's
  kFiltered,  ///< TCP silence, twice, from two source ports
  kOpenFiltered,  ///< UDP silence
  kUnreachable,   ///< no route, or ARP or ND failed
  kLocalError,    ///< our own failure: no descriptor, no port, EPERM
  kNotProbed,  ///< nothing was observed: no probe, a broken report, or the target moved meanwhile
};
inline constexpr std::size_t kOutcomes = 8;

/// "open", "closed", "rejected", "filtered", "open-filtered", "unreachable", "local-error",
/// "not-probed".
[[nodiscard]] std::string_view ToString(Outcome outcome);
[[nodiscard]] std::optional<Outcome> ParseOutcome(std::string_view text);

/// Whether the outcome tells something of the target: it isn't a failure of ours.
[[nodiscard]] constexpr bool IsObserved(Outcome outcome) {
  return outcome != Outcome::kNotProbed && outcome != Outcome::kLocalError;
}

/// What the policies intend for a cell.
enum class Expectation : std::uint8_t { kAllow, kDeny, kUnknown };

/// "allow", "deny", "unknown".
[[nodiscard]] std::string_view ToString(Expectation expectation);
[[nodiscard]] std::optional<Expectation> ParseExpectation(std::string_view text);

/// What an expectation rests on.
enum class Basis : std::uint8_t {
  kRule,       ///< a policy's rule surely allows or denies it, on at least one side
  kIsolation,  ///< denied: a policy isolates, and no rule allows it
  kDefault,    ///< allowed: on neither side a policy's rule allows it, and nothing isolates
  kOwnNode,    ///< allowed: a pod lets in its own node, whatever isolates the pod
  kItself,     ///< allowed: a pod always reaches itself
  kUnknown,    ///< the expectation is unknown
};

/// "rule", "isolation", "default", "own-node", "itself", "unknown".
[[nodiscard]] std::string_view ToString(Basis basis);
[[nodiscard]] std::optional<Basis> ParseBasis(std::string_view text);

/// What a cell's outcome means against its expectation (the design's table of verdicts).
enum class Verdict : std::uint8_t {
  kAsIntended,
  kUngoverned,  ///< it gets through, and no policy governs it: nobody intended it
  kLeak,
  kBroken,
  kUnproven,
  kUnknown,
};

/// How a verdict is shown. One table for every output.
struct VerdictTraits {
  Verdict verdict;
  std::string_view word;  ///< "as-intended"
  char glyph;             ///< in the matrix of a terminal
  int rank;               ///< 0 is the worst: of several cells the lowest rank is shown
};
inline constexpr std::array<VerdictTraits, 6> kVerdicts = {{
    {Verdict::kLeak, "leak", 'L', 0},
    {Verdict::kBroken, "broken", 'B', 1},
    {Verdict::kUnproven, "unproven", '?', 2},
    {Verdict::kUnknown, "unknown", 'u', 3},
    {Verdict::kUngoverned, "ungoverned", 'o', 4},
    {Verdict::kAsIntended, "as-intended", '+', 5},
}};

[[nodiscard]] std::string_view ToString(Verdict verdict);
[[nodiscard]] std::optional<Verdict> ParseVerdict(std::string_view text);

}  // namespace podreach
