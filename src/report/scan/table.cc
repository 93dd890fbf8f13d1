#include "podreach/report/formats.h"
#include "podreach/report/report_writer.h"

namespace podreach::scan_formats::table {
namespace {

void Write(const ScanRecord& record, Colour colour, std::ostream& out) {
  WriteTable(record, colour, out);
}

}  // namespace

ScanFormat Make() { return {"table", "txt", "is for a terminal", Write}; }

}  // namespace podreach::scan_formats::table
