#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "podreach/findings/scan_report.h"

namespace podreach {

/// What a cell shows, worst first: what wasn't probed is worse than what is as intended.
enum class Mark : std::uint8_t {
  kLeak,
  kBroken,
  kUnproven,
  kNotProbed,
  kUnknown,
  kDenied,
  kAllowed
};
inline constexpr std::size_t kMarks = 7;

[[nodiscard]] Mark MarkOf(const JudgedCell& cell);
/// 'L', 'B', '?', '-', 'u', '.', '+'.
[[nodiscard]] char Glyph(Mark mark);
/// "leak", "broken", "unproven", "not probed", "unknown", "denied, stopped", "allowed, gets there".
[[nodiscard]] std::string_view Words(Mark mark);
/// "L leak  B broken  ...".
[[nodiscard]] std::string Legend();

/// Cells of one vantage and one column.
struct FoldedCell {
  std::array<std::size_t, kMarks> counts{};
  Mark worst = Mark::kAllowed;
  std::size_t example = 0;  ///< index into ScanReport::cells: the first of the worst
};

struct FoldedMatrix {
  struct Column {
    std::string group;  ///< a namespace, or "(nodes)", "(control plane)", ...
    std::string name;   ///< the group again, or the workload
  };
  std::vector<std::string> rows;  ///< bare and twin vantages, as the plan orders them
  std::vector<Column> columns;    ///< namespaces first, then places in brackets
  std::map<std::pair<std::size_t, std::size_t>, FoldedCell> cells;  ///< by (row, column)
};

enum class FoldBy : std::uint8_t { kGroup, kWorkload };
/// Cells whose vantage or target the plan doesn't have are left out.
[[nodiscard]] FoldedMatrix Fold(const ScanReport& report, FoldBy by);

/// "98.2 %", rounded down: 100.0 % is said of all alone.
[[nodiscard]] std::string Share(const Coverage& coverage);
/// "98.2 % of 4,512 cells probed; 12 of 13 namespaces".
[[nodiscard]] std::string CoverageLine(const Coverage& coverage);
/// Whether the canary showed that the network ignores policies, which goes before all else.
[[nodiscard]] bool PoliciesIgnored(const ScanReport& report);
/// "0 leak, 2 broken, 4,431 as-intended, 78 unproven, 1 unknown".
[[nodiscard]] std::string VerdictCounts(const ScanReport& report);
/// "5 findings: 1 critical, 0 high, 2 medium, 1 low, 1 info".
[[nodiscard]] std::string Summary(const ScanReport& report);
/// "snapshot 0.4 s, sweep 12.0 s".
[[nodiscard]] std::string PhaseTimes(const ScanReport& report);

}  // namespace podreach
