#include "podreach/report/formats.h"
#include "podreach/report/report_writer.h"

namespace podreach::scan_formats::html {
namespace {

void Write(const ScanReport& report, Colour /*colour*/, std::ostream& out) {
  out << WriteHtml(report);
}

}  // namespace

ScanFormat Make() { return {"html", "html", "is one page that needs no network", Write}; }

}  // namespace podreach::scan_formats::html
