#include "podreach/report/formats.h"
#include "podreach/report/report_writer.h"

namespace podreach::scan_formats::cells {
namespace {

void Write(const ScanRecord& record, Colour /*colour*/, std::ostream& out) {
  WriteCells(record, out);
}

}  // namespace

ScanFormat Make() { return {"cells", "jsonl", "is one JSON object a line, for each cell", Write}; }

}  // namespace podreach::scan_formats::cells
