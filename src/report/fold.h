#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/record/scan_record.h"

namespace podreach {

/// What a cell shows, worst first: what wasn't probed is worse than what is as intended.
enum class Mark : std::uint8_t {
  kLeak,
  kBroken,
  kUnproven,
  kNotProbed,
  kUnknown,
  kUngoverned,
  kDenied,
  kAllowed
};
inline constexpr std::size_t kMarks = 8;

[[nodiscard]] Mark MarkOf(const CellKind& cell);
/// 'L', 'B', '?', '-', 'u', 'o', '.', '+'.
[[nodiscard]] char Glyph(Mark mark);
/// "leak", "broken", "unproven", "not probed", "unknown", "ungoverned", "denied, stopped",
/// "allowed, gets there".
[[nodiscard]] std::string_view Words(Mark mark);
/// "L leak  B broken  ...".
[[nodiscard]] std::string Legend();

/// Cells of one row and one column.
struct FoldedCell {
  std::array<std::uint32_t, kMarks> counts{};
  Mark worst = Mark::kAllowed;
  TargetId example{};  ///< a target of the worst mark
  Outcome outcome = Outcome::kNotProbed;
  [[nodiscard]] bool empty() const;
};

/// The matrix of the bare and twin vantages, folded. Where there would be more than `most` rows or
/// columns, rows are namespaces, too, and those in which nothing is wrong are left out.
struct FoldedMatrix {
  struct Column {
    std::string group;  ///< a namespace, or "(nodes)", "(control plane)", ...
    std::string name;   ///< the group again, or the workload
  };
  std::vector<std::string> rows;  ///< in the plan's order
  std::vector<Column> columns;    ///< namespaces first, then places in brackets
  std::vector<FoldedCell> cells;  ///< row by row
  std::size_t rows_left_out = 0;
  std::size_t columns_left_out = 0;

  [[nodiscard]] const FoldedCell& At(std::size_t row, std::size_t column) const {
    return cells[row * columns.size() + column];
  }
};

enum class FoldBy : std::uint8_t { kGroup, kWorkload };
[[nodiscard]] FoldedMatrix Fold(const ScanRecord& record, FoldBy by, std::size_t most);

/// "98.2 %", rounded down: 100.0 % is said of all alone.
[[nodiscard]] std::string Percent(const Share& share);
/// The coverage in lines, cells first: "98.2 % of 4,512 cells probed; 12 of 13 namespaces".
[[nodiscard]] std::vector<std::string> CoverageLines(const ScanRecord& record);
/// "0 leak, 2 broken, 12 ungoverned, 4,431 as-intended, 78 unproven, 1 unknown".
[[nodiscard]] std::string VerdictCounts(const ScanRecord& record);
/// "5 findings: 1 critical, 0 high, 2 medium, 1 low, 1 info".
[[nodiscard]] std::string Summary(const ScanRecord& record);
/// "snapshot 0.4 s, sweep 12.0 s".
[[nodiscard]] std::string PhaseTimes(const ScanRecord& record);
/// What isn't covered, a line each; those with one reason together where there are many.
[[nodiscard]] std::vector<std::string> NotCoveredLines(const Coverage& coverage);

}  // namespace podreach
