#include <algorithm>
#include <array>

#include "findings/finding_list.h"
#include "podreach/findings/intent_findings.h"

namespace podreach {
namespace {

Severity SeverityNamed(std::string_view name) {
  for (const auto severity :
       {Severity::kInfo, Severity::kLow, Severity::kMedium, Severity::kHigh}) {
    if (ToString(severity) == name) return severity;
  }
  return Severity::kCritical;
}

/// What the cells say of one intent.
struct Tally {
  std::vector<std::string> broken;
  std::size_t holding = 0;
  std::size_t undecided = 0;
};

enum class Says : std::uint8_t { kHolds, kBroken, kNothing };

class IntentCells {
 public:
  IntentCells(const Evaluator& evaluator, const ScanReport& report)
      : evaluator_(evaluator),
        snapshot_(evaluator.snapshot()),
        matcher_(snapshot_),
        report_(report) {}

  [[nodiscard]] Tally Of(const Intent& intent) const {
    Tally tally;
    for (const JudgedCell& cell : report_.cells) {
      const Vantage& vantage = report_.plan.vantages[Index(cell.vantage)];
      const Target& target = report_.plan.targets[Index(cell.target)];
      if (!IsAbout(intent, target) || !IsTo(intent.to, target)) continue;
      const bool from = IsOn(intent.from, vantage);
      const bool only = intent.action == IntentAction::kAllowOnly;
      if (only ? from || vantage.kind == VantageKind::kNode : !from) continue;
      const Says says = Asked(intent.action == IntentAction::kAllow, cell);
      if (says == Says::kHolds) ++tally.holding;
      if (says == Says::kNothing) ++tally.undecided;
      if (says == Says::kBroken) {
        tally.broken.push_back(vantage.name + " -> " + target.name + " " +
                               (target.probe ? std::string() : target.endpoint.ToString() + " ") +
                               std::string(ToString(cell.outcome)));
      }
    }
    return tally;
  }

 private:
  /// Ports are the pods', as in policies: behind a Service, those of its backends.
  static bool IsAbout(const Intent& intent, const Target& target) {
    const auto& ports = intent.ports.at(static_cast<std::size_t>(target.endpoint.protocol));
    if (target.backends.empty()) return ports.Contains(target.endpoint.port);
    return std::ranges::any_of(
        target.backends, [&](const Backend& backend) { return ports.Contains(backend.port); });
  }

  static Says Asked(bool allow, const JudgedCell& cell) {
    switch (cell.outcome) {
      case Outcome::kOpen:
        return allow ? Says::kHolds : Says::kBroken;
      case Outcome::kClosed:
        // An RST that may be an enforcer's tells nothing.
        if (cell.verdict == Verdict::kUnproven) return Says::kNothing;
        return allow ? Says::kHolds : Says::kBroken;
      case Outcome::kRejected:
        return allow ? Says::kBroken : Says::kHolds;
      case Outcome::kFiltered:
        if (cell.verdict == Verdict::kUnproven) return Says::kNothing;
        return allow ? Says::kBroken : Says::kHolds;
      default:
        return Says::kNothing;
    }
  }

  [[nodiscard]] const Node* FindNode(const std::string& name) const {
    const auto found = std::ranges::find(snapshot_.nodes, name, &Node::name);
    return found == snapshot_.nodes.end() ? nullptr : &*found;
  }

  /// A probe stands for the pods of its class; a bare one for a pod without labels.
  [[nodiscard]] bool IsOn(const IntentSide& side, const Vantage& vantage) const {
    if (vantage.kind == VantageKind::kNode) {
      const Node* const node = FindNode(vantage.node);
      return node != nullptr && matcher_.HasNode(side, *node);
    }
    if (vantage.kind == VantageKind::kBare) {
      Pod bare;
      bare.ns = vantage.ns;
      return matcher_.HasPod(side, bare);
    }
    if (!vantage.pod_class) return false;
    const auto& pods = evaluator_.classes()[static_cast<std::size_t>(*vantage.pod_class)].pods;
    return std::ranges::any_of(
        pods, [&](std::size_t pod) { return matcher_.HasPod(side, snapshot_.pods[pod]); });
  }

  [[nodiscard]] bool IsTo(const IntentSide& side, const Target& target) const {
    if (target.probe) return IsOn(side, report_.plan.vantages[Index(*target.probe)]);
    if (target.pod) return matcher_.HasPod(side, snapshot_.pods[*target.pod]);
    if (!target.backends.empty()) {
      return std::ranges::any_of(target.backends, [&](const Backend& backend) {
        return matcher_.HasPod(side, snapshot_.pods[backend.pod]);
      });
    }
    if (const Node* const node = FindNode(target.node)) return matcher_.HasNode(side, *node);
    for (const Node& node : snapshot_.nodes) {
      if (std::ranges::find(node.internal_ips, target.endpoint.address) != node.internal_ips.end())
        return matcher_.HasNode(side, node);
    }
    if (target.kind == TargetKind::kControlPlane) {
      return std::ranges::any_of(
          side, [](const IntentEnd& end) { return end.place == IntentPlace::kControlPlane; });
    }
    return matcher_.HasOutside(side, target.endpoint.address);
  }

  const Evaluator& evaluator_;
  const Snapshot& snapshot_;
  IntentMatcher matcher_;
  const ScanReport& report_;
};

Finding Broken(const Intent& intent, const Tally& tally) {
  Finding finding;
  finding.id = "PR-INTENT " + intent.name;
  finding.severity = SeverityNamed(intent.severity);
  const auto count = std::to_string(tally.broken.size());
  finding.title =
      "the intent " + intent.name + " (" + std::string(ToString(intent.action)) +
      ") is broken: " + count +
      (tally.broken.size() == 1 ? " probed connection says so" : " probed connections say so");
  finding.evidence = Some(tally.broken);
  if (!intent.reason.empty()) finding.evidence.push_back("its reason: " + intent.reason);
  if (!intent.owner.empty()) finding.evidence.push_back("its owner: " + intent.owner);
  finding.remedy =
      "`podreach explain` names the rules of one of the connections; change them, or "
      "the intent";
  return finding;
}

}  // namespace

void AddIntentFindings(const Evaluator& evaluator, const std::vector<Intent>& intents,
                       ScanReport& report) {
  const IntentCells cells(evaluator, report);
  std::vector<Finding> added;
  for (const Intent& intent : intents) {
    const auto tally = cells.Of(intent);
    if (!tally.broken.empty()) {
      added.push_back(Broken(intent, tally));
    } else if (tally.holding == 0 && !intent.built_in) {
      Finding finding;
      finding.id = "PR-INTENT-UNPROVEN " + intent.name;
      finding.title = "nothing that was probed shows whether the intent " + intent.name +
                      " holds; " + std::to_string(tally.undecided) + " cells leave it open";
      finding.remedy = "`podreach expect --intent` says what the policies mean for it";
      added.push_back(std::move(finding));
    }
  }
  auto& findings = report.findings;
  findings.insert(findings.end(), std::make_move_iterator(added.begin()),
                  std::make_move_iterator(added.end()));
  SortFindings(findings);
}

}  // namespace podreach
