#include "podreach/report/formats.h"
#include "podreach/report/report_writer.h"

namespace podreach::scan_formats::json {
namespace {

void Write(const ScanReport& report, Colour /*colour*/, std::ostream& out) {
  out << WriteJson(report);
}

}  // namespace

ScanFormat Make() { return {"json", "json", "is complete, every cell with its evidence", Write}; }

}  // namespace podreach::scan_formats::json
