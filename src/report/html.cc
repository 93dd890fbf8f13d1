#include <sstream>

#include "podreach/report/report_writer.h"
#include "report/text.h"

namespace podreach {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>podreach scan</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
.banner{border:1px solid;padding:.6rem 1rem}.finding{border-left:.35rem solid #888;padding:.2rem .8rem;margin:.8rem 0}
.critical,.high{border-color:#c22}.medium{border-color:#c80}.low{border-color:#48c}
table{border-collapse:collapse}td,th{border:1px solid #8886;padding:.1rem .45rem;text-align:center}
th{font-weight:600;text-align:left}thead th{writing-mode:vertical-rl;vertical-align:bottom}
.L{background:#c22;color:#fff;font-weight:700}.B{background:#c80;color:#000;font-weight:700}.q{background:#8883}
.small{font-size:.9em;opacity:.85}
</style></head><body>
)";

void Findings(std::ostringstream& out, const ScanReport& report) {
  out << "<h2>Findings</h2>\n<p>" << Html(Summary(report)) << "</p>\n";
  for (const Finding& finding : report.findings) {
    const std::string severity(ToString(finding.severity));
    out << "<div class=\"finding " << severity << "\"><b>" << severity << "</b> "
        << Html(finding.title) << "<div class=\"small\"><code>" << Html(finding.id)
        << "</code><ul>";
    for (const std::string& line : finding.evidence) out << "<li>" << Html(line) << "</li>";
    out << "</ul>What to do: " << Html(finding.remedy);
    for (const std::string& reference : finding.references) out << "<br>" << Html(reference);
    out << "</div></div>\n";
  }
}

void Matrix(std::ostringstream& out, const ScanReport& report) {
  const FoldedMatrix matrix = Fold(report);
  out << "<h2>Matrix</h2>\n<p>Each cell is the worst of its targets: " << Html(kLegend)
      << "</p>\n<table><thead><tr><th></th>";
  for (const std::string& column : matrix.columns) out << "<th>" << Html(column) << "</th>";
  out << "</tr></thead>\n";
  for (std::size_t r = 0; r < matrix.rows.size(); ++r) {
    out << "<tr><th>" << Html(matrix.rows[r]) << "</th>";
    for (std::size_t c = 0; c < matrix.columns.size(); ++c) {
      const auto found = matrix.glyphs.find({r, c});
      const char glyph = found == matrix.glyphs.end() ? ' ' : found->second;
      const char* style = glyph == 'L' ? "L" : glyph == 'B' ? "B" : glyph == '?' ? "q" : "";
      out << "<td class=\"" << style << "\" title=\"" << Html(matrix.rows[r]) << " to "
          << Html(matrix.columns[c]) << "\">" << glyph << "</td>";
    }
    out << "</tr>\n";
  }
  out << "</table>\n";
}

}  // namespace

std::string WriteHtml(const ScanReport& report) {
  std::ostringstream out;
  out << kHead << "<h1>podreach: " << Html(report.cluster) << "</h1>\n<p class=\"small\">scan "
      << Html(report.scan_id) << ", " << Html(report.started) << ", Kubernetes "
      << Html(report.server_version) << "</p>\n<div class=\"banner\"><b>" << Html(report.enforcer)
      << "</b><br>" << Share(report.coverage) << " of " << report.coverage.cells
      << " cells probed; " << report.coverage.namespaces_covered << " of "
      << report.coverage.namespaces << " namespaces<ul>";
  for (const NotCovered& missing : report.coverage.not_covered) {
    out << "<li>not covered: " << Html(missing.what) << ": " << Html(missing.reason) << "</li>";
  }
  out << "</ul></div>\n";
  Findings(out, report);
  Matrix(out, report);
  out << "</body></html>\n";
  return out.str();
}

}  // namespace podreach
