#include <map>
#include <set>

#include "findings/finding_list.h"

namespace podreach {
namespace {

const std::vector<std::string> kSegmentation = {"OWASP Kubernetes Top Ten 2022 K07",
                                                "OWASP Kubernetes Top Ten 2025 K05",
                                                "OWASP Docker Top Ten D03"};

struct Group {
  Severity severity = Severity::kLow;
  std::set<std::string> vantages;
  std::vector<std::string> evidence;
  std::set<std::string> policies;
  std::string rule;
};

std::string Line(const FindingContext& context, const JudgedCell& cell) {
  const Target& target = context.target(cell);
  std::string line = context.vantage(cell).name + " -> " + target.name + " " +
                     target.endpoint.ToString() + ": " + std::string(ToString(cell.outcome));
  if (!cell.because.empty()) line += " (" + cell.because + ")";
  return line;
}

Severity LeakSeverity(const JudgedCell& cell, const Target& target) {
  if (cell.outcome == Outcome::kClosed) return Severity::kLow;
  return target.sensitive ? Severity::kCritical : Severity::kHigh;
}

/// What disagrees at one place is one finding, however many vantages see it: a port that is open;
/// or all closed ports of a workload, where packets get through but nothing listens.
std::string PlaceOf(const JudgedCell& cell, const Target& target) {
  if (cell.verdict == Verdict::kLeak && cell.outcome == Outcome::kClosed)
    return "closed ports of " + target.workload;
  return target.workload + ":" + std::to_string(target.endpoint.port.number()) + "/" +
         std::string(ToString(target.endpoint.protocol));
}

void Add(FindingContext& context, Verdict verdict, const std::string& place, const Group& group) {
  const bool leak = verdict == Verdict::kLeak;
  Finding finding;
  finding.id = (leak ? "PR-LEAK " : "PR-BROKEN ") + place;
  finding.severity = group.severity;
  const std::string from = std::to_string(group.vantages.size()) +
                           (group.vantages.size() == 1 ? " vantage" : " vantages");
  finding.title = (leak ? "denied by policy, but it gets through from "
                        : "allowed by policy, but it doesn't get through from ") +
                  from + ": " + place;
  finding.evidence = Some(group.evidence);
  finding.evidence.push_back("expected " + std::string(leak ? "deny" : "allow") + ": " +
                             group.rule);
  finding.policies.assign(group.policies.begin(), group.policies.end());
  finding.remedy = leak ? "see that the network plugin enforces this policy on both nodes' paths"
                        : "see what stands between them: another enforcer, a firewall, a route";
  if (leak) finding.references = kSegmentation;
  context.findings.push_back(std::move(finding));
}

}  // namespace

void FindDisagreements(FindingContext& context) {
  if (context.controls.canary == Outcome::kOpen) {
    Finding finding;
    finding.id = "PR-NOT-ENFORCED";
    finding.severity = Severity::kCritical;
    finding.title = "policies are not enforced: the canary's denied connection got through";
    finding.remedy = "install or repair a network plugin that enforces NetworkPolicy";
    finding.references = kSegmentation;
    context.findings.push_back(std::move(finding));
  }
  std::map<std::pair<Verdict, std::string>, Group> groups;
  for (const JudgedCell& cell : context.report.cells) {
    const bool control = context.vantage(cell).kind == VantageKind::kNode;
    if (control || (cell.verdict != Verdict::kLeak && cell.verdict != Verdict::kBroken)) continue;
    const Target& target = context.target(cell);
    Group& group = groups[{cell.verdict, PlaceOf(cell, target)}];
    group.vantages.insert(context.vantage(cell).name);
    group.severity =
        std::max(group.severity,
                 cell.verdict == Verdict::kLeak ? LeakSeverity(cell, target) : Severity::kMedium);
    group.evidence.push_back(Line(context, cell));
    for (const DecidingRule& rule : cell.rules) {
      if (!rule.policy.empty()) group.policies.insert(rule.policy);
      group.rule = rule.text;
    }
  }
  for (const auto& [key, group] : groups) Add(context, key.first, key.second, group);
}

}  // namespace podreach
