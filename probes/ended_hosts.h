#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "podreach/wire/host_list.h"
#include "podreach/wire/probe_report.h"
#include "sockets.h"

namespace podreach::probe {

/// Gathers what a sweep sees until hosts have ended, and gives those that ended alike together. It
/// holds hosts that are under way, and those that ended since they were last taken.
class EndedHosts {
 public:
  /// The hosts are sorted by address, and must outlive this.
  explicit EndedHosts(const std::vector<HostOrder>& hosts) : hosts_(hosts) {}

  /// A port of one of the hosts ended; each comes once.
  void Add(const Endpoint& target, const Verdict& verdict);
  /// The host's index; the target must be of one of the hosts.
  [[nodiscard]] std::uint32_t IndexOf(const IpAddress& address) const;
  /// Whether what ended is worth writing for its size alone.
  [[nodiscard]] bool IsFull() const { return ended_bytes_ >= kFullBytes; }
  /// Hosts whose last port ended since the last call.
  [[nodiscard]] std::vector<AlikeHosts> TakeEnded();
  /// Those, and what is known of hosts that haven't ended: for a sweep that is stopped.
  [[nodiscard]] std::vector<AlikeHosts> TakeAll();

 private:
  static constexpr std::size_t kFullBytes = 1U << 16U;
  struct UnderWay {
    std::uint64_t left = 0;  // ports that haven't ended
    std::vector<PortGroup> groups;
  };
  struct Alike {
    std::vector<PortGroup> groups;
    std::vector<std::uint32_t> hosts;
  };
  void End(std::uint32_t host, std::vector<PortGroup> groups);

  const std::vector<HostOrder>& hosts_;
  std::unordered_map<std::uint32_t, UnderWay> under_way_;
  std::map<std::string, Alike> ended_;  // by what says all of the groups
  std::size_t ended_bytes_ = 0;         // about what they take in a report
};

}  // namespace podreach::probe
