#pragma once

#include <string>

#include "podreach/findings/scan_report.h"
#include "podreach/report/formats.h"

namespace podreach {

/// Coverage first, findings by severity, then the matrix folded by workload; within 100 columns.
[[nodiscard]] std::string WriteTable(const ScanReport& report, Colour colour);
/// schema podreach.io/scan/v1: complete, every cell with its evidence and deciding rules.
[[nodiscard]] std::string WriteJson(const ScanReport& report);
/// One self-contained page: no script from elsewhere, no network at all, all content escaped.
[[nodiscard]] std::string WriteHtml(const ScanReport& report);

}  // namespace podreach
