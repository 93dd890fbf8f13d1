#include <algorithm>
#include <map>
#include <set>

#include "findings/finding_list.h"

namespace podreach {
namespace {

struct Exposure {
  const Target* target = nullptr;
  std::set<std::string> vantages;
};

Severity SeverityOf(const Target& target) {
  if (target.kind == TargetKind::kMetadata) return Severity::kHigh;
  if (target.kind == TargetKind::kExternal) return Severity::kMedium;
  return Severity::kHigh;  // that it answers is known; whether without credentials isn't
}

std::string Title(const Target& target, std::size_t count) {
  const std::string from =
      " from " + std::to_string(count) + (count == 1 ? " vantage" : " vantages");
  switch (target.kind) {
    case TargetKind::kMetadata:
      return "the cloud's metadata service is reachable" + from;
    case TargetKind::kExternal:
      return "an exfiltration path: " + target.name + " is reachable" + from;
    case TargetKind::kPod:
    case TargetKind::kHostNetworkPod:
    case TargetKind::kService:
    case TargetKind::kNode:
    case TargetKind::kControlPlane:
    case TargetKind::kDns:
    case TargetKind::kProbe:
      break;
  }
  return target.service + " on " + target.workload + " port " +
         std::to_string(target.endpoint.port.number()) + " is open" + from;
}

std::string Remedy(const Target& target) {
  switch (target.kind) {
    case TargetKind::kMetadata:
      return "deny egress to 169.254.169.254/32, or require a hop limit of 1 and session tokens";
    case TargetKind::kExternal:
      return "deny egress by default and allow the addresses that workloads need";
    case TargetKind::kNode:
    case TargetKind::kControlPlane:
    case TargetKind::kHostNetworkPod:
      return "close the port on the node, or deny the pods' egress to the nodes' addresses";
    case TargetKind::kPod:
    case TargetKind::kService:
    case TargetKind::kDns:
    case TargetKind::kProbe:
      break;
  }
  return "deny ingress to " + target.ns +
         " by default and allow the workloads that need it; set a password where there is none";
}

/// Open to where it matters: another namespace's pods, for a pod; any pod, for the rest.
bool Matters(const Vantage& vantage, const Target& target) {
  if (vantage.kind != VantageKind::kBare && vantage.kind != VantageKind::kTwin) return false;
  if (target.kind == TargetKind::kMetadata || target.kind == TargetKind::kExternal) return true;
  return target.sensitive && (target.ns.empty() || target.ns != vantage.ns);
}

std::string KeyOf(const std::string& workload, Port port, Protocol protocol) {
  return workload + ":" + std::to_string(port.number()) + "/" + std::string(ToString(protocol));
}

/// Whether a Service leads only to what is exposed by itself: then that one says it.
bool SaidByBackends(const FindingContext& context, const Target& target,
                    const std::map<std::string, Exposure>& exposures) {
  return target.kind == TargetKind::kService && !target.backends.empty() &&
         std::all_of(target.backends.begin(), target.backends.end(), [&](const Backend& backend) {
           const Pod& pod = context.evaluator.snapshot().pods[backend.pod];
           return exposures.contains(
               KeyOf(pod.workload.ToString(), backend.port, target.endpoint.protocol));
         });
}

}  // namespace

void FindExposures(FindingContext& context) {
  std::map<std::string, Exposure> exposures;
  for (const JudgedCell& cell : context.report.cells) {
    const Target& target = context.target(cell);
    if (cell.outcome != Outcome::kOpen || !Matters(context.vantage(cell), target)) continue;
    Exposure& exposure =
        exposures[KeyOf(target.workload, target.endpoint.port, target.endpoint.protocol)];
    exposure.target = &target;
    exposure.vantages.insert(context.vantage(cell).name);
  }
  for (const auto& [key, exposure] : exposures) {
    if (SaidByBackends(context, *exposure.target, exposures)) continue;
    Finding finding;
    finding.id = "PR-EXPOSED " + key;
    finding.severity = SeverityOf(*exposure.target);
    finding.title = Title(*exposure.target, exposure.vantages.size());
    finding.evidence = Some({exposure.vantages.begin(), exposure.vantages.end()});
    finding.remedy = Remedy(*exposure.target);
    finding.references = {"OWASP Kubernetes Top Ten 2022 K07", "OWASP Kubernetes Top Ten 2025 K05"};
    context.findings.push_back(std::move(finding));
  }
}

}  // namespace podreach
