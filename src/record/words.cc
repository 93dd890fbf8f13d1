#include <array>

#include "podreach/record/scan_record.h"

namespace podreach {
namespace {

template <class Enum>
struct Word {
  Enum value;
  std::string_view word;
};

template <class Enum, std::size_t N>
std::string_view Find(Enum value, const std::array<Word<Enum>, N>& words) {
  for (const auto& entry : words) {
    if (entry.value == value) return entry.word;
  }
  return "?";
}

template <class Enum, std::size_t N>
std::optional<Enum> Find(std::string_view word, const std::array<Word<Enum>, N>& words) {
  for (const auto& entry : words) {
    if (entry.word == word) return entry.value;
  }
  return std::nullopt;
}

constexpr std::array<Word<Enforcement>, 7> kEnforcements = {{
    {Enforcement::kUnknown, "unknown"},
    {Enforcement::kNoPolicy, "no-policy"},
    {Enforcement::kUnreached, "unreached"},
    {Enforcement::kBySilence, "by-silence"},
    {Enforcement::kByIcmp, "by-icmp"},
    {Enforcement::kByReset, "by-reset"},
    {Enforcement::kNotEnforced, "not-enforced"},
}};

constexpr std::array<Word<Reason>, kReasons> kReasonWords = {{
    {Reason::kNone, "none"},
    {Reason::kControlReaches, "control-reaches"},
    {Reason::kNoControl, "no-control"},
    {Reason::kUdpSilence, "udp-silence"},
    {Reason::kDeadVantage, "dead-vantage"},
    {Reason::kNotEnforced, "not-enforced"},
    {Reason::kLossy, "lossy"},
    {Reason::kOpenElsewhere, "open-elsewhere"},
    {Reason::kResetIsAmbiguous, "reset-is-ambiguous"},
    {Reason::kOneOfSeveral, "one-of-several"},
    {Reason::kServiceRefusal, "service-refusal"},
    {Reason::kUnclearPolicy, "unclear-policy"},
    {Reason::kBackendsDiffer, "backends-differ"},
    {Reason::kNoEndpoint, "no-endpoint"},
    {Reason::kNodePortSource, "node-port-source"},
    {Reason::kSidecar, "sidecar"},
    {Reason::kNoClass, "no-class"},
}};

constexpr std::array<Word<FindingKind>, 13> kFindingKinds = {{
    {FindingKind::kNotEnforced, "not-enforced"},
    {FindingKind::kLeak, "leak"},
    {FindingKind::kBroken, "broken"},
    {FindingKind::kExposed, "exposed"},
    {FindingKind::kUngoverned, "ungoverned"},
    {FindingKind::kUndeclaredListener, "undeclared-listener"},
    {FindingKind::kSelectsNothing, "selects-nothing"},
    {FindingKind::kNoDefaultDeny, "no-default-deny"},
    {FindingKind::kHostNetwork, "host-network"},
    {FindingKind::kDeviation, "deviation"},
    {FindingKind::kIntent, "intent"},
    {FindingKind::kIntentUnproven, "intent-unproven"},
    {FindingKind::kGap, "gap"},
}};

}  // namespace

std::string_view ToString(Enforcement enforcement) { return Find(enforcement, kEnforcements); }
std::optional<Enforcement> ParseEnforcement(std::string_view word) {
  return Find(word, kEnforcements);
}

std::string_view ToString(Reason reason) { return Find(reason, kReasonWords); }
std::optional<Reason> ParseReason(std::string_view word) { return Find(word, kReasonWords); }

bool IsOfExpectation(Reason reason) {
  switch (reason) {
    case Reason::kUnclearPolicy:
    case Reason::kBackendsDiffer:
    case Reason::kNoEndpoint:
    case Reason::kNodePortSource:
    case Reason::kSidecar:
    case Reason::kNoClass:
      return true;
    case Reason::kNone:
    case Reason::kControlReaches:
    case Reason::kNoControl:
    case Reason::kUdpSilence:
    case Reason::kDeadVantage:
    case Reason::kNotEnforced:
    case Reason::kLossy:
    case Reason::kOpenElsewhere:
    case Reason::kResetIsAmbiguous:
    case Reason::kOneOfSeveral:
    case Reason::kServiceRefusal:
      return false;
  }
  return false;
}

std::string_view ToString(FindingKind kind) { return Find(kind, kFindingKinds); }
std::optional<FindingKind> ParseFindingKind(std::string_view word) {
  return Find(word, kFindingKinds);
}

}  // namespace podreach
