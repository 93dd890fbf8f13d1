#include "target_generator.h"

#include <algorithm>
#include <bit>

namespace podreach::probe {
namespace {

constexpr std::uint32_t kWarmUpPorts = 64;
constexpr auto kWarmUpTime = std::chrono::milliseconds(50);

/// The port at a place of a set, counted from its lowest.
Port At(const PortSet& ports, std::uint32_t place) {
  for (const PortRange& range : ports.ranges()) {
    const std::uint32_t size = range.last.number() - range.first.number() + 1U;
    if (place < size) return *Port::From(static_cast<std::uint16_t>(range.first.number() + place));
    place -= size;
  }
  return ports.ranges().back().last;
}

}  // namespace

// A linear congruential walk modulo a power of two meets every number once where its increment is
// odd and its multiplier is one more than a multiple of four (Knuth, The Art of Computer
// Programming, volume 2, section 3.2.1.2).
TargetGenerator::TargetGenerator(const std::vector<SweepHost>& hosts, std::uint64_t seed)
    : hosts_(hosts),
      multiplier_(static_cast<std::uint32_t>(seed) * 8U + 5U),
      increment_(static_cast<std::uint32_t>(seed >> 32U) | 1U) {
  for (std::uint32_t i = 0; i < hosts.size(); ++i) {
    const HostOrder& order = hosts[i].order;
    const auto ports = static_cast<std::uint32_t>(order.tcp.size() + order.udp.size());
    if (ports == 0) continue;
    const std::uint32_t mask = std::bit_ceil(ports) - 1U;
    cursors_.push_back({i, ports, static_cast<std::uint32_t>(seed >> 16U) + i, mask, 0, {}});
  }
  live_ = cursors_.size();
  // Many probes sweep the same hosts at the same time: each begins at another one.
  if (live_ > 0) {
    std::rotate(cursors_.begin(),
                cursors_.begin() + static_cast<std::ptrdiff_t>((seed >> 40U) % live_),
                cursors_.end());
  }
}

bool TargetGenerator::MustWait(Cursor& cursor, Time now) {
  if (cursor.given == 0) cursor.first = now;
  if (cursor.given < kWarmUpPorts || hosts_[cursor.host].pace.heard() ||
      now >= cursor.first + kWarmUpTime) {
    return false;
  }
  resumes_ = resumes_ == Time() ? cursor.first + kWarmUpTime
                                : std::min(resumes_, cursor.first + kWarmUpTime);
  return true;
}

TargetGenerator::Target TargetGenerator::Step(Cursor& cursor) const {
  const HostOrder& order = hosts_[cursor.host].order;
  const auto tcp = static_cast<std::uint32_t>(order.tcp.size());
  const auto all = tcp + static_cast<std::uint32_t>(order.udp.size());
  do {
    cursor.position = (cursor.position * multiplier_ + increment_) & cursor.mask;
  } while (cursor.position >= all);
  --cursor.left;
  ++cursor.given;
  if (cursor.position < tcp) return {cursor.host, Protocol::kTcp, At(order.tcp, cursor.position)};
  return {cursor.host, Protocol::kUdp, At(order.udp, cursor.position - tcp)};
}

std::optional<TargetGenerator::Target> TargetGenerator::Next(Time now) {
  resumes_ = {};
  for (std::size_t waiting = 0; waiting < live_;) {
    if (turn_ >= cursors_.size()) {
      // Hosts that are done leave once a round: to erase each one would cost their square.
      std::erase_if(cursors_, [](const Cursor& cursor) { return cursor.left == 0; });
      turn_ = 0;
    }
    Cursor& cursor = cursors_[turn_++];
    if (MustWait(cursor, now)) {
      ++waiting;
      continue;
    }
    const Target target = Step(cursor);
    if (cursor.left == 0) --live_;
    return target;
  }
  return std::nullopt;
}

}  // namespace podreach::probe
