#include <algorithm>
#include <map>
#include <set>

#include "findings/finding_context.h"
#include "podreach/net/service_catalog.h"

namespace podreach {
namespace {

struct Exposure {
  TargetId target{};           // one of them
  std::set<TargetId> targets;  // the replicas'
  std::set<VantageId> vantages;
};

/// What the catalogue says of the service that was recognised; null where it doesn't know it.
const CatalogPort* Known(const Target& target, const IdentifiedService& service) {
  return FindService(service.service.name, target.protocol, target.port);
}

/// Whether something is behind a port that isn't sensitive by its number which matters by what it
/// was recognised as, and which didn't ask for credentials.
bool IsKnownDoor(const Target& target, const IdentifiedService& service) {
  if (target.sensitive || service.service.access == Access::kRefuses) return false;
  const CatalogPort* known = Known(target, service);
  return known != nullptr && known->severity > Severity::kInfo;
}

Severity SeverityOf(TargetKind kind, const Target& target, const IdentifiedService* service) {
  if (service != nullptr && IsKnownDoor(target, *service)) {
    // Where it isn't known whether it wants credentials, it is known to be reachable alone.
    return service->service.access == Access::kAnswers ? Known(target, *service)->severity
                                                       : Severity::kLow;
  }
  if (kind == TargetKind::kExternal) return Severity::kMedium;
  const Access access = service == nullptr ? Access::kUnknown : service->service.access;
  if (kind == TargetKind::kMetadata)
    return access == Access::kRefuses ? Severity::kMedium : Severity::kHigh;
  if (access == Access::kRefuses) return Severity::kLow;
  const CatalogPort* known = FindCatalogPort(target.protocol, target.port);
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
    const auto found = context.record.services.find(target);
    // One that couldn't be asked may be open to all.
    if (found == context.record.services.end()) continue;
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

std::string Title(const Place& place, const Target& target, const IdentifiedService* service,
                  std::size_t count) {
  const std::string from = " from " + Count(count, "vantage");
  if (place.kind == TargetKind::kMetadata)
    return "the cloud's metadata service is reachable" + from;
  if (place.kind == TargetKind::kExternal)
    return "an exfiltration path: " + place.name + " is reachable" + from;
  const bool door = service != nullptr && IsKnownDoor(target, *service);
  const std::string what = door ? std::string(Known(target, *service)->service) : target.service;
  return what + " on " + place.workload + " port " + std::to_string(target.port.number()) +
         " is open" + from;
}

std::string Remedy(const Place& place) {
  switch (place.kind) {
    case TargetKind::kMetadata:
      return "deny egress to 169.254.169.254/32, or require a hop limit of 1 and session tokens";
    case TargetKind::kExternal:
      return "deny egress by default and allow the addresses that workloads need";
    case TargetKind::kNode:
    case TargetKind::kNodePort:
    case TargetKind::kControlPlane:
    case TargetKind::kHostNetworkPod:
      return "close the port on the node, or deny the pods' egress to the nodes' addresses";
    case TargetKind::kPod:
    case TargetKind::kService:
    case TargetKind::kDns:
    case TargetKind::kProbe:
      break;
  }
  return "deny ingress to " + place.ns +
         " by default and allow the workloads that need it; set a password where there is none";
}

/// Open to where it matters: another namespace's pods, for a pod; any pod, for the rest.
bool Matters(const ScanRecord& record, const RecordedVantage& vantage, TargetId id) {
  if (!StandsForPods(vantage.kind)) return false;
  const Place& place = record.place(id);
  if (place.kind == TargetKind::kMetadata || place.kind == TargetKind::kExternal) return true;
  if (!place.ns.empty() && place.ns == vantage.ns) return false;
  if (record.target(id).sensitive) return true;
  const auto service = record.services.find(id);
  return service != record.services.end() && IsKnownDoor(record.target(id), service->second);
}

using Exposures = std::map<std::uint32_t, Exposure>;

/// Whether a Service leads only to what is exposed by itself: then that one says it.
bool SaidByBackends(const FindingContext& context, const PortPlaces& places, TargetId id,
                    const Exposures& exposures) {
  if (context.record.place(id).kind != TargetKind::kService) return false;
  const auto backends = context.record.backends.find(id);
  return backends != context.record.backends.end() &&
         std::ranges::all_of(backends->second, [&](const RecordedBackend& backend) {
           const auto place = places.Find(PortPlaces::Name(backend.workload, backend.port,
                                                           context.record.target(id).protocol));
           return place && exposures.contains(*place);
         });
}

Exposures FindOpen(const FindingContext& context, const PortPlaces& places) {
  Exposures exposures;
  for (std::uint32_t v = 0; v < context.record.vantages.size(); ++v) {
    const RecordedVantage& vantage = context.record.vantages[v];
    ForEachCell(context.record, VantageId{v}, [&](const RecordedCell& cell) {
      if (cell.kind->outcome != Outcome::kOpen) return;
      if (!Matters(context.record, vantage, cell.target)) return;
      Exposure& exposure = exposures[places.Of(cell.target)];
      exposure.target = cell.target;
      exposure.targets.insert(cell.target);
      exposure.vantages.insert(cell.vantage);
    });
  }
  return exposures;
}

Finding ToFinding(const FindingContext& context, const std::string& key, const Exposure& exposure) {
  const Place& place = context.record.place(exposure.target);
  const Target& target = context.record.target(exposure.target);
  const IdentifiedService* service = Worst(context, exposure);
  Finding finding;
  finding.kind = FindingKind::kExposed;
  finding.id = "PR-EXPOSED " + key;
  finding.severity = SeverityOf(place.kind, target, service);
  finding.title = Title(place, target, service, exposure.vantages.size()) + AccessWords(service);
  std::vector<std::string> names;
  for (const VantageId id : exposure.vantages) names.push_back(context.vantage(id).name);
  std::ranges::sort(names);
  finding.evidence = Some(names);
  if (service != nullptr) {
    finding.evidence.push_back(Words(service->service) + ": " + service->service.evidence +
                               ", asked from " + context.vantage(service->asked_from).name);
  }
  finding.remedy = Remedy(place);
  finding.references = {"OWASP Kubernetes Top Ten 2022 K07", "OWASP Kubernetes Top Ten 2025 K05"};
  return finding;
}

}  // namespace

void FindExposures(FindingContext& context) {
  const PortPlaces places(context.record);
  const Exposures exposures = FindOpen(context, places);
  for (const auto& [place, exposure] : exposures) {
    if (!SaidByBackends(context, places, exposure.target, exposures))
      context.findings.push_back(ToFinding(context, places.name(place), exposure));
  }
}

}  // namespace podreach
