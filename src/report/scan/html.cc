#include "podreach/report/formats.h"
#include "podreach/report/report_writer.h"

namespace podreach::scan_formats::html {
namespace {

void Write(const ScanRecord& record, Colour /*colour*/, std::ostream& out) {
  WriteHtml(record, out);
}

}  // namespace

ScanFormat Make() { return {"html", "html", "is a page for a browser, in one file", Write}; }

}  // namespace podreach::scan_formats::html
