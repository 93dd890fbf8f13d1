#pragma once

#include <string_view>

#include "podreach/base/result.h"
#include "policy/dialects/support/pod_selectors.h"

namespace podreach::policy {

/// The key that `global()` asks for: it is true of what is in no namespace.
inline constexpr std::string_view kGlobalKey = ":global";

/// Parses Calico's selector language: all(), global(), has(k), k == 'v', k != 'v', k in {'a', 'b'},
/// k not in {..}, k contains 'v', k starts with 'v', k ends with 'v', !, &&, || and parentheses
/// ("!" binds tightest, "||" loosest). The empty text is all(). An Error says where the text is
/// malformed, or that it is too large to be evaluated: 64 KiB of text, 100 levels, 256
/// alternatives of 256 conditions.
[[nodiscard]] Result<AnySelector> ParseCalicoSelector(std::string_view text);

}  // namespace podreach::policy
