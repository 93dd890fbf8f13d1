#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace podreach::wire {

/// The largest number that this writing holds: six digits of five bits.
inline constexpr std::uint32_t kMaxVlq = (1U << 30U) - 1U;

/// Appends a number in base 32, the lowest digit first, each digit as a character of base64url (RFC
/// 4648, section 5) whose sixth bit says that another digit follows. `number` is at most kMaxVlq.
void AppendVlq(std::string& text, std::uint32_t number);

/// Cuts a number off the front of the text. Nothing where there is none, where it exceeds kMaxVlq,
/// and where it has a digit too many: a number has one writing.
[[nodiscard]] std::optional<std::uint32_t> CutVlq(std::string_view& text);

}  // namespace podreach::wire
