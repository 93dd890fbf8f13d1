#include <algorithm>
#include <map>
#include <set>

#include "findings/finding_list.h"
#include "podreach/net/service_catalog.h"

namespace podreach {
namespace {

struct Exposure {
  const Target* target = nullptr;
  std::set<TargetId> targets;  // the replicas'
  std::set<std::string> vantages;
};

/// What the catalogue says of the service that was recognised; null where it doesn't know it.
const CatalogPort* Known(const Target& target, const IdentifiedService& service) {
  return FindService(service.service.name, target.endpoint.protocol, target.endpoint.port);
}

/// Whether something is behind a port that isn't sensitive by its number which matters by what it
/// was recognised as, and which didn't ask for credentials.
bool IsKnownDoor(const Target& target, const IdentifiedService& service) {
  if (target.sensitive || service.service.access == Access::kRefuses) return false;
  const CatalogPort* known = Known(target, service);
  return known != nullptr && known->severity > Severity::kInfo;
}

Severity SeverityOf(const Target& target, const IdentifiedService* service) {
  if (service != nullptr && IsKnownDoor(target, *service)) {
    // Where it isn't known whether it wants credentials, it is known to be reachable alone.
    return service->service.access == Access::kAnswers ? Known(target, *service)->severity
                                                       : Severity::kLow;
  }
  if (target.kind == TargetKind::kExternal) return Severity::kMedium;
  const Access access = service == nullptr ? Access::kUnknown : service->service.access;
  if (target.kind == TargetKind::kMetadata)
    return access == Access::kRefuses ? Severity::kMedium : Severity::kHigh;
  if (access == Access::kRefuses) return Severity::kLow;
  const CatalogPort* known = FindCatalogPort(target.endpoint.protocol, target.endpoint.port);
  if (access == Access::kAnswers && known != nullptr && known->severity == Severity::kCritical)
    return Severity::kCritical;
  return Severity::kHigh;  // that it answers is known; whether without credentials may not be
}

/// Of a workload's replicas the one that is the worst: that answers, then of which it isn't known.
const IdentifiedService* Worst(const FindingContext& context, const Exposure& exposure) {
  const auto badness = [](const IdentifiedService& service) {
    switch (service.service.access) {
      case Access::kAnswers:
        return 2;
      case Access::kUnknown:
        return 1;
      case Access::kRefuses:
        return 0;
    }
    return 1;
  };
  const IdentifiedService* worst = nullptr;
  for (const TargetId target : exposure.targets) {
    const auto found = context.report.services.find(target);
    // One that couldn't be asked may be open to all.
    if (found == context.report.services.end()) continue;
    if (worst == nullptr || badness(found->second) > badness(*worst)) worst = &found->second;
  }
  return worst;
}

std::string Words(const ServiceIdentity& service) {
  std::string text = service.name;
  if (!service.product.empty() && service.product != service.name) text += ", " + service.product;
  if (!service.version.empty()) text += " " + service.version;
  return text;
}

std::string AccessWords(const IdentifiedService* service) {
  if (service == nullptr || service->service.access == Access::kUnknown) return {};
  return service->service.access == Access::kAnswers ? ", and answers without credentials"
                                                     : ", and asks for credentials";
}

std::string Title(const Target& target, const IdentifiedService* service, std::size_t count) {
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
  std::string what = target.service;
  if (service != nullptr && IsKnownDoor(target, *service)) what = Known(target, *service)->service;
  return what + " on " + target.workload + " port " +
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
bool Matters(const FindingContext& context, const Vantage& vantage, const Target& target) {
  if (vantage.kind != VantageKind::kBare && vantage.kind != VantageKind::kTwin) return false;
  if (target.kind == TargetKind::kMetadata || target.kind == TargetKind::kExternal) return true;
  if (!target.ns.empty() && target.ns == vantage.ns) return false;
  if (target.sensitive) return true;
  const auto service = context.report.services.find(target.id);
  return service != context.report.services.end() && IsKnownDoor(target, service->second);
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
    if (cell.outcome != Outcome::kOpen || !Matters(context, context.vantage(cell), target))
      continue;
    Exposure& exposure =
        exposures[KeyOf(target.workload, target.endpoint.port, target.endpoint.protocol)];
    exposure.target = &target;
    exposure.targets.insert(target.id);
    exposure.vantages.insert(context.vantage(cell).name);
  }
  for (const auto& [key, exposure] : exposures) {
    if (SaidByBackends(context, *exposure.target, exposures)) continue;
    Finding finding;
    finding.id = "PR-EXPOSED " + key;
    const IdentifiedService* service = Worst(context, exposure);
    finding.severity = SeverityOf(*exposure.target, service);
    finding.title =
        Title(*exposure.target, service, exposure.vantages.size()) + AccessWords(service);
    finding.evidence = Some({exposure.vantages.begin(), exposure.vantages.end()});
    if (service != nullptr) {
      const Vantage& asked_from = context.report.plan.vantages[Index(service->asked_from)];
      finding.evidence.push_back(Words(service->service) + ": " + service->service.evidence +
                                 ", asked from " + asked_from.name);
    }
    finding.remedy = Remedy(*exposure.target);
    finding.references = {"OWASP Kubernetes Top Ten 2022 K07", "OWASP Kubernetes Top Ten 2025 K05"};
    context.findings.push_back(std::move(finding));
  }
}

std::vector<std::set<TargetId>> WhatToIdentify(const ScanReport& report) {
  // Which vantages could ask: of a target in their own namespace only where nobody else can.
  std::map<TargetId, std::set<VantageId>> others;
  std::map<TargetId, std::set<VantageId>> neighbours;
  for (const JudgedCell& cell : report.cells) {
    const Vantage& vantage = report.plan.vantages[Index(cell.vantage)];
    const Target& target = report.plan.targets[Index(cell.target)];
    const bool pod = vantage.kind == VantageKind::kBare || vantage.kind == VantageKind::kTwin;
    if (cell.outcome != Outcome::kOpen || !pod || target.kind == TargetKind::kProbe ||
        target.kind == TargetKind::kExternal)
      continue;
    const bool worth = target.sensitive || target.kind == TargetKind::kMetadata ||
                       target.kind == TargetKind::kDns || cell.verdict == Verdict::kLeak ||
                       (target.declared && !target.service.empty());
    if (!worth) continue;
    const bool same = !target.ns.empty() && target.ns == vantage.ns;
    (same ? neighbours : others)[target.id].insert(vantage.id);
  }
  for (const auto& [target, vantages] : neighbours) others.try_emplace(target, vantages);
  std::vector<std::set<TargetId>> asked(report.plan.vantages.size());
  for (const auto& [target, vantages] : others) {
    const VantageId least = *std::min_element(
        vantages.begin(), vantages.end(),
        [&](VantageId a, VantageId b) { return asked[Index(a)].size() < asked[Index(b)].size(); });
    asked[Index(least)].insert(target);
  }
  return asked;
}

}  // namespace podreach
