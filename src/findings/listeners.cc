#include <algorithm>
#include <map>
#include <set>

#include "findings/finding_context.h"

namespace podreach {
namespace {

const std::vector<std::string> kSegmentation = {"OWASP Kubernetes Top Ten 2022 K07",
                                                "OWASP Kubernetes Top Ten 2025 K05"};

}  // namespace

void FindUngoverned(FindingContext& context) {
  std::map<std::string, std::set<VantageId>> workloads;
  std::uint64_t cells = 0;
  for (std::uint32_t v = 0; v < context.record.vantages.size(); ++v) {
    if (!StandsForPods(context.record.vantages[v].kind)) continue;
    ForEachCell(context.record, VantageId{v}, [&](const RecordedCell& cell) {
      const bool open =
          cell.kind->verdict == Verdict::kUngoverned && cell.kind->outcome == Outcome::kOpen;
      const Place& place = context.record.place(cell.target);
      if (!open || place.kind != TargetKind::kPod) return;
      ++cells;
      workloads[place.workload].insert(VantageId{v});
    });
  }
  if (workloads.empty()) return;
  Finding finding;
  finding.kind = FindingKind::kUngoverned;
  finding.id = "PR-UNGOVERNED";
  finding.severity = Severity::kLow;
  finding.title = Count(workloads.size(), "workload") + (workloads.size() == 1 ? " has" : " have") +
                  " open ports that no policy governs on either side";
  std::vector<std::string> lines;
  for (const auto& [workload, vantages] : workloads)
    lines.push_back(workload + ", from " + Count(vantages.size(), "vantage"));
  finding.evidence = Some(lines);
  finding.remedy =
      "write a policy that says who may reach them, or one that denies by default and allows what "
      "is needed";
  finding.references = kSegmentation;
  context.findings.push_back(std::move(finding));
}

void FindUndeclaredListeners(FindingContext& context) {
  struct Listener {
    std::set<std::string> pods;
    std::set<VantageId> vantages;
    std::set<TargetId> targets;  // the replicas'
  };
  std::map<std::string, Listener> listeners;
  for (std::uint32_t v = 0; v < context.record.vantages.size(); ++v) {
    ForEachCell(context.record, VantageId{v}, [&](const RecordedCell& cell) {
      const Target& target = context.record.target(cell.target);
      if (!target.undeclared || cell.kind->outcome != Outcome::kOpen) return;
      const Place& place = context.record.place(cell.target);
      Listener& listener =
          listeners[PortPlaces::Name(place.workload, target.port, target.protocol)];
      listener.targets.insert(cell.target);
      listener.pods.insert(place.name);
      if (StandsForPods(context.record.vantages[v].kind)) listener.vantages.insert(VantageId{v});
    });
  }
  for (const auto& [name, listener] : listeners) {
    const TargetId first = *listener.targets.begin();
    const Target& target = context.record.target(first);
    Finding finding;
    finding.kind = FindingKind::kUndeclaredListener;
    finding.id = "PR-UNDECLARED " + name;
    finding.severity = target.sensitive ? Severity::kHigh : Severity::kMedium;
    finding.title = context.record.place(first).workload + " listens on port " +
                    std::to_string(target.port.number()) +
                    ", which no container declares; reachable from " +
                    Count(listener.vantages.size(), "vantage");
    finding.evidence = Some({listener.pods.begin(), listener.pods.end()});
    const auto asked = std::ranges::find_if(
        listener.targets, [&](TargetId id) { return context.record.services.contains(id); });
    if (asked != listener.targets.end()) {
      const ServiceIdentity& service = context.record.services.at(*asked).service;
      finding.evidence.push_back(service.name + ": " + service.evidence);
    }
    finding.remedy = "find out what listens there; declare the port, or close it";
    finding.references = kSegmentation;
    context.findings.push_back(std::move(finding));
  }
}

}  // namespace podreach
