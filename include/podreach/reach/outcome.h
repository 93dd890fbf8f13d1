#pragma once

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

/// "open", "closed", "rejected", "filtered", "open-filtered", "unreachable", "local-error",
/// "not-probed".
[[nodiscard]] std::string_view ToString(Outcome outcome);
[[nodiscard]] std::optional<Outcome> ParseOutcome(std::string_view text);

/// What the policies intend for a cell.
enum class Expectation : std::uint8_t { kAllow, kDeny, kUnknown };

/// "allow", "deny", "unknown".
[[nodiscard]] std::string_view ToString(Expectation expectation);

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

/// What a cell's outcome means against its expectation (the design's table of verdicts).
enum class Verdict : std::uint8_t { kAsIntended, kLeak, kBroken, kUnproven, kUnknown };

/// "as-intended", "leak", "broken", "unproven", "unknown".
[[nodiscard]] std::string_view ToString(Verdict verdict);

}  // namespace podreach
