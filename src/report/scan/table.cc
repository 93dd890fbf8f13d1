#include "podreach/report/formats.h"
#include "podreach/report/report_writer.h"

namespace podreach::scan_formats::table {
namespace {

void Write(const ScanReport& report, Colour colour, std::ostream& out) {
  out << WriteTable(report, colour);
}

}  // namespace

ScanFormat Make() { return {"table", "txt", "is for a terminal", Write}; }

}  // namespace podreach::scan_formats::table
