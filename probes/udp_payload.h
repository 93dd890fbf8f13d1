#pragma once

#include <string_view>

#include "podreach/net/port.h"

namespace podreach::probe {

/// The question that a UDP port is asked: one that its usual service answers and that changes
/// nothing there, or two empty lines. Written from the protocols' own specifications, which the
/// source names.
[[nodiscard]] std::string_view UdpPayload(Port port);

}  // namespace podreach::probe
