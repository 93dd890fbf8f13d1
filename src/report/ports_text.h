#pragma once

#include <array>
#include <string>

#include "podreach/net/port_set.h"

namespace podreach {

/// "TCP 80,443; UDP 53", "all", or empty; by Protocol.
[[nodiscard]] std::string PortsText(const std::array<PortSet, 3>& by_protocol);

}  // namespace podreach
