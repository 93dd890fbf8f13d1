#pragma once

#include <chrono>

#include "cli/cluster_connection.h"
#include "cli/scan_options.h"
#include "podreach/base/result.h"
#include "podreach/scan/scan.h"

namespace podreach::cli {

/// What a scan is made to, from its flags. Reads the file of intents.
[[nodiscard]] Result<ScanSettings> ToScanSettings(const ScanOptions& options,
                                                  const ClusterAccess& access,
                                                  std::chrono::system_clock::time_point now);

}  // namespace podreach::cli
