#pragma once

#include <string>
#include <vector>

#include "podreach/wire/probe_order.h"

namespace podreach::probe {

struct SweepOptions {
  std::vector<std::string> targets;  ///< addresses, CIDRs, names
  std::string ports = "1-1024";
  bool udp = false;
  std::string format = "table";  ///< or "jsonl"
  SweepLimits limits;
};

/// The sweep by hand: prints what isn't silent, and counts. Gives the exit code.
[[nodiscard]] int SweepByHand(const SweepOptions& options);

}  // namespace podreach::probe
