#include "icmp_pace.h"

#include <algorithm>

namespace podreach::probe {
namespace {

constexpr std::uint32_t kTurns = 10;
constexpr auto kInterval = std::chrono::milliseconds(1050);

}  // namespace

void IcmpPace::Refused(bool paced) {
  refuses_ = true;
  proven_ = proven_ || paced;
}

std::optional<IcmpPace::Time> IcmpPace::NextTry(Time now) {
  if (!refuses_ || !worthwhile() || turns_ == kTurns) return {};
  ++turns_;
  last_ = std::max(now, last_) + kInterval;
  return last_;
}

}  // namespace podreach::probe
