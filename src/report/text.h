#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace podreach {

/// On one line and without control characters, ANSI sequences' ESC and BiDi controls; invalid
/// UTF-8 becomes '?'.
[[nodiscard]] std::string Plain(std::string_view text);
/// Plain, and &<>"' escaped for HTML.
[[nodiscard]] std::string Html(std::string_view text);
/// How many columns of a terminal plain text takes, at most.
[[nodiscard]] std::size_t Columns(std::string_view plain);
/// Cut to `width` columns, with "..." where something was lost.
[[nodiscard]] std::string Fit(std::string_view text, std::size_t width);
/// Fit, and filled up to `width` columns with spaces.
[[nodiscard]] std::string Padded(std::string_view text, std::size_t width);
/// Plain text broken at spaces into lines of at most `width` columns; one line at least.
[[nodiscard]] std::vector<std::string> Wrap(std::string_view text, std::size_t width);
/// "4,512".
[[nodiscard]] std::string Grouped(std::uint64_t number);

}  // namespace podreach
