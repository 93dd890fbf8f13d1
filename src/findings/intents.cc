#include <algorithm>
#include <array>

#include "findings/finding_context.h"
#include "podreach/findings/intent_findings.h"

namespace podreach {
namespace {

/// What the cells say of one intent.
struct Tally {
  std::vector<std::string> broken;  // the first of them
  std::size_t broken_count = 0;
  std::size_t holding = 0;
  std::size_t undecided = 0;
};
constexpr std::size_t kKept = 6;

enum class Says : std::uint8_t { kHolds, kBroken, kNothing };

Says WhatItSays(bool allow, const CellKind& cell) {
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
    case Outcome::kOpenFiltered:
    case Outcome::kUnreachable:
    case Outcome::kLocalError:
    case Outcome::kNotProbed:
      break;
  }
  return Says::kNothing;
}

class IntentCells {
 public:
  IntentCells(const Evaluator& evaluator, const ScanPlan& plan, const ScanRecord& record)
      : evaluator_(evaluator),
        snapshot_(evaluator.snapshot()),
        matcher_(snapshot_),
        plan_(plan),
        record_(record) {
    for (const Node& node : snapshot_.nodes) {
      nodes_[node.name] = &node;
      for (const IpAddress& address : node.internal_ips) node_at_[address] = &node;
    }
  }

  [[nodiscard]] Tally Of(const Intent& intent) const {
    // Who is on which side is asked once a place and once a vantage, not once a cell.
    std::vector<bool> to(plan_.places.size());
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] = IsTo(intent.to, PlaceId{static_cast<std::uint32_t>(i)});
    std::vector<bool> about(plan_.targets.size());
    for (std::size_t i = 0; i < about.size(); ++i) {
      const TargetId id{static_cast<std::uint32_t>(i)};
      about[i] = to[Index(plan_.target(id).place)] && IsAbout(intent, id) &&
                 (!LeadsToPods(plan_.place(id).kind) || IsToBackends(intent.to, id));
    }
    const bool only = intent.action == IntentAction::kAllowOnly;
    Tally tally;
    for (const Vantage& vantage : plan_.vantages) {
      const bool from = IsOn(intent.from, vantage);
      if (only ? from || vantage.kind == VantageKind::kNode : !from) continue;
      ForEachCell(record_, vantage.id, [&](const RecordedCell& cell) {
        if (about[Index(cell.target)]) Add(intent, vantage, cell, tally);
      });
    }
    return tally;
  }

 private:
  void Add(const Intent& intent, const Vantage& vantage, const RecordedCell& cell,
           Tally& tally) const {
    // That a probe reaches itself says nothing of the policies.
    if (cell.kind->basis == Basis::kItself) return;
    const Says says = WhatItSays(intent.action == IntentAction::kAllow, *cell.kind);
    if (says == Says::kHolds) ++tally.holding;
    if (says == Says::kNothing) ++tally.undecided;
    if (says != Says::kBroken) return;
    ++tally.broken_count;
    if (tally.broken.size() == kKept) return;
    const Place& place = record_.place(cell.target);
    const Target& target = record_.target(cell.target);
    tally.broken.push_back(
        vantage.name + " -> " + NameOf(place, target) + " " +
        (place.probe ? std::string() : EndpointOf(place, target).ToString() + " ") +
        std::string(ToString(cell.kind->outcome)));
  }

  /// Ports are the pods', as in policies: behind a Service, those of its backends.
  [[nodiscard]] bool IsAbout(const Intent& intent, TargetId id) const {
    const Target& target = plan_.target(id);
    const auto& ports = intent.ports.at(static_cast<std::size_t>(target.protocol));
    const auto backends = plan_.backends.find(id);
    if (backends == plan_.backends.end() || backends->second.empty())
      return ports.Contains(target.port);
    return std::ranges::any_of(
        backends->second, [&](const Backend& backend) { return ports.Contains(backend.port); });
  }

  /// A probe stands for the pods of its class; a bare one for a pod without labels.
  [[nodiscard]] bool IsOn(const IntentSide& side, const Vantage& vantage) const {
    if (vantage.kind == VantageKind::kNode) {
      const auto node = nodes_.find(vantage.node);
      return node != nodes_.end() && matcher_.HasNode(side, *node->second);
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

  /// Of a target that leads to pods: whether one of these is on the side.
  [[nodiscard]] bool IsToBackends(const IntentSide& side, TargetId id) const {
    const auto backends = plan_.backends.find(id);
    if (backends == plan_.backends.end() || backends->second.empty())
      return IsToAddress(side, plan_.place(id));
    return std::ranges::any_of(backends->second, [&](const Backend& backend) {
      return matcher_.HasPod(side, snapshot_.pods[backend.pod]);
    });
  }

  static bool LeadsToPods(TargetKind kind) {
    return kind == TargetKind::kService || kind == TargetKind::kDns ||
           kind == TargetKind::kNodePort;
  }

  [[nodiscard]] bool IsTo(const IntentSide& side, PlaceId id) const {
    const Place& place = plan_.places[Index(id)];
    if (LeadsToPods(place.kind)) return true;  // target by target
    if (place.probe) return IsOn(side, plan_.vantage(*place.probe));
    if (const auto& pod = plan_.pod_of_place[Index(id)])
      return matcher_.HasPod(side, snapshot_.pods[*pod]);
    return IsToAddress(side, place);
  }

  [[nodiscard]] bool IsToAddress(const IntentSide& side, const Place& place) const {
    if (const auto node = nodes_.find(place.node); node != nodes_.end())
      return matcher_.HasNode(side, *node->second);
    if (const auto node = node_at_.find(place.address); node != node_at_.end())
      return matcher_.HasNode(side, *node->second);
    if (place.kind == TargetKind::kControlPlane) {
      return std::ranges::any_of(
          side, [](const IntentEnd& end) { return end.place == IntentPlace::kControlPlane; });
    }
    return matcher_.HasOutside(side, place.address);
  }

  const Evaluator& evaluator_;
  const Snapshot& snapshot_;
  IntentMatcher matcher_;
  const ScanPlan& plan_;
  const ScanRecord& record_;
  std::map<std::string, const Node*, std::less<>> nodes_;
  std::map<IpAddress, const Node*> node_at_;
};

Finding Broken(const Intent& intent, const Tally& tally) {
  Finding finding;
  finding.kind = FindingKind::kIntent;
  finding.id = "PR-INTENT " + intent.name;
  finding.severity = ParseSeverity(intent.severity).value_or(Severity::kCritical);
  const auto count = std::to_string(tally.broken_count);
  finding.title =
      "the intent " + intent.name + " (" + std::string(ToString(intent.action)) +
      ") is broken: " + count +
      (tally.broken_count == 1 ? " probed connection says so" : " probed connections say so");
  finding.evidence = Some(tally.broken, tally.broken_count);
  if (!intent.reason.empty()) finding.evidence.push_back("its reason: " + intent.reason);
  if (!intent.owner.empty()) finding.evidence.push_back("its owner: " + intent.owner);
  finding.remedy =
      "`podreach explain` names the rules of one of the connections; change them, or "
      "the intent";
  return finding;
}

}  // namespace

void AddIntentFindings(const Evaluator& evaluator, const ScanPlan& plan,
                       const std::vector<Intent>& intents, ScanRecord& record) {
  const IntentCells cells(evaluator, plan, record);
  std::vector<Finding> added;
  for (const Intent& intent : intents) {
    const auto tally = cells.Of(intent);
    if (!tally.broken.empty()) {
      added.push_back(Broken(intent, tally));
    } else if (tally.holding == 0 && !intent.built_in) {
      Finding finding;
      finding.kind = FindingKind::kIntentUnproven;
      finding.id = "PR-INTENT-UNPROVEN " + intent.name;
      finding.title = "nothing that was probed shows whether the intent " + intent.name +
                      " holds; " + std::to_string(tally.undecided) + " cells leave it open";
      finding.remedy = "`podreach expect --intent` says what the policies mean for it";
      added.push_back(std::move(finding));
    }
  }
  auto& findings = record.findings;
  findings.insert(findings.end(), std::make_move_iterator(added.begin()),
                  std::make_move_iterator(added.end()));
  SortFindings(findings);
}

}  // namespace podreach
