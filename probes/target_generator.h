#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "host_pace.h"
#include "icmp_pace.h"
#include "podreach/net/endpoint.h"

namespace podreach::probe {

/// One host of a sweep: what is asked of it, and what its answers tell.
struct SweepHost {
  HostOrder order;
  HostPace pace;
  IcmpPace icmp;
};

/// Gives the ports of hosts, one after the other, going round the hosts, so that none sees more
/// than its share, and beginning at a host that the seed chooses; each host's ports once, in an
/// order of its own. A host that hasn't been heard
/// from yet gets a few at first and more after a moment: its link-layer address must be found
/// before many packets can wait for it (Linux: unres_qlen_bytes).
class TargetGenerator {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Target {
    std::uint32_t host = 0;  ///< index into the hosts
    Protocol protocol = Protocol::kTcp;
    Port port;
  };

  /// The hosts must outlive this.
  TargetGenerator(const std::vector<SweepHost>& hosts, std::uint64_t seed);
  /// Nothing at the end, and where every host that has ports left must wait until resumes().
  [[nodiscard]] std::optional<Target> Next(Time now);
  [[nodiscard]] bool done() const { return live_ == 0; }
  /// When a host that waits may be asked again; meaningful after Next gave nothing.
  [[nodiscard]] Time resumes() const { return resumes_; }

 private:
  struct Cursor {
    std::uint32_t host = 0;
    std::uint32_t left = 0;      // ports not given yet
    std::uint32_t position = 0;  // of the walk over [0, mask]
    std::uint32_t mask = 0;      // 2^k - 1, the smallest that holds all ports
    std::uint32_t given = 0;     // while it warms up
    Time first = {};             // when the first one was given
  };
  [[nodiscard]] bool MustWait(Cursor& cursor, Time now);
  [[nodiscard]] Target Step(Cursor& cursor) const;

  const std::vector<SweepHost>& hosts_;
  std::vector<Cursor> cursors_;  // those before turn_ may be done
  std::size_t live_ = 0;         // those that aren't
  std::uint32_t multiplier_;
  std::uint32_t increment_;
  std::size_t turn_ = 0;
  Time resumes_ = {};
};

}  // namespace podreach::probe
