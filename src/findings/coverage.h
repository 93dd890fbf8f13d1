#pragma once

#include "podreach/findings/judge.h"

namespace podreach {

/// What was probed of what could matter; the record's cells must be there.
[[nodiscard]] Coverage CoverageOf(const JudgedScan& scan, const ScanRecord& record);

}  // namespace podreach
