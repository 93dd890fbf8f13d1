#include "fleet/time_bound.h"

#include <algorithm>
#include <cstdint>

namespace podreach {
namespace {

// The order reaches a pod within a minute even where its kubelet wasn't told to hurry (kubelet
// syncFrequency), and the report comes back.
constexpr double kWaySeconds = 75;
constexpr double kSlack = 3;              // for a busy node, and tries beyond the limits' number
constexpr double kFlowLifeSeconds = 185;  // as the probe counts a flow
constexpr double kAskedAtOnce = 16;
constexpr double kAskSeconds = 12;  // of one open port, with all its questions

}  // namespace

std::chrono::milliseconds SweepTimeBound(std::span<const HostOrder> hosts,
                                         const SweepLimits& limits, bool identify) {
  std::uint64_t ports = 0;
  std::uint64_t most = 0;  // of one host
  for (const HostOrder& host : hosts) {
    const std::uint64_t own = host.tcp.size() + host.udp.size();
    ports += own;
    most = std::max(most, own);
  }
  const double attempts = static_cast<double>(ports) * limits.tries;
  const double timeout = std::chrono::duration<double>(limits.timeout).count();
  double seconds = attempts * timeout / limits.in_flight + limits.tries * timeout;
  if (limits.rate > 0) seconds = std::max(seconds, attempts / limits.rate);
  if (limits.rate_per_host > 0) {
    seconds = std::max(seconds, static_cast<double>(most) * limits.tries / limits.rate_per_host);
  }
  if (limits.flows_per_two_minutes > 0)
    seconds = std::max(seconds, attempts / limits.flows_per_two_minutes * kFlowLifeSeconds);
  if (identify) seconds += (static_cast<double>(ports) / kAskedAtOnce + 1) * kAskSeconds;
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(1000 * (kWaySeconds + kSlack * seconds)));
}

}  // namespace podreach
