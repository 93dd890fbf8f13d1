#include <algorithm>
#include <sstream>

#include "podreach/report/report_writer.h"
#include "report/fold.h"
#include "report/text.h"

namespace podreach {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kMaxRowName = 40;

class TableWriter {
 public:
  TableWriter(const ScanReport& report, Colour colour)
      : report_(report), colour_(colour), matrix_(Fold(report, FoldBy::kGroup)) {}

  std::string Write() {
    Head();
    Coverage();
    Findings();
    Matrix();
    Phases();
    out_ << '\n' << Summary(report_) << '\n';
    return out_.str();
  }

 private:
  void Paragraph(std::string_view first, std::string_view text) {
    bool start = true;
    for (const std::string& line : Wrap(text, kWidth - first.size())) {
      out_ << (start ? std::string(first) : std::string(first.size(), ' ')) << line << '\n';
      start = false;
    }
  }

  [[nodiscard]] std::string Coloured(std::string text, const char* code) const {
    if (colour_ == Colour::kOff) return text;
    return "\x1b[" + std::string(code) + "m" + text + "\x1b[0m";
  }

  void Head() {
    const bool ignored = PoliciesIgnored(report_);
    if (ignored) Paragraph("enforcer: ", report_.enforcer);
    std::string name = "podreach scan " + report_.scan_id + " of " + report_.cluster;
    if (!report_.server_version.empty()) name += " " + report_.server_version;
    if (!report_.started.empty()) name += ", " + report_.started;
    Paragraph("", name);
    if (!ignored) Paragraph("enforcer: ", report_.enforcer);
  }

  void Coverage() {
    Paragraph("coverage: ", CoverageLine(report_.coverage));
    Paragraph("verdicts: ", VerdictCounts(report_));
    if (report_.incomplete) out_ << "INCOMPLETE: the scan was stopped before its end\n";
    for (const NotCovered& missing : report_.coverage.not_covered)
      Paragraph("  not covered: ", missing.what + ": " + missing.reason);
    for (const SnapshotGap& gap : report_.gaps)
      Paragraph("  not read: ", gap.What() + ": " + gap.Why());
  }

  [[nodiscard]] std::string Tag(Severity severity) const {
    const char* code = severity >= Severity::kHigh     ? "31"
                       : severity == Severity::kMedium ? "33"
                                                       : "36";
    return Coloured(Padded(ToString(severity), 9), code);
  }

  void Findings() {
    out_ << "\nFINDINGS\n";
    for (const Finding& finding : report_.findings) {
      bool first = true;
      for (const std::string& line : Wrap(finding.title, kWidth - 9)) {
        out_ << (first ? Tag(finding.severity) : std::string(9, ' ')) << line << '\n';
        first = false;
      }
      Paragraph("         id: ", finding.id);
      for (const std::string& line : finding.evidence) Paragraph("           - ", line);
      if (!finding.remedy.empty()) Paragraph("         do: ", finding.remedy);
    }
    if (report_.findings.empty()) out_ << "none\n";
  }

  [[nodiscard]] std::string GlyphAt(std::size_t row, std::size_t column) const {
    const auto cell = matrix_.cells.find({row, column});
    if (cell == matrix_.cells.end()) return " ";
    const std::string glyph(1, Glyph(cell->second.worst));
    if (cell->second.worst == Mark::kLeak) return Coloured(glyph, "31");
    return cell->second.worst == Mark::kBroken ? Coloured(glyph, "33") : glyph;
  }

  /// Columns [first, last) under their headings, each two spaces and at least one character wide.
  void Block(std::size_t name_width, std::size_t first, std::size_t last,
             const std::vector<std::string>& headings) {
    out_ << std::string(name_width, ' ');
    for (std::size_t c = first; c < last; ++c) out_ << "  " << headings[c];
    out_ << '\n';
    for (std::size_t r = 0; r < matrix_.rows.size(); ++r) {
      out_ << Padded(matrix_.rows[r], name_width);
      for (std::size_t c = first; c < last; ++c)
        out_ << std::string(1 + Columns(headings[c]), ' ') << GlyphAt(r, c);
      out_ << '\n';
    }
  }

  void Matrix() {
    if (matrix_.rows.empty() || matrix_.columns.empty()) return;
    std::size_t name_width = 1;
    for (const std::string& row : matrix_.rows)
      name_width = std::max(name_width, std::min(kMaxRowName, Columns(Plain(row))));
    std::vector<std::string> headings;
    std::size_t needed = name_width;
    for (const FoldedMatrix::Column& column : matrix_.columns) {
      headings.push_back(Plain(column.name));
      needed += 2 + Columns(headings.back());
    }
    out_ << "\nMATRIX (from, down; to, across; each cell the worst of its targets)\n";
    if (needed <= kWidth) {
      Block(name_width, 0, headings.size(), headings);
    } else {
      NumberedBlocks(name_width, headings);
    }
    Paragraph("", Legend());
  }

  void NumberedBlocks(std::size_t name_width, const std::vector<std::string>& names) {
    const std::size_t digits = std::to_string(names.size()).size();
    const std::size_t step = (kWidth - name_width) / (digits + 2);
    std::vector<std::string> numbers;
    for (std::size_t c = 0; c < names.size(); ++c) {
      std::string number = std::to_string(c + 1);
      number.insert(0, digits - number.size(), ' ');
      numbers.push_back(std::move(number));
    }
    for (std::size_t c = 0; c < names.size(); c += step)
      Block(name_width, c, std::min(c + step, names.size()), numbers);
    std::string line;
    for (std::size_t c = 0; c < names.size(); ++c) {
      const std::string entry = Fit(std::to_string(c + 1) + " " + names[c], kWidth);
      if (!line.empty() && Columns(line) + 2 + Columns(entry) > kWidth) {
        out_ << line << '\n';
        line.clear();
      }
      line += (line.empty() ? "" : "  ") + entry;
    }
    out_ << line << '\n';
  }

  void Phases() {
    out_ << '\n';
    if (!report_.phases.empty()) Paragraph("time: ", PhaseTimes(report_));
    out_ << Grouped(report_.api_requests) << " API requests, " << Grouped(report_.attempts)
         << " attempts by " << Grouped(report_.plan.vantages.size()) << " probes\n";
  }

  const ScanReport& report_;
  const Colour colour_;
  const FoldedMatrix matrix_;
  std::ostringstream out_;
};

}  // namespace

std::string WriteTable(const ScanReport& report, Colour colour) {
  return TableWriter(report, colour).Write();
}

}  // namespace podreach
