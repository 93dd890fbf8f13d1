#pragma once

#include <chrono>
#include <string>

namespace podreach::probe {

struct RunOptions {
  std::string order;     ///< path of the order's file, in a ConfigMap volume
  std::string pod_name;  ///< whose identity of the order is ours
  std::chrono::seconds max_lifetime{900};
};

/// Life of a probe in a pod: listens, sweeps once a round that the order says go to, writes frames
/// to stdout, and answers others until SIGTERM or its lifetime's end. Gives the exit code.
[[nodiscard]] int RunProbe(const RunOptions& options);

}  // namespace podreach::probe
