#include "cli/scan_settings.h"

#include <unistd.h>

#include <array>

#include "cli/intents_source.h"
#include "cli/selector_text.h"

namespace podreach::cli {
namespace {

/// A pod's name is its host name (core/v1 PodSpec.hostname).
std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

/// What the user limited the scan to, as a command line has it.
std::string ScopeOf(const ScanOptions& options) {
  std::string text;
  const auto add = [&](const char* flag, const std::vector<std::string>& values) {
    for (const std::string& value : values)
      text += (text.empty() ? "" : " ") + std::string(flag) + " " + value;
  };
  if (!options.all_namespaces) add("-n", options.namespaces);
  add("--exclude-namespaces", options.exclude_namespaces);
  add("--from", options.from);
  add("--to", options.to);
  if (!options.selector.empty()) add("-l", {options.selector});
  if (options.ports) add("-p", {options.ports->ToString()});
  return text;
}

std::string_view NameOf(Cni cni) {
  switch (cni) {
    case Cni::kAuto:
      return "auto";
    case Cni::kStandard:
      return "standard";
    case Cni::kCilium:
      return "cilium";
  }
  return "auto";
}

}  // namespace

Result<ScanSettings> ToScanSettings(const ScanOptions& options, const ClusterAccess& access,
                                    std::chrono::system_clock::time_point now) {
  ScanSettings settings;
  settings.plan = {
      .scan_id = {},
      .own_namespace = options.own_namespace,
      .node_vantages = !options.no_nodes,
      .exclude_namespaces = options.exclude_namespaces,
      .namespaces = options.all_namespaces ? std::vector<std::string>() : options.namespaces,
      .from = options.from,
      .to = options.to,
      .egress_canaries = options.egress,
      .metadata = !options.no_metadata,
      .sensitive_ports = !options.no_sensitive_ports,
      .ports = options.ports,
      .depth = options.depth,
      .flows_per_node = options.flows_per_node};
  const auto days = std::chrono::floor<std::chrono::days>(now.time_since_epoch()).count();
  settings.plan.rotation = options.rotation.value_or(static_cast<std::uint64_t>(days));
  if (!options.selector.empty()) {
    auto selector = ParseSelector(options.selector);
    if (!selector) return WithContext(selector.error(), "-l");
    settings.plan.selector = *std::move(selector);
  }
  if (!options.intent.empty()) {
    auto to_check = LoadIntents(options.intent);
    if (!to_check) return to_check.error();
    settings.intents = std::move(to_check->intents);
  }
  settings.cluster = access.name;
  if (access.name == "in-cluster") settings.own_pod = access.default_namespace + "/" + HostName();
  settings.probe_image = options.probe_image;
  settings.pull_policy = ToString(options.pull_policy);
  settings.limits.in_flight = options.in_flight;
  settings.limits.rate = options.rate;
  settings.rate_per_target = options.rate_per_target;
  settings.limits.timeout = options.timeout;
  settings.settle = options.settle;
  settings.start_timeout = options.start_timeout;
  settings.sweep_timeout = options.sweep_timeout;
  settings.scan_timeout = options.scan_timeout;
  settings.max_probes = options.max_probes;
  settings.identify = !options.no_identify;
  settings.cni = NameOf(options.cni);
  settings.scope = ScopeOf(options);
  return settings;
}

}  // namespace podreach::cli
