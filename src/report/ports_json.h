#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>

#include "podreach/net/port_set.h"

namespace podreach {

/// [{"protocol": "TCP", "first": 80, "last": 80}], as every contract writes ports.
[[nodiscard]] nlohmann::ordered_json PortsJson(const std::array<PortSet, 3>& by_protocol);

}  // namespace podreach
