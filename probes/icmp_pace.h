#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace podreach::probe {

/// When a host's silent UDP ports are worth another try. A host that refuses by ICMP sends few such
/// errors (Linux: icmp_ratelimit, one a second to a peer after a burst of six), so that most of its
/// closed ports look silent. Tries at that pace, up to a few, get the errors of some; where the
/// first ones get none, the silence is the ports' own. The clock is the caller's.
class IcmpPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// A UDP port was refused by an ICMP error; `paced`: of a try at this pace.
  void Refused(bool paced);
  /// A try at this pace had no answer.
  void Silent() { ++silent_; }
  /// When a silent port is to be tried again; nothing where that isn't worth it. Each call takes a
  /// turn.
  [[nodiscard]] std::optional<Time> NextTry(Time now);
  /// Whether tries that have their turn still make sense.
  [[nodiscard]] bool worthwhile() const { return proven_ || silent_ < kProofs; }

 private:
  static constexpr std::uint32_t kProofs = 2;
  bool refuses_ = false;
  bool proven_ = false;  // that the errors were held back
  std::uint32_t turns_ = 0;
  std::uint32_t silent_ = 0;
  Time last_ = {};
};

}  // namespace podreach::probe
