#include <map>
#include <set>

#include "findings/finding_context.h"
#include "podreach/record/reason_words.h"

namespace podreach {
namespace {

const std::vector<std::string> kSegmentation = {"OWASP Kubernetes Top Ten 2022 K07",
                                                "OWASP Kubernetes Top Ten 2025 K05",
                                                "OWASP Docker Top Ten D03"};
constexpr std::size_t kKept = 6;  // lines of evidence: five are shown

struct Group {
  Severity severity = Severity::kLow;
  std::set<VantageId> vantages;
  std::size_t cells = 0;
  std::vector<std::string> evidence;
  std::set<std::string> policies;
  std::string rule;
};

Severity LeakSeverity(const CellKind& cell, const Target& target) {
  if (cell.outcome == Outcome::kClosed) return Severity::kLow;
  return target.sensitive ? Severity::kCritical : Severity::kHigh;
}

std::string Line(const FindingContext& context, const RecordedCell& cell) {
  const Target& target = context.record.target(cell.target);
  const Place& place = context.record.place(cell.target);
  std::string line = context.vantage(cell.vantage).name + " -> " + NameOf(place, target) + " " +
                     EndpointOf(place, target).ToString() + ": " +
                     std::string(ToString(cell.kind->outcome));
  const std::string because = ReasonWords(context.record, cell);
  if (!because.empty()) line += " (" + because + ")";
  return line;
}

void Add(FindingContext& context, Verdict verdict, const std::string& place, const Group& group) {
  const bool leak = verdict == Verdict::kLeak;
  Finding finding;
  finding.kind = leak ? FindingKind::kLeak : FindingKind::kBroken;
  finding.id = (leak ? "PR-LEAK " : "PR-BROKEN ") + place;
  finding.severity = group.severity;
  finding.title = (leak ? "denied by policy, but it gets through from "
                        : "allowed by policy, but it doesn't get through from ") +
                  Count(group.vantages.size(), "vantage") + ": " + place;
  finding.evidence = Some(group.evidence, group.cells);
  if (!group.rule.empty()) {
    finding.evidence.push_back("expected " + std::string(leak ? "deny" : "allow") + ": " +
                               group.rule);
  }
  finding.policies.assign(group.policies.begin(), group.policies.end());
  finding.remedy = leak ? "see that the network plugin enforces this policy on both nodes' paths"
                        : "see what stands between them: another enforcer, a firewall, a route";
  if (leak) finding.references = kSegmentation;
  context.findings.push_back(std::move(finding));
}

/// What disagrees at one place is one finding, however many vantages see it: a port that is open;
/// or all closed ports of a workload, where packets get through but nothing listens.
class Disagreements {
 public:
  explicit Disagreements(FindingContext& context) : context_(context), places_(context.record) {}

  void Find() {
    for (std::uint32_t v = 0; v < context_.record.vantages.size(); ++v) {
      if (context_.record.vantages[v].kind == VantageKind::kNode) continue;
      ForEachCell(context_.record, VantageId{v}, [&](const RecordedCell& cell) {
        const Verdict verdict = cell.kind->verdict;
        if (verdict == Verdict::kLeak || verdict == Verdict::kBroken) Take(cell);
      });
    }
    // By their names, so that the order is the same in every scan.
    std::map<std::pair<Verdict, std::string>, const Group*> sorted;
    for (const auto& [key, group] : open_) sorted[{key.first, places_.name(key.second)}] = &group;
    for (const auto& [workload, group] : closed_)
      sorted[{Verdict::kLeak, "closed ports of " + workload}] = &group;
    for (const auto& [key, group] : sorted) Add(context_, key.first, key.second, *group);
  }

 private:
  void Take(const RecordedCell& cell) {
    const Target& target = context_.record.target(cell.target);
    const bool leak = cell.kind->verdict == Verdict::kLeak;
    Group& group = leak && cell.kind->outcome == Outcome::kClosed
                       ? closed_[context_.record.place(cell.target).workload]
                       : open_[{cell.kind->verdict, places_.Of(cell.target)}];
    group.vantages.insert(cell.vantage);
    ++group.cells;
    group.severity =
        std::max(group.severity, leak ? LeakSeverity(*cell.kind, target) : Severity::kMedium);
    if (group.evidence.size() < kKept) group.evidence.push_back(Line(context_, cell));
    if (cell.evidence == nullptr) return;
    for (const std::uint32_t index : cell.evidence->rules) {
      const RecordedRule& rule = context_.record.rules[index];
      if (!rule.policy.empty()) group.policies.insert(rule.policy);
      group.rule = rule.text;
    }
  }

  FindingContext& context_;
  PortPlaces places_;
  std::map<std::pair<Verdict, std::uint32_t>, Group> open_;
  std::map<std::string, Group> closed_;
};

}  // namespace

void FindDisagreements(FindingContext& context) {
  if (context.record.enforcement == Enforcement::kNotEnforced) {
    Finding finding;
    finding.kind = FindingKind::kNotEnforced;
    finding.id = "PR-NOT-ENFORCED";
    finding.severity = Severity::kCritical;
    finding.title = "policies are not enforced: the canary's denied connection got through";
    finding.remedy = "install or repair a network plugin that enforces NetworkPolicy";
    finding.references = kSegmentation;
    context.findings.push_back(std::move(finding));
  }
  Disagreements(context).Find();
}

}  // namespace podreach
