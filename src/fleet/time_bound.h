#pragma once

#include <chrono>
#include <span>

#include "podreach/wire/probe_order.h"

namespace podreach {

/// A time in which a probe that works has swept these hosts and said so, generously: from the
/// attempts, their timeouts and the limits that slow them down.
[[nodiscard]] std::chrono::milliseconds SweepTimeBound(std::span<const HostOrder> hosts,
                                                       const SweepLimits& limits, bool identify);

}  // namespace podreach
