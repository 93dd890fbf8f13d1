#pragma once

#include <string>
#include <vector>

#include "cli/option_set.h"
#include "podreach/base/result.h"
#include "podreach/record/scan_record.h"

namespace podreach::cli {

/// A report that is written beside what goes to stdout.
struct ScanOutput {
  std::string format;
  std::string file;
};
/// -f and -o.
void AddScanOutputs(OptionSet& options, std::string& format, std::vector<ScanOutput>& outputs);

/// Writes a record to stdout in `format`, and to every output. One that fails doesn't stop the
/// others; the first error is given.
[[nodiscard]] Result<void> WriteOutputs(const ScanRecord& record, const std::string& format,
                                        const std::vector<ScanOutput>& outputs);

}  // namespace podreach::cli
