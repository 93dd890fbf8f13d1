#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace podreach {

/// How much a finding, an intent or an open service matters. The order of the values is the rank:
/// a comparison with `<` asks which one matters less.
enum class Severity : std::uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };

/// Every severity, the least first.
inline constexpr std::array kSeverities = {Severity::kInfo, Severity::kLow, Severity::kMedium,
                                           Severity::kHigh, Severity::kCritical};

/// "info", "low", "medium", "high" or "critical".
[[nodiscard]] std::string_view ToString(Severity severity);

/// The severity of that word; nothing where no severity has it.
[[nodiscard]] std::optional<Severity> ParseSeverity(std::string_view word);

}  // namespace podreach
