#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/findings/scan_report.h"

namespace podreach {

/// Without control characters, ANSI sequences' ESC and BiDi controls; invalid UTF-8 becomes '?'.
[[nodiscard]] std::string Plain(std::string_view text);
/// Plain, and &<>"' escaped for HTML.
[[nodiscard]] std::string Html(std::string_view text);
/// Cut to `width` characters (not bytes), with "..." where something was lost.
[[nodiscard]] std::string Fit(std::string_view text, std::size_t width);
/// Plain text broken at spaces into lines of at most `width` characters.
[[nodiscard]] std::vector<std::string> Wrap(std::string_view text, std::size_t width);

/// The matrix folded: vantages x groups of targets, each the worst of its cells.
struct FoldedMatrix {
  std::vector<std::string> rows;     ///< vantages, without controls
  std::vector<std::string> columns;  ///< namespaces, then "(nodes)", "(control plane)", ...
  std::map<std::pair<std::size_t, std::size_t>, char> glyphs;
};
/// L leak, B broken, ? unproven, u unknown, + allowed and reached, . denied and stopped, - not
/// probed.
[[nodiscard]] FoldedMatrix Fold(const ScanReport& report);
inline constexpr std::string_view kLegend =
    "L leak  B broken  ? unproven  u unknown  + allowed, gets there  . denied, stopped  - not "
    "probed";

/// "98.3 %".
[[nodiscard]] std::string Share(const Coverage& coverage);
/// How many findings of each severity, and the leaks: the last line of a report.
[[nodiscard]] std::string Summary(const ScanReport& report);

}  // namespace podreach
