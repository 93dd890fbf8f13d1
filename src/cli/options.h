#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace podreach::cli {

/// The exit codes of the design.
enum ExitCode : int {
  kNothing = 0,
  kFindings = 1,
  kUsage = 2,
  kFailed = 3,
  kInterrupted = 130,
  kTerminated = 143
};

/// How to reach the cluster.
struct AccessOptions {
  std::string kubeconfig;
  std::string context;
};

struct ScanOptions {
  AccessOptions access;
  std::string own_namespace = "podreach";
  std::string probe_image = "podreach-probe:0.1.0";
  std::string pull_policy = "IfNotPresent";
  std::vector<std::string> exclude_namespaces;
  std::vector<std::string> egress;
  std::string severity_threshold = "high";
  std::vector<std::string> outputs;  ///< "FORMAT=FILE"
  std::string format = "table";
  std::string cni = "auto";
  std::string intent;  ///< a file, or "built-in"; may be empty
  bool no_nodes = false;
  bool no_identify = false;
  bool no_metadata = false;
  bool no_sensitive_ports = false;
  bool dry_run = false;
  bool quiet = false;
  std::uint32_t in_flight = 512;
  std::uint32_t rate = 0;
  std::uint32_t timeout_ms = 600;
  std::uint32_t settle_ms = 1500;
  std::uint32_t start_timeout_s = 60;
  std::uint32_t sweep_timeout_s = 180;
  double fail_coverage_below = 0;
};

/// Whose policies are judged without a probe.
struct PolicySourceOptions {
  AccessOptions access;
  std::vector<std::string> manifests;  ///< files, directories, "-"; empty: a live cluster
  std::string cni = "auto";
  std::vector<std::string> pod_cidrs;
};

struct ExpectOptions {
  PolicySourceOptions from;
  std::string format = "table";
  std::string output;  ///< a file; empty: stdout
  std::string group_by = "workload";
  std::string intent;  ///< a file, or "built-in"; empty: the matrix is written
  std::string severity_threshold = "info";
  bool quiet = false;
};

struct ExplainOptions {
  PolicySourceOptions from;
  std::string source;  ///< "shop/web", "node/n1" or an address
  std::string destination;
  std::string port;  ///< "5432", "53/udp"
};

struct DiffOptions {
  AccessOptions access;
  std::string before;  ///< a path, "-", "cluster" or "context:NAME"
  std::string after;   ///< the same
  std::string cni = "auto";
  std::vector<std::string> pod_cidrs;
  std::string format = "table";
  std::string output;  ///< a file; empty: stdout
};

/// Adds a verb's flags to its subcommand.
void AddScanOptions(CLI::App& command, ScanOptions& options);
void AddAccessOptions(CLI::App& command, AccessOptions& options);
void AddExpectOptions(CLI::App& command, ExpectOptions& options);
void AddExplainOptions(CLI::App& command, ExplainOptions& options);
void AddDiffOptions(CLI::App& command, DiffOptions& options);

/// Each gives the process's exit code.
[[nodiscard]] int RunScan(const ScanOptions& options);
[[nodiscard]] int RunExpect(const ExpectOptions& options);
[[nodiscard]] int RunExplain(const ExplainOptions& options);
[[nodiscard]] int RunDiff(const DiffOptions& options);
[[nodiscard]] int RunClean(const AccessOptions& options);

}  // namespace podreach::cli
