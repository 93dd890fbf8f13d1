#pragma once

#include <string_view>

#include "podreach/net/port.h"

namespace podreach::probe {

/// The question that a UDP port is asked: what its usual service answers, or two empty lines.
[[nodiscard]] std::string_view UdpPayload(Port port);

}  // namespace podreach::probe
