#pragma once

#include <map>
#include <vector>

#include "sockets.h"

namespace podreach::probe {

/// What a sweep saw, host by host, ports that ended alike together.
class SweepResults {
 public:
  void Add(const Endpoint& target, const Verdict& verdict);
  [[nodiscard]] const std::map<IpAddress, std::vector<PortGroup>>& hosts() const { return hosts_; }
  void Clear() { hosts_.clear(); }

 private:
  std::map<IpAddress, std::vector<PortGroup>> hosts_;
};

}  // namespace podreach::probe
