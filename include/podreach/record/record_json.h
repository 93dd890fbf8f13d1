#pragma once

#include <istream>
#include <ostream>
#include <string_view>

#include "podreach/base/result.h"
#include "podreach/record/scan_record.h"

namespace podreach {

/// Writes schema podreach.io/scan/v2 (include/podreach/schemas/scan-v2.schema.json): one JSON
/// object in UTF-8, cells run by run. ReadRecord reads back an equal record.
void WriteRecord(const ScanRecord& record, std::ostream& out);

/// Reads what WriteRecord wrote. An Error (kCorrupt) names the field that is missing, malformed or
/// out of its bounds: every index is checked, so that a record is safe to walk.
[[nodiscard]] Result<ScanRecord> ReadRecord(std::string_view text);

}  // namespace podreach
