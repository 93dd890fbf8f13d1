#pragma once

#include <ostream>

#include "podreach/record/scan_record.h"
#include "podreach/report/formats.h"

namespace podreach {

/// Coverage first, findings by severity, then the matrix folded by namespace; within 100 columns.
void WriteTable(const ScanRecord& record, Colour colour, std::ostream& out);
/// One self-contained page: no script from elsewhere, no network at all, all content escaped.
void WriteHtml(const ScanRecord& record, std::ostream& out);
/// One JSON object a line and cell, for people's own analysis (podreach.io/cell/v1): vantage,
/// target, expectation and its basis, outcome, verdict, the code of its reason, and the evidence.
void WriteCells(const ScanRecord& record, std::ostream& out);

}  // namespace podreach
