#include <algorithm>

#include "podreach/record/reason_words.h"
#include "podreach/report/report_writer.h"
#include "report/fold.h"
#include "report/text.h"

namespace podreach {
namespace {

/// The policy names this text's SHA-256: a test holds the two together.
constexpr std::string_view kScript =
    R"js(const box=document.getElementById("q");document.getElementById("filter").hidden=false;
box.addEventListener("input",()=>{const word=box.value.toLowerCase();
const has=e=>e.textContent.toLowerCase().includes(word);
for(const e of document.querySelectorAll(".finding"))e.hidden=!has(e);
for(const d of document.querySelectorAll("details.group")){
const all=has(d.querySelector("summary"))||has(d.querySelector("thead"));let any=false;
for(const r of d.querySelectorAll("tbody tr")){r.hidden=!all&&!has(r.cells[0]);any=any||!r.hidden}
d.hidden=!any}});)js";
constexpr std::string_view kScriptHash = "sha256-T/Wsj5NFJKvleisZdthoNdOxHezfUtaG89JRUz+ax8w=";

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ink:#1a1c20;--page:#fff;--line:#8886;--leak:#b3131e;
--broken:#f2b04a}
@media(prefers-color-scheme:dark){:root{
--ink:#e6e8ec;--page:#15171b;--leak:#d8343f;--broken:#c98a2b}}
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;
color:var(--ink);background:var(--page);overflow-wrap:anywhere}
[hidden]{display:none!important}
.banner{border:1px solid var(--line);border-radius:.3rem;padding:.6rem 1rem}
.alarm{border:3px solid var(--leak)}
.finding{border-left:.35rem solid #888;padding:.2rem .8rem;margin:.8rem 0}
.critical,.high{border-color:var(--leak)}.medium{border-color:var(--broken)}.low{border-color:#48c}
.small{font-size:.9em}.scroll{overflow-x:auto}
table{border-collapse:collapse;overflow-wrap:normal}
td,th{border:1px solid var(--line);padding:.1rem .45rem;text-align:center}
th{font-weight:600;text-align:left}thead th{writing-mode:vertical-rl;vertical-align:bottom}
.m0{color:#fff;font-weight:700;
background:repeating-linear-gradient(45deg,var(--leak) 0 6px,#7d0d15 6px 9px)}
.m1{color:#000;font-weight:700;
background:repeating-linear-gradient(-45deg,var(--broken) 0 6px,#fff8 6px 8px),
var(--broken)}
.m2{background:radial-gradient(#8888 1px,#0000 1.5px) 0 0/6px 6px}
.m3{background:repeating-linear-gradient(0deg,#8884 0 1px,#0000 1px 5px)}
.m4{background:#8883}
.m5{background:repeating-linear-gradient(90deg,#48c4 0 2px,#0000 2px 6px)}
)css";

/// Of more workloads or vantages than this, the page shows namespaces.
constexpr std::size_t kMostFolded = 200;

class HtmlWriter {
 public:
  HtmlWriter(const ScanRecord& record, std::ostream& out)
      : record_(record), matrix_(Fold(record, FoldBy::kWorkload, kMostFolded)), out_(out) {}

  void Write() {
    Head();
    Banner();
    Put("<p id=\"filter\" hidden><label>Filter <input id=\"q\" type=\"search\"></label></p>\n");
    Findings();
    Matrix();
    const ScanInfo& info = record_.info;
    Put("<h2>Scan</h2>\n<p>" + Html(PhaseTimes(record_)) + "</p>\n<p>" +
        Grouped(info.api_requests) + " API requests, " + Grouped(info.attempts) + " attempts by " +
        Grouped(info.probes) + " probes</p>\n");
    Put("<script>");
    Put(kScript);
    Put("</script>\n</body></html>\n");
  }

 private:
  void Put(std::string_view text) { out_ << text; }

  void Head() {
    Put("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'; script-src '");
    Put(kScriptHash);
    Put("'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>podreach: ");
    Put(Html(record_.info.cluster) + "</title>\n<style>");
    Put(kStyle);
    Put("</style></head><body>\n<h1>podreach: " + Html(record_.info.cluster) +
        "</h1>\n<p class=\"small\">scan " + Html(record_.info.scan_id) + ", " +
        Html(record_.info.started) + ", Kubernetes " + Html(record_.info.server_version) +
        "</p>\n");
  }

  void Banner() {
    const bool alarm = record_.enforcement == Enforcement::kNotEnforced || record_.info.incomplete;
    Put(std::string("<div class=\"banner") + (alarm ? " alarm" : "") + "\"><b>" +
        Html(Words(record_.enforcement)) + "</b><br>coverage: ");
    for (const std::string& line : CoverageLines(record_)) Put(Html(line) + "<br>");
    Put("verdicts: " + Html(VerdictCounts(record_)));
    if (record_.info.incomplete) Put("<br><b>incomplete: the scan was stopped before its end</b>");
    if (record_.info.left_behind)
      Put("<br><b>not everything that the scan made could be removed: run podreach clean</b>");
    Put("<ul>");
    for (const std::string& line : NotCoveredLines(record_.coverage))
      Put("<li>not covered: " + Html(line) + "</li>\n");
    for (const RecordedGap& gap : record_.gaps)
      Put("<li>not read: " + Html(gap.resource) + ": " + Html(gap.reason) + "</li>\n");
    Put("</ul></div>\n");
  }

  void Findings() {
    Put("<h2>Findings</h2>\n<p>" + Html(Summary(record_)) + "</p>\n");
    for (const Finding& finding : record_.findings) {
      const std::string severity(ToString(finding.severity));
      Put("<div class=\"finding " + severity + "\"><b>" + severity + "</b> " + Html(finding.title) +
          "<div class=\"small\"><code>" + Html(finding.id) + "</code><ul>");
      for (const std::string& line : finding.evidence) Put("<li>" + Html(line) + "</li>");
      Put("</ul>");
      if (!finding.policies.empty()) Put("Policies:");
      for (const std::string& policy : finding.policies) Put(" <code>" + Html(policy) + "</code>");
      if (!finding.policies.empty()) Put("<br>");
      if (!finding.remedy.empty()) Put("What to do: " + Html(finding.remedy));
      for (const std::string& reference : finding.references) Put("<br>" + Html(reference));
      Put("</div></div>\n");
    }
  }

  void Matrix() {
    Put("<h2>Matrix</h2>\n<p>Rows are vantages, columns are target workloads; each cell is the "
        "worst of its targets.</p>\n<p>");
    for (std::size_t i = 0; i < kMarks; ++i) {
      const Mark mark = static_cast<Mark>(i);
      Put("<span class=\"m" + std::to_string(i) + "\">&nbsp;" + Glyph(mark) + "&nbsp;</span> " +
          Html(Words(mark)) + " &nbsp; ");
    }
    Put("</p>\n");
    if (matrix_.rows_left_out + matrix_.columns_left_out > 0) {
      Put("<p>" + Grouped(matrix_.rows_left_out) + " rows and " +
          Grouped(matrix_.columns_left_out) +
          " columns more; those shown are the first with something wrong.</p>\n");
    }
    for (std::size_t first = 0; first < matrix_.columns.size();) {
      std::size_t last = first;
      while (last < matrix_.columns.size() &&
             matrix_.columns[last].group == matrix_.columns[first].group) {
        ++last;
      }
      Group(first, last);
      first = last;
    }
  }

  /// One namespace's columns [first, last), unfolded where something in it is wrong.
  void Group(std::size_t first, std::size_t last) {
    Mark worst = Mark::kAllowed;
    for (std::size_t r = 0; r < matrix_.rows.size(); ++r) {
      for (std::size_t c = first; c < last; ++c) {
        const FoldedCell& cell = matrix_.At(r, c);
        if (!cell.empty()) worst = std::min(worst, cell.worst);
      }
    }
    Put(std::string("<details class=\"group\"") + (worst <= Mark::kBroken ? " open" : "") +
        "><summary>to " + Html(matrix_.columns[first].group) + ": " + Html(Words(worst)) +
        "</summary><div class=\"scroll\"><table><thead><tr><th></th>");
    for (std::size_t c = first; c < last; ++c)
      Put("<th scope=\"col\">" + Html(matrix_.columns[c].name) + "</th>");
    Put("</tr></thead>\n<tbody>\n");
    for (std::size_t r = 0; r < matrix_.rows.size(); ++r) {
      Put("<tr><th scope=\"row\">" + Html(matrix_.rows[r]) + "</th>");
      for (std::size_t c = first; c < last; ++c) Cell(r, c);
      Put("</tr>\n");
    }
    Put("</tbody></table></div></details>\n");
  }

  void Cell(std::size_t row, std::size_t column) {
    const FoldedCell& cell = matrix_.At(row, column);
    if (cell.empty()) {
      Put("<td></td>");
      return;
    }
    std::string tip = matrix_.rows[row] + " to " + matrix_.columns[column].name + ": ";
    for (std::size_t i = 0; i < kMarks; ++i) {
      if (cell.counts.at(i) == 0) continue;
      tip += Grouped(cell.counts.at(i)) + " " + std::string(Words(static_cast<Mark>(i))) + "; ";
    }
    tip += EndpointOf(record_.place(cell.example), record_.target(cell.example)).ToString() +
           " is " + std::string(ToString(cell.outcome));
    Put("<td class=\"m" + std::to_string(static_cast<int>(cell.worst)) + "\" title=\"" + Html(tip) +
        "\">" + Glyph(cell.worst) + "</td>");
  }

  const ScanRecord& record_;
  const FoldedMatrix matrix_;
  std::ostream& out_;
};

}  // namespace

void WriteHtml(const ScanRecord& record, std::ostream& out) { HtmlWriter(record, out).Write(); }

}  // namespace podreach
