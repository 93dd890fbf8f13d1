#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace podreach::sim {

/// Seconds of the simulated cluster's own time, since the simulator's start.
using VirtualSeconds = double;

/// What one probe's sweep cost, in attempts and in virtual time.
struct SweepCost {
  std::uint32_t node = 0;  ///< where the probe stands
  VirtualSeconds start = 0;
  VirtualSeconds length = 0;
  std::uint64_t attempts = 0;
  std::uint64_t ports = 0;
  std::uint64_t most_to_one_host = 0;         ///< attempts
  std::vector<std::uint32_t> by_target_node;  ///< attempts that another node's conntrack sees, too
};

/// Counts of what the controller and its probes did. New flows are counted for each node in steps
/// of ten virtual seconds, since every attempt takes an entry of conntrack's table on the node that
/// it leaves and on the node that it enters.
class Accounts {
 public:
  explicit Accounts(std::size_t nodes) : nodes_(nodes) {}

  void Request(std::string_view verb, std::string_view resource);
  void Sent(std::size_t bytes) { bytes_sent_ += bytes; }
  void Order(std::size_t bytes);
  void LogBytes(std::size_t bytes) { log_bytes_ += bytes; }
  void Sweep(const SweepCost& cost);

  /// The virtual time: the real time that passed, and what the sweeps took beyond it. A sweep that
  /// is asked for now begins after all sweeps whose reports were read.
  [[nodiscard]] VirtualSeconds Now() const;
  /// The report of a sweep that ended at this time was read.
  void AdvanceTo(VirtualSeconds time);

  [[nodiscard]] nlohmann::json Summary() const;

 private:
  static constexpr double kStep = 10;
  static constexpr std::size_t kStepsOfWindow = 12;  // two minutes

  [[nodiscard]] std::pair<std::uint64_t, std::size_t> MostFlows() const;

  const std::size_t nodes_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  VirtualSeconds ahead_ = 0;  // how far the virtual time is before the real one
  std::map<std::pair<std::string, std::string>, std::uint64_t> requests_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t orders_ = 0;
  std::uint64_t order_bytes_ = 0;
  std::uint64_t largest_order_ = 0;
  std::uint64_t log_bytes_ = 0;
  std::uint64_t sweeps_ = 0;
  std::uint64_t attempts_ = 0;
  std::uint64_t ports_ = 0;
  double most_per_host_second_ = 0;
  VirtualSeconds last_end_ = 0;
  std::map<std::uint64_t, std::vector<float>> flows_;  // step -> node -> flows
};

}  // namespace podreach::sim
