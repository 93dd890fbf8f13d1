#include "host_pace.h"

#include <algorithm>
#include <cmath>

namespace podreach::probe {
namespace {

constexpr unsigned kMostTries = 5;
constexpr auto kLeastTimeout = std::chrono::milliseconds(100);
// One lost try may be an accident of the start: address resolution, a cold cache.
constexpr std::uint32_t kEvidence = 2;
// Of ports that answer, how many may be missed: aimed at, and claimed.
constexpr double kAimedMiss = 1e-5;
constexpr double kSureMiss = 1e-4;

}  // namespace

void HostPace::Answered(Duration rtt, unsigned silent_tries) {
  lost_ += silent_tries;
  if (answers_++ == 0) {
    smoothed_ = rtt;
    variation_ = rtt / 2;
    return;
  }
  const Duration off = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
  variation_ += (off - variation_) / 4;
  smoothed_ += (rtt - smoothed_) / 8;
}

HostPace::Duration HostPace::Timeout(unsigned attempt) const {
  const Duration most = limits_->timeout;
  if (!heard()) return attempt <= 1 ? most / 2 : most;
  const Duration own = std::max<Duration>(kLeastTimeout, 2 * (smoothed_ + 4 * variation_));
  return std::min(most, attempt <= 1 ? own : 2 * own);
}

double HostPace::LossShare() const {
  return lost_ < kEvidence ? 0.0 : static_cast<double>(lost_) / (answers_ + lost_);
}

unsigned HostPace::Tries() const {
  const double loss = LossShare();
  const unsigned least = limits_->tries;
  if (loss <= 0.0) return least;
  const double needed = std::ceil(std::log(kAimedMiss) / std::log(loss));
  return std::clamp(static_cast<unsigned>(std::min(needed, 100.0)), least,
                    std::max(least, kMostTries));
}

bool HostPace::IsSure(unsigned tries) const { return std::pow(LossShare(), tries) <= kSureMiss; }

}  // namespace podreach::probe
