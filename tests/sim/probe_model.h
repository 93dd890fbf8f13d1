#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/wire/probe_order.h"
#include "podreach/wire/report_writer.h"
#include "tests/sim/accounts.h"
#include "tests/sim/cluster.h"

namespace podreach::sim {

/// One simulated probe: it reads orders and writes its log as probes/run_command.cc does, with the
/// project's own wire library; what it sees comes from the model of the network. This file and its
/// source are all that know the wire format.
class ProbeModel {
 public:
  ProbeModel(Cluster& cluster, std::uint32_t pod, std::string name)
      : cluster_(cluster), pod_(pod), name_(std::move(name)) {}

  /// Looks at the order that its namespace's ConfigMap holds. Gives what it writes to its log, at
  /// once and whole; `time` is when this sweep begins. `cost` is set where it swept.
  [[nodiscard]] std::string Look(const Result<ProbeOrder>& order, VirtualSeconds time,
                                 std::optional<SweepCost>& cost);

 private:
  [[nodiscard]] std::string Greet(const ProbeOrder& order, const ProbeIdentity& identity);
  /// What a probe says of an order that it can't read; once.
  [[nodiscard]] std::string Complain(const Error& error);
  [[nodiscard]] std::string Sweep(const ProbeOrder& order, const SweepLimits& limits,
                                  const std::vector<HostOrder>& hosts, SweepCost& cost);

  Cluster& cluster_;
  const std::uint32_t pod_;
  const std::string name_;
  std::optional<ReportWriter> writer_;
  std::uint32_t next_round_ = 0;
  bool complained_ = false;
};

}  // namespace podreach::sim
