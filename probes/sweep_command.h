#pragma once

#include <string>
#include <vector>

#include "podreach/wire/probe_order.h"

namespace podreach::probe {

struct SweepOptions {
  std::vector<std::string> targets;   ///< as ExpandTargets takes them
  std::vector<std::string> excluded;  ///< the same
  std::string ports = "1-1024";
  std::string top_ports;  ///< "cluster", or empty
  bool udp = false;
  bool identify = false;         ///< ask what answers at the open ports
  std::string format = "table";  ///< or jsonl, xml, grepable
  std::string resume;            ///< a file that keeps what ended; may be empty
  bool quiet = false;
  std::string arguments;  ///< the command line, for reports
  SweepLimits limits;
};

/// The sweep by hand, from any host. Gives the exit code.
[[nodiscard]] int SweepByHand(const SweepOptions& options);

}  // namespace podreach::probe
