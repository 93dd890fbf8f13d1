#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace podreach {

/// How much of a second a time's text has.
enum class Fraction : std::uint8_t { kNone, kMilliseconds };

/// A time in UTC as RFC 3339 writes it: "2026-11-27T03:17:00Z", or "2026-11-27T03:17:00.250Z". What
/// is finer than the text is cut off.
[[nodiscard]] std::string Rfc3339(std::chrono::system_clock::time_point time,
                                  Fraction fraction = Fraction::kNone);

/// A time in UTC by the conversions of strftime(3). `format` gives at most 127 bytes.
[[nodiscard]] std::string FormatUtc(std::chrono::system_clock::time_point time, const char* format);

}  // namespace podreach
