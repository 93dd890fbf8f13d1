#pragma once

#include <ostream>

#include "podreach/scan/scan.h"

namespace podreach::cli {

/// What --dry-run prints: vantages, targets and refusals, then what the scan would cost.
void WriteForecast(const ScanForecast& forecast, std::ostream& out);

}  // namespace podreach::cli
