#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>

#include "podreach/net/ip_address.h"
#include "podreach/wire/probe_order.h"

namespace podreach::probe {

/// Says when the next attempt may start: attempts a second in all and to one address, and new flows
/// in any two minutes and the minute after them: as long as a dropped SYN may be in a conntrack
/// table. The clock is the caller's.
class RateGovernor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateGovernor(const SweepLimits& limits);
  /// The earliest time for an attempt to `host`; not after `now` where it may start at once.
  [[nodiscard]] Time Earliest(const IpAddress& host, Time now) const;
  /// Counts an attempt that starts at `now`.
  void Started(const IpAddress& host, Time now);

 private:
  using Duration = std::chrono::steady_clock::duration;
  Duration interval_{0};
  Duration host_interval_{0};
  std::uint32_t flow_budget_;
  Time next_;
  std::map<IpAddress, Time> next_for_host_;
  std::deque<Time> flows_;  // starts within the last two minutes, at most the budget
};

}  // namespace podreach::probe
