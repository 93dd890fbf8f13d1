#include "sweep_engine.h"

namespace podreach::probe {

TargetGenerator::TargetGenerator(std::vector<HostOrder> hosts) {
  for (HostOrder& host : hosts) cursors_.push_back({std::move(host), Protocol::kTcp, 0, 0});
}

std::optional<Endpoint> TargetGenerator::Next(Cursor& cursor) {
  for (;;) {
    const auto& ranges =
        (cursor.protocol == Protocol::kTcp ? cursor.host.tcp : cursor.host.udp).ranges();
    if (cursor.range < ranges.size()) {
      const PortRange& range = ranges[cursor.range];
      if (cursor.port == 0) cursor.port = range.first.number();
      const Endpoint endpoint{cursor.host.address, cursor.protocol,
                              *Port::From(static_cast<std::uint16_t>(cursor.port))};
      if (++cursor.port > range.last.number()) {
        ++cursor.range;
        cursor.port = 0;
      }
      return endpoint;
    }
    if (cursor.protocol == Protocol::kUdp) return std::nullopt;
    cursor.protocol = Protocol::kUdp;
    cursor.range = 0;
    cursor.port = 0;
  }
}

std::optional<Endpoint> TargetGenerator::Next() {
  while (!cursors_.empty()) {
    turn_ %= cursors_.size();
    if (auto endpoint = Next(cursors_[turn_])) {
      ++turn_;
      return endpoint;
    }
    cursors_.erase(cursors_.begin() + static_cast<std::ptrdiff_t>(turn_));
  }
  return std::nullopt;
}

}  // namespace podreach::probe
