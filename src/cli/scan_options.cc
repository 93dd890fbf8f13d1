#include "cli/scan_options.h"

#include <charconv>
#include <limits>

#include "cli/intents_source.h"
#include "podreach/base/text.h"

namespace podreach::cli {
namespace {

constexpr std::chrono::seconds kLongest = std::chrono::hours(24);

Result<Endpoint> ReadEgress(const std::string& text) {
  const auto colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::Parse(host);
  const auto port = colon == std::string::npos ? std::nullopt : Port::Parse(text.substr(colon + 1));
  if (address && port) return Endpoint{*address, Protocol::kTcp, *port};
  return MakeError(ErrorKind::kInvalidInput, CleanText(text, 64) + " is not IP:PORT",
                   "write it like 203.0.113.10:443");
}

Result<PortSet> ReadPorts(const std::string& text) {
  if (const auto ports = PortSet::Parse(text)) return *ports;
  return MakeError(ErrorKind::kInvalidInput, CleanText(text, 64) + " is not a list of ports",
                   "write 22,80,6000-6100, or - for all of them");
}

Result<std::uint64_t> ReadRotation(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return MakeError(ErrorKind::kInvalidInput, CleanText(text, 64) + " is not a whole number",
                   "write 0, 1, 2 and so on");
}

/// What is asked, and from where.
void AddScopeOptions(OptionSet& options, ScanOptions& scan) {
  options.Choice<Depth>(
      "--depth", scan.depth,
      {{ToString(Depth::kQuick), Depth::kQuick},
       {ToString(Depth::kStandard), Depth::kStandard},
       {ToString(Depth::kFull), Depth::kFull}},
      "How much is asked. quick: one question for each pair of policy classes. "
      "standard: the same, and undeclared listeners of some groups; a small cluster "
      "is asked everything. full: every port of every pod, from everywhere.");
  options
      .One<PortSet>("-p,--ports", scan.ports, ReadPorts, "",
                    "TCP ports to ask of every pod, instead of the declared and the sensitive "
                    "ones. - is all of them.")
      .Called("PORTS");
  options
      .Texts("-n,--namespaces", scan.namespaces,
             "Only vantages and targets in these namespaces. It may be repeated.")
      .SplitAt(',')
      .Called("NAME");
  options.Flag("-A,--all-namespaces", scan.all_namespaces,
               "All namespaces, whatever a variable or the config file says.");
  options
      .Texts("--from", scan.from,
             "Only vantages that stand in this namespace, or for this workload of it. It may be "
             "repeated.")
      .SplitAt(',')
      .Called("NS[/WORKLOAD]");
  options
      .Texts("--to", scan.to,
             "Only targets in this namespace, or this workload of it. It may be repeated.")
      .SplitAt(',')
      .Called("NS[/WORKLOAD]");
  options
      .Text("-l,--selector", scan.selector,
            "Only target pods with these labels, as kubectl writes them: app=web,tier!=db.")
      .Called("SELECTOR");
  options
      .One<std::uint64_t>("--rotation", scan.rotation, ReadRotation, "",
                          "Which members of a group have their turn: one more for each scan. "
                          "The default is the number of days since 1970, so that a nightly scan "
                          "goes through all of them.")
      .Called("NUMBER");
}

void AddPlanOptions(OptionSet& options, ScanOptions& scan) {
  AddScopeOptions(options, scan);
  options
      .Text("--namespace", scan.own_namespace,
            "podreach's own namespace, where node probes and the canary live.")
      .Called("NAME");
  options
      .Texts("--exclude-namespaces", scan.exclude_namespaces,
             "Namespaces that get no probes and are no targets. It may be repeated.")
      .SplitAt(',')
      .Called("NAME");
  options
      .Many<Endpoint>("--egress", scan.egress, ReadEgress,
                      "An address outside to try as a way out. It may be repeated.")
      .SplitAt(',')
      .Called("IP:PORT");
  AddCni(options, scan.cni);
  options.Flag("--no-nodes", scan.no_nodes,
               "Start no hostNetwork probes: there are fewer controls, and more is unproven.");
  options.Flag("--no-identify", scan.no_identify,
               "Don't ask what answers at open ports, and whether it does without credentials.");
  options.Flag("--no-metadata", scan.no_metadata, "Don't try 169.254.169.254.");
  options.Flag("--no-sensitive-ports", scan.no_sensitive_ports,
               "Try only the ports that pods declare, and not those of the catalogue.");
  options.Flag("--dry-run", scan.dry_run,
               "Print vantages, targets and refusals, and make nothing in the cluster.");
}

void AddProbeOptions(OptionSet& options, ScanOptions& scan) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  options.Text("--probe-image", scan.probe_image, "The image of podreach-probe.").Called("IMAGE");
  options.Choice<PullPolicy>("--pull-policy", scan.pull_policy,
                             {{ToString(PullPolicy::kAlways), PullPolicy::kAlways},
                              {ToString(PullPolicy::kIfNotPresent), PullPolicy::kIfNotPresent},
                              {ToString(PullPolicy::kNever), PullPolicy::kNever}},
                             "The imagePullPolicy of the probes.");
  options.Number<std::uint32_t>("--in-flight", scan.in_flight, 1, 65535,
                                "How many attempts a probe has open at once.");
  options.Number<std::uint32_t>(
      "--rate", scan.rate, 0, kMost,
      "How many attempts a probe makes in a second, at most. 0 means that there is no limit.");
  options.Number<std::uint32_t>("--rate-per-target", scan.rate_per_target, 0, kMost,
                                "How many attempts a second one address sees, from all probes "
                                "together. 0 means that there is no limit.");
  options.Duration("--timeout", scan.timeout, milliseconds(1), milliseconds(60000),
                   "How long silence lasts before an attempt is given up. A number alone is in "
                   "milliseconds.");
  options.Duration("--settle", scan.settle, milliseconds(0), milliseconds(600000),
                   "How long to wait before a disagreement is probed again. A number alone is in "
                   "milliseconds.");
  options.Duration("--start-timeout", scan.start_timeout, seconds(1), kLongest,
                   "How long a probe pod may take to run. A number alone is in seconds.");
  options.Duration("--sweep-timeout", scan.sweep_timeout, seconds(1), kLongest,
                   "How long one sweep may take. Each probe has a nearer limit of its own, from "
                   "the work that it was given. A number alone is in seconds.");
  options.Duration("--scan-timeout", scan.scan_timeout, seconds(1), kLongest,
                   "How long the whole scan may take; then it reports what it learnt. A number "
                   "alone is in seconds.");
  options.Number<std::uint32_t>("--max-probes", scan.max_probes, 1, 100'000,
                                "How many probes run at once. More vantages are swept in waves.");
  options.Number<std::uint32_t>(
      "--flows-per-node", scan.flows_per_node, 1'000, kMost,
      "How many new connections a node may see in two minutes. Over it the scan is slower.");
}

}  // namespace

std::string_view ToString(PullPolicy policy) {
  switch (policy) {
    case PullPolicy::kAlways:
      return "Always";
    case PullPolicy::kIfNotPresent:
      return "IfNotPresent";
    case PullPolicy::kNever:
      return "Never";
  }
  return "?";
}

void AddSeverityThreshold(OptionSet& options, Severity& threshold, const std::string& help) {
  std::vector<Word<Severity>> words;
  for (const Severity severity : kSeverities) words.push_back({ToString(severity), severity});
  options.Choice<Severity>("--severity-threshold", threshold, std::move(words), help);
}

void AddScanOptions(OptionSet& options, ScanOptions& scan) {
  AddAccessOptions(options, scan.access);
  AddScanOutputs(options, scan.format, scan.outputs);
  AddPlanOptions(options, scan);
  AddIntent(options, scan.intent);
  AddSeverityThreshold(options, scan.severity_threshold,
                       "Findings of this severity or above make the exit code 1.");
  options.Percent("--fail-coverage-below", scan.fail_coverage_below,
                  "The share of cells probed below which the exit code is 3.");
  AddProbeOptions(options, scan);
}

}  // namespace podreach::cli
