#include "report/fold.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace podreach {
namespace {

std::string GroupOf(const Place& place) {
  switch (place.kind) {
    case TargetKind::kPod:
    case TargetKind::kService:
    case TargetKind::kDns:
    case TargetKind::kProbe:
      return place.ns.empty() ? "(no namespace)" : place.ns;
    case TargetKind::kNode:
    case TargetKind::kNodePort:
    case TargetKind::kHostNetworkPod:
      return "(nodes)";
    case TargetKind::kControlPlane:
      return "(control plane)";
    case TargetKind::kMetadata:
      return "(metadata)";
    case TargetKind::kExternal:
      return "(outside)";
  }
  return "(other)";
}

/// Namespaces first, places in brackets after them.
using ColumnKey = std::tuple<bool, std::string, std::string>;

ColumnKey KeyOf(const Place& place, FoldBy by) {
  std::string group = GroupOf(place);
  const bool in_brackets = group.starts_with('(');
  if (by == FoldBy::kGroup) return {in_brackets, group, group};
  return {in_brackets, std::move(group), place.workload.empty() ? place.name : place.workload};
}

class Folder {
 public:
  Folder(const ScanRecord& record, FoldBy by, std::size_t most)
      : record_(record), by_(by), most_(most) {}

  FoldedMatrix Run() {
    MakeColumns();
    if (by_ == FoldBy::kWorkload && matrix_.columns.size() > most_) {
      by_ = FoldBy::kGroup;
      MakeColumns();
    }
    MakeRows();
    matrix_.cells.resize(matrix_.rows.size() * matrix_.columns.size());
    for (std::uint32_t v = 0; v < record_.vantages.size(); ++v) FoldRow(v);
    const std::size_t limit = most_;
    if (matrix_.rows.size() > limit || matrix_.columns.size() > limit) LeaveOutWhatIsRight();
    return std::move(matrix_);
  }

 private:
  void MakeColumns() {
    matrix_.columns.clear();
    std::map<ColumnKey, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < record_.places.size(); ++i)
      members[KeyOf(record_.places[i], by_)].push_back(i);
    column_of_.assign(record_.places.size(), 0);
    for (const auto& [key, places] : members) {
      for (const std::size_t place : places) column_of_[place] = matrix_.columns.size();
      matrix_.columns.push_back({std::get<1>(key), std::get<2>(key)});
    }
  }

  void MakeRows() {
    std::size_t count = 0;
    for (const RecordedVantage& vantage : record_.vantages)
      count += StandsForPods(vantage.kind) ? 1U : 0U;
    const bool by_namespace = count > most_;
    std::map<std::string, std::size_t> known;
    row_of_.assign(record_.vantages.size(), std::nullopt);
    for (std::size_t v = 0; v < record_.vantages.size(); ++v) {
      const RecordedVantage& vantage = record_.vantages[v];
      if (!StandsForPods(vantage.kind)) continue;
      const auto [entry, added] =
          known.try_emplace(by_namespace ? vantage.ns : std::to_string(v), matrix_.rows.size());
      if (added) matrix_.rows.push_back(by_namespace ? vantage.ns : vantage.name);
      row_of_[v] = entry->second;
    }
  }

  void FoldRow(std::uint32_t vantage) {
    const auto& row = row_of_[vantage];
    if (!row) return;
    ForEachCell(record_, VantageId{vantage}, [&](const RecordedCell& cell) {
      const std::size_t column = column_of_[Index(record_.target(cell.target).place)];
      FoldedCell& folded = matrix_.cells[*row * matrix_.columns.size() + column];
      const Mark mark = MarkOf(*cell.kind);
      if (folded.empty() || mark < folded.worst) {
        folded.worst = mark;
        folded.example = cell.target;
        folded.outcome = cell.kind->outcome;
      }
      ++folded.counts.at(static_cast<std::size_t>(mark));
    });
  }

  /// Keeps the rows and columns in which something is wrong, the first of them.
  void LeaveOutWhatIsRight() {
    std::vector<std::size_t> rows;
    std::vector<std::size_t> columns;
    const auto wrong = [&](std::size_t r, std::size_t c) {
      const FoldedCell& cell = matrix_.At(r, c);
      return !cell.empty() && cell.worst <= Mark::kUnproven;
    };
    for (std::size_t r = 0; r < matrix_.rows.size() && rows.size() < most_; ++r) {
      bool any = false;
      for (std::size_t c = 0; c < matrix_.columns.size(); ++c) any = any || wrong(r, c);
      if (any) rows.push_back(r);
    }
    for (std::size_t c = 0; c < matrix_.columns.size() && columns.size() < most_; ++c) {
      bool any = false;
      for (std::size_t r = 0; r < matrix_.rows.size(); ++r) any = any || wrong(r, c);
      if (any) columns.push_back(c);
    }
    FoldedMatrix kept;
    kept.rows_left_out = matrix_.rows.size() - rows.size();
    kept.columns_left_out = matrix_.columns.size() - columns.size();
    for (const std::size_t r : rows) {
      kept.rows.push_back(matrix_.rows[r]);
      for (const std::size_t c : columns) kept.cells.push_back(matrix_.At(r, c));
    }
    for (const std::size_t c : columns) kept.columns.push_back(matrix_.columns[c]);
    matrix_ = std::move(kept);
  }

  const ScanRecord& record_;
  FoldBy by_;
  const std::size_t most_;
  FoldedMatrix matrix_;
  std::vector<std::size_t> column_of_;              // by place
  std::vector<std::optional<std::size_t>> row_of_;  // by vantage
};

}  // namespace

bool FoldedCell::empty() const {
  return std::ranges::all_of(counts, [](std::uint32_t count) { return count == 0; });
}

Mark MarkOf(const CellKind& cell) {
  switch (cell.verdict) {
    case Verdict::kLeak:
      return Mark::kLeak;
    case Verdict::kBroken:
      return Mark::kBroken;
    case Verdict::kUnproven:
      return Mark::kUnproven;
    case Verdict::kUngoverned:
      return Mark::kUngoverned;
    case Verdict::kUnknown:
      return cell.outcome == Outcome::kNotProbed ? Mark::kNotProbed : Mark::kUnknown;
    case Verdict::kAsIntended:
      return cell.expectation == Expectation::kAllow ? Mark::kAllowed : Mark::kDenied;
  }
  return Mark::kUnknown;
}

char Glyph(Mark mark) { return "LB?-uo.+"[static_cast<std::size_t>(mark)]; }

std::string_view Words(Mark mark) {
  static constexpr std::array<std::string_view, kMarks> kWords = {
      "leak",    "broken",     "unproven",        "not probed",
      "unknown", "ungoverned", "denied, stopped", "allowed, gets there"};
  return kWords.at(static_cast<std::size_t>(mark));
}

std::string Legend() {
  std::string legend;
  for (std::size_t i = 0; i < kMarks; ++i) {
    const Mark mark = static_cast<Mark>(i);
    legend += (i == 0 ? "" : "  ") + std::string(1, Glyph(mark)) + " " + std::string(Words(mark));
  }
  return legend;
}

FoldedMatrix Fold(const ScanRecord& record, FoldBy by, std::size_t most) {
  return Folder(record, by, most).Run();
}

}  // namespace podreach
