#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "podreach/net/ip_address.h"

namespace podreach::probe {

struct NameReport {
  std::string name;
  std::vector<IpAddress> addresses;
  std::string error;  ///< c-ares' words; empty where it resolved
};

/// Resolves names with c-ares, all at once, by the system's resolv.conf and hosts file. Blocks for
/// at most `limit`.
[[nodiscard]] std::vector<NameReport> ResolveNames(const std::vector<std::string>& names,
                                                   std::chrono::milliseconds limit);

}  // namespace podreach::probe
