#pragma once

#include <chrono>
#include <cstdint>

#include "podreach/wire/probe_order.h"

namespace podreach::probe {

/// What one host's own answers say of how long to wait for it and how often to ask. The clock is
/// the caller's. Estimates as RFC 6298 makes them.
class HostPace {
 public:
  using Duration = std::chrono::steady_clock::duration;

  explicit HostPace(const SweepLimits& limits) : limits_(&limits) {}

  /// An answer came `rtt` after its try, and `silent_tries` of the same port had none before it.
  void Answered(Duration rtt, unsigned silent_tries);
  [[nodiscard]] bool heard() const { return answers_ > 0; }
  /// How long the given try (1 is the first) waits. Never heard from: half of the limit, then all
  /// of it. Else by the host's own answers, at least 100 ms: a busy host pauses, too.
  [[nodiscard]] Duration Timeout(unsigned attempt) const;
  /// How many silent tries make a port silent: the limits' number, up to 5 where tries get lost.
  [[nodiscard]] unsigned Tries() const;
  /// Whether a port that answers would be missed by that many tries less often than once in 10,000.
  [[nodiscard]] bool IsSure(unsigned tries) const;

 private:
  [[nodiscard]] double LossShare() const;

  const SweepLimits* limits_;
  Duration smoothed_{0};
  Duration variation_{0};
  std::uint32_t answers_ = 0;
  std::uint32_t lost_ = 0;  // silent tries of ports that answered another one
};

}  // namespace podreach::probe
