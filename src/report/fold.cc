#include "report/fold.h"

#include <algorithm>
#include <tuple>

#include "report/text.h"

namespace podreach {
namespace {

std::string GroupOf(const Target& target) {
  switch (target.kind) {
    case TargetKind::kPod:
    case TargetKind::kService:
    case TargetKind::kDns:
    case TargetKind::kProbe:
      return target.ns.empty() ? "(no namespace)" : target.ns;
    case TargetKind::kNode:
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

ColumnKey KeyOf(const Target& target, FoldBy by) {
  std::string group = GroupOf(target);
  const bool is_place = group.starts_with('(');
  if (by == FoldBy::kGroup) return {is_place, group, group};
  return {is_place, std::move(group), target.workload.empty() ? target.name : target.workload};
}

/// The column of each target, by its place in the plan; fills the matrix's columns.
std::vector<std::size_t> MakeColumns(const ScanPlan& plan, FoldBy by, FoldedMatrix& matrix) {
  std::map<ColumnKey, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < plan.targets.size(); ++i)
    members[KeyOf(plan.targets[i], by)].push_back(i);
  std::vector<std::size_t> column_of(plan.targets.size());
  for (const auto& [key, targets] : members) {
    for (const std::size_t target : targets) column_of[target] = matrix.columns.size();
    matrix.columns.push_back({std::get<1>(key), std::get<2>(key)});
  }
  return column_of;
}

}  // namespace

Mark MarkOf(const JudgedCell& cell) {
  switch (cell.verdict) {
    case Verdict::kLeak:
      return Mark::kLeak;
    case Verdict::kBroken:
      return Mark::kBroken;
    case Verdict::kUnproven:
      return Mark::kUnproven;
    case Verdict::kUnknown:
      return cell.outcome == Outcome::kNotProbed ? Mark::kNotProbed : Mark::kUnknown;
    case Verdict::kAsIntended:
      return cell.expectation == Expectation::kAllow ? Mark::kAllowed : Mark::kDenied;
  }
  return Mark::kUnknown;
}

char Glyph(Mark mark) { return "LB?-u.+"[static_cast<std::size_t>(mark)]; }

std::string_view Words(Mark mark) {
  static constexpr std::array<std::string_view, kMarks> kWords = {
      "leak",    "broken",          "unproven",           "not probed",
      "unknown", "denied, stopped", "allowed, gets there"};
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

FoldedMatrix Fold(const ScanReport& report, FoldBy by) {
  FoldedMatrix matrix;
  const std::vector<std::size_t> column_of = MakeColumns(report.plan, by, matrix);
  std::map<VantageId, std::size_t> rows;
  for (const Vantage& vantage : report.plan.vantages) {
    if (vantage.kind != VantageKind::kBare && vantage.kind != VantageKind::kTwin) continue;
    rows[vantage.id] = matrix.rows.size();
    matrix.rows.push_back(vantage.name);
  }
  for (std::size_t i = 0; i < report.cells.size(); ++i) {
    const JudgedCell& cell = report.cells[i];
    const auto row = rows.find(cell.vantage);
    if (row == rows.end() || Index(cell.target) >= column_of.size()) continue;
    const Mark mark = MarkOf(cell);
    auto [place, added] =
        matrix.cells.try_emplace({row->second, column_of[Index(cell.target)]}, FoldedCell{});
    FoldedCell& folded = place->second;
    ++folded.counts.at(static_cast<std::size_t>(mark));
    if (added || mark < folded.worst) {
      folded.worst = mark;
      folded.example = i;
    }
  }
  return matrix;
}

std::string Share(const Coverage& coverage) {
  const std::size_t tenths = coverage.cells == 0 ? 0 : coverage.probed * 1000 / coverage.cells;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string CoverageLine(const Coverage& coverage) {
  return Share(coverage) + " of " + Grouped(coverage.cells) + " cells probed; " +
         Grouped(coverage.namespaces_covered) + " of " + Grouped(coverage.namespaces) +
         " namespaces";
}

bool PoliciesIgnored(const ScanReport& report) {
  return report.enforcer.find("not enforced") != std::string::npos;
}

std::string Summary(const ScanReport& report) {
  std::string text = Grouped(report.findings.size()) + " findings: ";
  for (const Severity severity :
       {Severity::kCritical, Severity::kHigh, Severity::kMedium, Severity::kLow, Severity::kInfo}) {
    const auto count = std::count_if(report.findings.begin(), report.findings.end(),
                                     [&](const Finding& f) { return f.severity == severity; });
    text += Grouped(static_cast<std::uint64_t>(count)) + " " + std::string(ToString(severity)) +
            (severity == Severity::kInfo ? "; " : ", ");
  }
  return text.substr(0, text.size() - 2);
}

std::string VerdictCounts(const ScanReport& report) {
  std::string text;
  for (const Verdict verdict : {Verdict::kLeak, Verdict::kBroken, Verdict::kAsIntended,
                                Verdict::kUnproven, Verdict::kUnknown}) {
    const auto count = std::count_if(report.cells.begin(), report.cells.end(),
                                     [&](const JudgedCell& c) { return c.verdict == verdict; });
    text += (text.empty() ? "" : ", ") + Grouped(static_cast<std::uint64_t>(count)) + " " +
            std::string(ToString(verdict));
  }
  return text;
}

std::string PhaseTimes(const ScanReport& report) {
  std::string text;
  for (const auto& [name, time] : report.phases) {
    const auto tenths = (time.count() + 50) / 100;
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(tenths / 10) + "." +
            std::to_string(tenths % 10) + " s";
  }
  return text;
}

}  // namespace podreach
