#include <algorithm>
#include <sstream>

#include "podreach/report/report_writer.h"
#include "report/text.h"

namespace podreach {
namespace {

constexpr std::size_t kWidth = 100;

class TableWriter {
 public:
  TableWriter(const ScanReport& report, Colour colour) : report_(report), colour_(colour) {}

  std::string Write() {
    Head();
    Findings();
    Matrix();
    Phases();
    out_ << '\n' << Summary(report_) << '\n';
    return out_.str();
  }

 private:
  void Paragraph(std::string_view first, std::string_view text) {
    const std::string indent(first.size(), ' ');
    bool start = true;
    for (const std::string& line : Wrap(text, kWidth - first.size())) {
      out_ << (start ? std::string(first) : indent) << line << '\n';
      start = false;
    }
  }

  void Head() {
    Paragraph("", "podreach scan " + report_.scan_id + " of " + report_.cluster + " " +
                      report_.server_version + ", " + report_.started);
    Paragraph("enforcer: ", report_.enforcer);
    const Coverage& coverage = report_.coverage;
    Paragraph("coverage: ", Share(coverage) + " of " + std::to_string(coverage.cells) +
                                " cells probed; " + std::to_string(coverage.namespaces_covered) +
                                " of " + std::to_string(coverage.namespaces) + " namespaces");
    for (const NotCovered& missing : coverage.not_covered)
      Paragraph("  not covered: ", missing.what + ": " + missing.reason);
    if (report_.incomplete) out_ << "INCOMPLETE: the scan was stopped before its end\n";
  }

  std::string Tag(Severity severity) const {
    const std::string word(ToString(severity));
    const std::string padded = word + std::string(9 - std::min<std::size_t>(9, word.size()), ' ');
    if (colour_ == Colour::kOff) return padded;
    const char* code = severity >= Severity::kHigh     ? "31"
                       : severity == Severity::kMedium ? "33"
                                                       : "36";
    return "\x1b[" + std::string(code) + "m" + padded + "\x1b[0m";
  }

  void Findings() {
    out_ << "\nFINDINGS\n";
    for (const Finding& finding : report_.findings) {
      bool first = true;
      for (const std::string& line : Wrap(finding.title, kWidth - 9)) {
        out_ << (first ? Tag(finding.severity) : std::string(9, ' ')) << line << '\n';
        first = false;
      }
      for (const std::string& line : finding.evidence) Paragraph("           ", line);
      Paragraph("         do: ", finding.remedy);
    }
    if (report_.findings.empty()) out_ << "none\n";
  }

  void Matrix() {
    const FoldedMatrix matrix = Fold(report_);
    if (matrix.rows.empty()) return;
    out_ << "\nMATRIX (each cell the worst of its targets; columns are numbered below)\n";
    const std::size_t name_width =
        std::min<std::size_t>(40, kWidth - std::min<std::size_t>(60, matrix.columns.size() * 3));
    const std::size_t shown = std::min(matrix.columns.size(), (kWidth - name_width) / 3);
    out_ << std::string(name_width, ' ');
    for (std::size_t c = 0; c < shown; ++c) out_ << (c < 9 ? "  " : " ") << c + 1;
    out_ << '\n';
    for (std::size_t r = 0; r < matrix.rows.size(); ++r) {
      std::string name = Fit(matrix.rows[r], name_width - 1);
      name.resize(std::max(name.size(), name_width), ' ');
      out_ << name;
      for (std::size_t c = 0; c < shown; ++c) {
        const auto glyph = matrix.glyphs.find({r, c});
        out_ << "  " << (glyph == matrix.glyphs.end() ? ' ' : glyph->second);
      }
      out_ << '\n';
    }
    out_ << kLegend << '\n';
    std::string legend;
    for (std::size_t c = 0; c < matrix.columns.size(); ++c) {
      legend += (c == 0 ? "" : "  ") + std::to_string(c + 1) + " " + matrix.columns[c];
    }
    Paragraph("", legend);
  }

  void Phases() {
    std::string text;
    for (const auto& [name, time] : report_.phases) {
      const auto tenths = (time.count() + 50) / 100;
      text += (text.empty() ? "" : ", ") + name + " " + std::to_string(tenths / 10) + "." +
              std::to_string(tenths % 10) + " s";
    }
    out_ << '\n';
    Paragraph("time: ", text);
    out_ << report_.api_requests << " API requests, " << report_.attempts << " attempts by "
         << report_.plan.vantages.size() << " probes\n";
  }

  const ScanReport& report_;
  const Colour colour_;
  std::ostringstream out_;
};

}  // namespace

std::string WriteTable(const ScanReport& report, Colour colour) {
  return TableWriter(report, colour).Write();
}

}  // namespace podreach
