#pragma once

#include <memory>
#include <string>
#include <vector>

#include "podreach/fleet/probe_fleet.h"

namespace podreach {

/// One vantage's pod, from creation to its last report.
struct ProbeFleet::Probe {
  enum class Phase { kAbsent, kCreated, kRunning, kFailed };
  std::string ns;
  std::string pod_name;
  std::string nonce;
  ProbeIdentity identity;
  std::string what;  ///< the vantage's name
  Phase phase = Phase::kAbsent;
  std::string uid;
  std::string why;  ///< what keeps it from running, or made it fail
  std::vector<IpAddress> ips;
  std::string node;
  std::unique_ptr<ReportReader> reader;  ///< fed by one follower at a time

  /// Whether it runs and has something to do in the round of its order.
  [[nodiscard]] bool HasWork() const {
    return phase == Phase::kRunning && (!identity.hosts || !identity.hosts->empty());
  }
};

/// A random text of `digits` hex digits, from the system's random source.
[[nodiscard]] std::string RandomHex(std::size_t digits);

/// Calls `work` with 0 to count-1 on up to `threads` threads, and returns when all are done.
void ForEachParallel(std::size_t count, std::size_t threads,
                     const std::function<void(std::size_t)>& work);

[[nodiscard]] inline std::string ConfigMapName(const std::string& scan_id) {
  return "podreach-" + scan_id;
}

}  // namespace podreach
