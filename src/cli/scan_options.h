#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cluster_connection.h"
#include "cli/evaluator_source.h"
#include "cli/option_set.h"
#include "cli/record_output.h"
#include "podreach/base/severity.h"
#include "podreach/cluster/label_selector.h"
#include "podreach/net/endpoint.h"
#include "podreach/net/port_set.h"
#include "podreach/plan/scan_plan.h"

namespace podreach::cli {

/// imagePullPolicy of the probes (core/v1 PullPolicy).
enum class PullPolicy : std::uint8_t { kAlways, kIfNotPresent, kNever };
/// As the API writes it: "IfNotPresent".
[[nodiscard]] std::string_view ToString(PullPolicy policy);

struct ScanOptions {
  AccessOptions access;
  std::string own_namespace = "podreach";
  std::string probe_image = "podreach-probe:0.1.0";
  PullPolicy pull_policy = PullPolicy::kIfNotPresent;
  std::vector<std::string> namespaces;  ///< vantages and targets of these alone; empty: all
  bool all_namespaces = false;          ///< says so, over PODREACH_NAMESPACES and the config file
  std::vector<std::string> exclude_namespaces;
  std::vector<std::string> from;  ///< "NS" or "NS/WORKLOAD"
  std::vector<std::string> to;
  std::string selector;  ///< as kubectl writes it
  std::optional<PortSet> ports;
  Depth depth = Depth::kStandard;
  std::optional<std::uint64_t> rotation;  ///< else the days since 1970
  std::vector<Endpoint> egress;
  Severity severity_threshold = Severity::kHigh;
  std::vector<ScanOutput> outputs;
  std::string format = "table";
  Cni cni = Cni::kAuto;
  std::string intent;  ///< a file, or "built-in"; may be empty
  bool no_nodes = false;
  bool no_identify = false;
  bool no_metadata = false;
  bool no_sensitive_ports = false;
  bool dry_run = false;
  std::uint32_t in_flight = 512;
  std::uint32_t rate = 0;
  std::uint32_t rate_per_target = 10'000;
  std::chrono::milliseconds timeout{600};
  std::chrono::milliseconds settle{1500};
  std::chrono::seconds start_timeout{60};
  std::chrono::seconds sweep_timeout{3600};
  std::chrono::seconds scan_timeout{3600};
  std::uint32_t max_probes = 1'000;
  std::uint32_t flows_per_node = 65'536;
  double fail_coverage_below = 0;
};

void AddScanOptions(OptionSet& options, ScanOptions& scan);

/// --severity-threshold.
void AddSeverityThreshold(OptionSet& options, Severity& threshold, const std::string& help);

}  // namespace podreach::cli
