#include <algorithm>
#include <ostream>

#include "podreach/record/reason_words.h"
#include "podreach/report/report_writer.h"
#include "report/fold.h"
#include "report/text.h"

namespace podreach {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kMaxRowName = 40;
constexpr std::size_t kMostFolded = 80;  // rows or columns of the matrix

class TableWriter {
 public:
  TableWriter(const ScanRecord& record, Colour colour, std::ostream& out)
      : record_(record),
        colour_(colour),
        matrix_(Fold(record, FoldBy::kGroup, kMostFolded)),
        out_(out) {}

  void Write() {
    Head();
    Coverage();
    Findings();
    Matrix();
    Phases();
    out_ << '\n' << Summary(record_) << '\n';
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
    const bool ignored = record_.enforcement == Enforcement::kNotEnforced;
    const std::string enforcer(Words(record_.enforcement));
    if (ignored) Paragraph("enforcer: ", enforcer);
    const ScanInfo& info = record_.info;
    std::string name = "podreach scan " + info.scan_id + " of " + info.cluster;
    if (!info.server_version.empty()) name += " " + info.server_version;
    if (!info.started.empty()) name += ", " + info.started;
    Paragraph("", name);
    if (!ignored) Paragraph("enforcer: ", enforcer);
  }

  void Coverage() {
    std::string_view first = "coverage: ";
    for (const std::string& line : CoverageLines(record_)) {
      Paragraph(first, line);
      first = "          ";
    }
    Paragraph("verdicts: ", VerdictCounts(record_));
    if (record_.info.incomplete) out_ << "INCOMPLETE: the scan was stopped before its end\n";
    if (record_.info.left_behind)
      out_ << "LEFT BEHIND: not everything that the scan made could be removed: podreach clean\n";
    for (const std::string& line : NotCoveredLines(record_.coverage))
      Paragraph("  not covered: ", line);
    for (const RecordedGap& gap : record_.gaps)
      Paragraph("  not read: ", gap.resource + ": " + gap.reason);
  }

  [[nodiscard]] std::string Tag(Severity severity) const {
    const char* code = severity >= Severity::kHigh     ? "31"
                       : severity == Severity::kMedium ? "33"
                                                       : "36";
    return Coloured(Padded(ToString(severity), 9), code);
  }

  void Findings() {
    out_ << "\nFINDINGS\n";
    for (const Finding& finding : record_.findings) {
      bool first = true;
      for (const std::string& line : Wrap(finding.title, kWidth - 9)) {
        out_ << (first ? Tag(finding.severity) : std::string(9, ' ')) << line << '\n';
        first = false;
      }
      Paragraph("         id: ", finding.id);
      for (const std::string& line : finding.evidence) Paragraph("           - ", line);
      if (!finding.remedy.empty()) Paragraph("         do: ", finding.remedy);
    }
    if (record_.findings.empty()) out_ << "none\n";
  }

  [[nodiscard]] std::string GlyphAt(std::size_t row, std::size_t column) const {
    const FoldedCell& cell = matrix_.At(row, column);
    if (cell.empty()) return " ";
    const std::string glyph(1, Glyph(cell.worst));
    if (cell.worst == Mark::kLeak) return Coloured(glyph, "31");
    return cell.worst == Mark::kBroken ? Coloured(glyph, "33") : glyph;
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
    if (matrix_.rows_left_out + matrix_.columns_left_out > 0 && matrix_.cells.empty()) {
      out_ << "\n";
      Paragraph("MATRIX: ", "nothing is wrong in its " + Grouped(matrix_.rows_left_out) +
                                " rows and " + Grouped(matrix_.columns_left_out) + " columns");
      return;
    }
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
    if (matrix_.rows_left_out + matrix_.columns_left_out > 0) {
      Paragraph("", Grouped(matrix_.rows_left_out) + " rows and " +
                        Grouped(matrix_.columns_left_out) +
                        " columns more, of which those shown are the first with something wrong");
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
    const ScanInfo& info = record_.info;
    if (!info.phases.empty()) Paragraph("time: ", PhaseTimes(record_));
    out_ << Grouped(info.api_requests) << " API requests, " << Grouped(info.attempts)
         << " attempts by " << Grouped(info.probes) << " probes\n";
  }

  const ScanRecord& record_;
  const Colour colour_;
  const FoldedMatrix matrix_;
  std::ostream& out_;
};

}  // namespace

void WriteTable(const ScanRecord& record, Colour colour, std::ostream& out) {
  TableWriter(record, colour, out).Write();
}

}  // namespace podreach
