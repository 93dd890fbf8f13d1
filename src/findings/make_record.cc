#include <algorithm>
#include <set>

#include "findings/coverage.h"
#include "podreach/findings/judge.h"

namespace podreach {
namespace {

/// Of more cells than this that disagree or are unclear, the rest are told without their rules: a
/// cluster that enforces nothing has millions, and a rule is said in words that somebody reads.
constexpr std::size_t kExplained = 50'000;

/// A number for each distinct value.
template <class Value>
class Numbers {
 public:
  std::uint32_t Of(const Value& value, std::vector<Value>& list) {
    const auto [entry, added] = known_.try_emplace(value, static_cast<std::uint32_t>(list.size()));
    if (added) list.push_back(value);
    return entry->second;
  }

 private:
  std::map<Value, std::uint32_t> known_;
};

class RecordMaker {
 public:
  explicit RecordMaker(JudgedScan& scan) : scan_(scan), plan_(scan.plan) {}

  ScanRecord Make() {
    Controls controls = FindControls(plan_, scan_.observed);
    FindResets(plan_, scan_.observed, scan_.intentions, controls);
    record_.enforcement = EnforcementOf(controls);
    record_.places = plan_.places;
    record_.targets = plan_.targets;
    record_.services = std::move(scan_.services);
    AddGroups();
    AddBackends();
    AddControls(controls);
    for (const Vantage& vantage : plan_.vantages) AddVantage(vantage, controls);
    AddGaps();
    record_.coverage = CoverageOf(scan_, record_);
    return std::move(record_);
  }

 private:
  void AddGroups() {
    for (const TargetGroup& group : plan_.groups) {
      record_.groups.push_back(
          {group.ns, group.workload, static_cast<std::uint32_t>(group.pods.size()), 0});
    }
    std::set<std::size_t> asked;
    for (std::size_t i = 0; i < plan_.places.size(); ++i) {
      const auto& pod = plan_.pod_of_place[i];
      if (plan_.places[i].group && pod && asked.insert(*pod).second)
        ++record_.groups[Index(*plan_.places[i].group)].asked;
    }
  }

  void AddBackends() {
    for (const auto& [target, backends] : plan_.backends) {
      if (backends.empty()) continue;
      for (const Backend& backend : backends) {
        const Pod& pod = scan_.evaluator.snapshot().pods[backend.pod];
        record_.backends[target].push_back(
            {pod.workload.ToString(), backend.address, backend.port});
      }
    }
  }

  void AddControls(const Controls& controls) {
    for (std::uint32_t t = 0; t < plan_.targets.size(); ++t) {
      const std::uint32_t open = controls.open_from[t];
      const std::uint32_t by = open != Controls::kNobody ? open : controls.reached_from[t];
      if (by != Controls::kNobody) record_.controls[TargetId{t}] = VantageId{by};
    }
  }

  void AddVantage(const Vantage& vantage, const Controls& controls) {
    RecordedVantage recorded{.kind = vantage.kind,
                             .ns = vantage.ns,
                             .name = vantage.name,
                             .pod = vantage.pod_name,
                             .node = vantage.node,
                             .labels = vantage.labels,
                             .stands_for = {},
                             .fault = {},
                             .row = {}};
    for (const WorkloadRef& workload : vantage.stands_for)
      recorded.stands_for.push_back(workload.ToString());
    if (const auto fault = scan_.faults.find(vantage.id); fault != scan_.faults.end())
      recorded.fault = fault->second;
    const TargetList& ask = scan_.observed.list(vantage.id);
    if (ask != nullptr && !IsCanary(vantage.kind))
      recorded.row = MakeRow(vantage.id, ask, controls);
    scan_.observed.Drop(vantage.id);
    scan_.intentions.Drop(vantage.id);
    record_.vantages.push_back(std::move(recorded));
  }

  /// A node asks the canary's target as a control; that is nobody's cell.
  [[nodiscard]] bool IsOfCanary(TargetId target) const {
    const auto& probe = plan_.place(target).probe;
    return probe && IsCanary(plan_.vantage(*probe).kind);
  }

  RecordedRow MakeRow(VantageId vantage, const TargetList& ask, const Controls& controls) {
    RecordedRow row;
    const auto [known, added] =
        asks_.try_emplace(ask, static_cast<std::uint32_t>(record_.asks.size()));
    if (added) {
      record_.asks.push_back(*ask);
      std::erase_if(record_.asks.back(), [this](TargetId target) { return IsOfCanary(target); });
    }
    row.ask = known->second;
    std::size_t position = 0;
    for (std::size_t i = 0; i < ask->size(); ++i) {
      const TargetId target = (*ask)[i];
      if (IsOfCanary(target)) continue;
      const Observation& seen = scan_.observed.At(vantage, i);
      const CellKind kind =
          Decide(scan_.intentions.At(vantage, i), seen, FactsOf(plan_, controls, vantage, target));
      row.cells.Add(kinds_.Of(kind, record_.kinds));
      AddEvidence(EvidenceOf(vantage, target, kind, seen), position++, row);
    }
    return row;
  }

  Evidence EvidenceOf(VantageId vantage, TargetId target, const CellKind& kind,
                      const Observation& seen) {
    Evidence evidence{.icmp = seen.icmp, .error_number = seen.error_number};
    const bool disagrees = kind.verdict == Verdict::kLeak || kind.verdict == Verdict::kBroken;
    const bool unclear = kind.reason == Reason::kUnclearPolicy || kind.reason == Reason::kSidecar;
    if ((!disagrees && !unclear) || explained_ >= kExplained) return evidence;
    ++explained_;
    for (const DecidingRule& rule : scan_.intentions.Explain(vantage, target).rules) {
      const RecordedRule recorded{rule.direction == DecidingRule::Direction::kIngress
                                      ? RecordedRule::Direction::kIngress
                                      : RecordedRule::Direction::kEgress,
                                  rule.policy, rule.field, rule.text, rule.place};
      evidence.rules.push_back(rules_.Of(recorded, record_.rules));
    }
    return evidence;
  }

  void AddEvidence(const Evidence& evidence, std::size_t position, RecordedRow& row) {
    if (evidence.empty()) return;
    const std::uint32_t number = evidence_.Of(evidence, record_.evidence);
    const auto at = static_cast<std::uint32_t>(position);
    const bool goes_on = !row.evidence.empty() && row.evidence.back().evidence == number &&
                         row.evidence.back().first + row.evidence.back().count == at;
    if (goes_on) {
      ++row.evidence.back().count;
    } else {
      row.evidence.push_back({at, 1, number});
    }
  }

  void AddGaps() {
    for (const SnapshotGap& gap : scan_.evaluator.snapshot().gaps)
      record_.gaps.push_back({gap.What(), gap.Why()});
    for (const SnapshotGap& gap : scan_.evaluator.NotEvaluated())
      record_.gaps.push_back({gap.What(), gap.Why()});
  }

  JudgedScan& scan_;
  const ScanPlan& plan_;
  ScanRecord record_;
  std::map<TargetList, std::uint32_t> asks_;
  Numbers<CellKind> kinds_;
  Numbers<RecordedRule> rules_;
  Numbers<Evidence> evidence_;
  std::size_t explained_ = 0;
};

}  // namespace

ScanRecord MakeRecord(JudgedScan scan) { return RecordMaker(scan).Make(); }

}  // namespace podreach
