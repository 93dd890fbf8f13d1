#include "cli/options.h"

namespace podreach::cli {

void AddAccessOptions(CLI::App& command, AccessOptions& options) {
  command
      .add_option("--kubeconfig", options.kubeconfig,
                  "kubeconfig file; else $KUBECONFIG, the pod's service account, ~/.kube/config")
      ->envname("PODREACH_KUBECONFIG")
      ->type_name("FILE");
  command
      .add_option("--context", options.context, "context of the kubeconfig; else its current one")
      ->envname("PODREACH_CONTEXT")
      ->type_name("NAME");
}

static void AddIntent(CLI::App& command, std::string& value) {
  command
      .add_option("--intent", value,
                  "a file of intents (podreach.io/intent/v1: deny, allow, allow-only) to check, "
                  "beside the built-in ones; or `built-in` for those alone")
      ->envname("PODREACH_INTENT")
      ->type_name("FILE");
}

void AddScanOptions(CLI::App& command, ScanOptions& options) {
  AddAccessOptions(command, options.access);
  const auto flag = [&](const char* names, auto& value, const char* help, const char* variable) {
    return command.add_option(names, value, help)->envname(variable)->capture_default_str();
  };
  flag("-f,--format", options.format, "what goes to stdout: table, json or html", "PODREACH_FORMAT")
      ->check(CLI::IsMember({"table", "json", "html"}));
  flag("-o,--output", options.outputs,
       "also write FORMAT=FILE (json, html or table); may be repeated", "PODREACH_OUTPUT")
      ->type_name("FORMAT=FILE");
  flag("--namespace", options.own_namespace,
       "podreach's own namespace: node probes and the canary live there", "PODREACH_NAMESPACE");
  flag("--probe-image", options.probe_image, "image of podreach-probe", "PODREACH_PROBE_IMAGE");
  flag("--pull-policy", options.pull_policy, "imagePullPolicy of the probes",
       "PODREACH_PULL_POLICY")
      ->check(CLI::IsMember({"Always", "IfNotPresent", "Never"}));
  flag("--exclude-namespaces", options.exclude_namespaces,
       "namespaces without probes; may be repeated", "PODREACH_EXCLUDE_NAMESPACES")
      ->delimiter(',');
  flag("--egress", options.egress,
       "an address outside, IP:PORT, to try as exfiltration path; may be repeated",
       "PODREACH_EGRESS")
      ->delimiter(',');
  flag("--cni", options.cni, "whose known deviations to judge by: auto, standard or cilium",
       "PODREACH_CNI")
      ->check(CLI::IsMember({"auto", "standard", "cilium"}));
  AddIntent(command, options.intent);
  flag("--severity-threshold", options.severity_threshold,
       "findings from this severity on make the exit code 1", "PODREACH_SEVERITY_THRESHOLD")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}));
  flag("--fail-coverage-below", options.fail_coverage_below,
       "percent of cells probed below which the exit code is 3", "PODREACH_FAIL_COVERAGE_BELOW")
      ->check(CLI::Range(0.0, 100.0));
  flag("--in-flight", options.in_flight, "attempts open at once, a probe", "PODREACH_IN_FLIGHT")
      ->check(CLI::Range(1U, 65535U));
  flag("--rate", options.rate, "attempts a second, a probe; 0: no limit", "PODREACH_RATE");
  flag("--timeout", options.timeout_ms, "milliseconds of silence before an attempt is given up",
       "PODREACH_TIMEOUT")
      ->check(CLI::Range(1U, 60000U));
  flag("--settle", options.settle_ms, "milliseconds before a disagreement is probed again",
       "PODREACH_SETTLE")
      ->check(CLI::Range(0U, 600000U));
  flag("--start-timeout", options.start_timeout_s, "seconds that a probe pod may take to run",
       "PODREACH_START_TIMEOUT");
  flag("--sweep-timeout", options.sweep_timeout_s, "seconds that one sweep may take",
       "PODREACH_SWEEP_TIMEOUT");
  command
      .add_flag("--no-nodes", options.no_nodes,
                "no hostNetwork probes: fewer controls, more `unproven`")
      ->envname("PODREACH_NO_NODES");
  command
      .add_flag("--no-identify", options.no_identify,
                "don't ask what answers at open ports, and whether without credentials")
      ->envname("PODREACH_NO_IDENTIFY");
  command.add_flag("--no-metadata", options.no_metadata, "don't try 169.254.169.254")
      ->envname("PODREACH_NO_METADATA");
  command
      .add_flag("--no-sensitive-ports", options.no_sensitive_ports,
                "only declared ports of pods, not the catalogue's")
      ->envname("PODREACH_NO_SENSITIVE_PORTS");
  command
      .add_flag("--dry-run", options.dry_run,
                "plan only: print vantages, targets and refusals, make nothing")
      ->envname("PODREACH_DRY_RUN");
  command.add_flag("-q,--quiet,--no-progress", options.quiet, "no progress on stderr")
      ->envname("PODREACH_QUIET");
  command.footer(
      "Exit codes: 0 nothing at or above the threshold, 1 findings, 2 wrong usage,\n"
      "3 incomplete or error, 130 interrupted, 143 terminated.");
}

namespace {

void AddPodCidrs(CLI::App& command, std::vector<std::string>& value) {
  command
      .add_option("--pod-cidr", value,
                  "where pods of manifests, which have no address yet, will get it: without it, "
                  "whether an ipBlock holds them is unknown; may be repeated")
      ->envname("PODREACH_POD_CIDR")
      ->delimiter(',')
      ->type_name("CIDR");
}

void AddPolicySource(CLI::App& command, PolicySourceOptions& options) {
  AddAccessOptions(command, options.access);
  command
      .add_option("--manifests", options.manifests,
                  "read these instead of a cluster: files, directories with .yaml, .yml and .json, "
                  "- for stdin; may be repeated")
      ->envname("PODREACH_MANIFESTS")
      ->type_name("PATH");
  command
      .add_option("--cni", options.cni,
                  "whose known deviations to judge by: auto, standard or cilium")
      ->envname("PODREACH_CNI")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "standard", "cilium"}));
  AddPodCidrs(command, options.pod_cidrs);
}

}  // namespace

void AddExplainOptions(CLI::App& command, ExplainOptions& options) {
  AddPolicySource(command, options.from);
  command
      .add_option("source", options.source,
                  "a pod or workload as NAMESPACE/NAME, a node as node/NAME, or an address")
      ->required()
      ->type_name("SRC");
  command
      .add_option("destination", options.destination,
                  "the same, or a Service as svc/NAMESPACE/NAME or by an address or NodePort of "
                  "it: judged at what stands behind it")
      ->required()
      ->type_name("DST");
  command.add_option("port", options.port, "a number, of TCP where no protocol is named: 53/udp")
      ->required()
      ->type_name("PORT");
  command.footer(
      "Exit codes tell the answer: 0 allowed, 1 denied, 3 unknown or error, or a document that\n"
      "may hold a policy could not be read; 2 wrong usage, 130 "
      "interrupted, 143 terminated.");
}

void AddDiffOptions(CLI::App& command, DiffOptions& options) {
  AddAccessOptions(command, options.access);
  const auto side = [&](const char* name, std::string& value, const char* help) {
    command.add_option(name, value, help)->required()->type_name("SIDE");
  };
  side("before", options.before,
       "manifests (a file, a directory, - for stdin), `cluster`, or `context:NAME` of the "
       "kubeconfig");
  side("after", options.after, "the same");
  const auto flag = [&](const char* names, std::string& value, const char* help,
                        const char* variable) {
    return command.add_option(names, value, help)->envname(variable)->capture_default_str();
  };
  flag("--cni", options.cni, "whose known deviations to judge by: auto, standard or cilium",
       "PODREACH_CNI")
      ->check(CLI::IsMember({"auto", "standard", "cilium"}));
  AddPodCidrs(command, options.pod_cidrs);
  flag("-f,--format", options.format, "table or json (podreach.io/diff/v1)", "PODREACH_FORMAT")
      ->check(CLI::IsMember({"table", "json"}));
  flag("-o,--output", options.output, "write to this file instead of stdout", "PODREACH_OUTPUT")
      ->type_name("FILE");
  command.footer(
      "Workload by workload: which connections open and close, and which may, as something about\n"
      "them is unknown on one side; with what decided before and after. Exit codes: 0 no changes,\n"
      "1 changes, 2 wrong usage, 3 error, or something couldn't be read: what could is compared;\n"
      "130 interrupted, 143 terminated.");
}

void AddExpectOptions(CLI::App& command, ExpectOptions& options) {
  AddPolicySource(command, options.from);
  const auto flag = [&](const char* names, std::string& value, const char* help,
                        const char* variable) {
    return command.add_option(names, value, help)->envname(variable)->capture_default_str();
  };
  flag("-f,--format", options.format, "table, json (podreach.io/expect/v1), csv or dot",
       "PODREACH_FORMAT")
      ->check(CLI::IsMember({"table", "json", "csv", "dot"}));
  flag("-o,--output", options.output, "write to this file instead of stdout", "PODREACH_OUTPUT")
      ->type_name("FILE");
  flag("--group-by", options.group_by,
       "what the ends are: workload, pod, namespace or class (pods that no policy tells apart)",
       "PODREACH_GROUP_BY")
      ->check(CLI::IsMember({"workload", "pod", "namespace", "class"}));
  AddIntent(command, options.intent);
  flag("--severity-threshold", options.severity_threshold,
       "with --intent: broken intents from this severity on make the exit code 1",
       "PODREACH_SEVERITY_THRESHOLD")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}));
  command
      .add_flag("-q,--quiet,--no-progress", options.quiet, "no progress on stderr; there is none")
      ->envname("PODREACH_QUIET");
  command.footer(
      "A pair that isn't there is denied. What can't be evaluated is named on stderr, and what it\n"
      "could touch is unknown. With --intent, statements about what must and must not be are held\n"
      "against the matrix, which isn't written then (table or json). Exit codes: 0 done, or every\n"
      "intent holds, 1 a broken intent, 2 wrong usage, 3 error, or something couldn't be read or\n"
      "judged: what could is written; 130 interrupted, 143 terminated: -o's file isn't there "
      "then.");
}

}  // namespace podreach::cli
