#include "podreach/record/record_json.h"
#include "podreach/report/formats.h"

namespace podreach::scan_formats::json {
namespace {

void Write(const ScanRecord& record, Colour /*colour*/, std::ostream& out) {
  WriteRecord(record, out);
}

}  // namespace

ScanFormat Make() {
  return {"json", "json", "is the record itself, which `podreach report` reads", Write};
}

}  // namespace podreach::scan_formats::json
