#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "podreach/wire/probe_report.h"

namespace podreach::probe {

/// Resolves names with c-ares, all at once, by the system's resolv.conf and hosts file. Blocks for
/// at most `limit`.
[[nodiscard]] std::vector<NameReport> ResolveNames(const std::vector<std::string>& names,
                                                   std::chrono::milliseconds limit);

}  // namespace podreach::probe
