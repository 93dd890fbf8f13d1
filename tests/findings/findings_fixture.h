#pragma once

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "podreach/findings/judge.h"
#include "tests/policy/policy_builder.h"

namespace podreach {

/// Policies, a scan's plan over Shop() and what was seen, a line each; then its findings.
class FindingsTest : public testing::Test {
 protected:
  VantageId From(VantageKind kind, const std::string& ns, const std::string& name) {
    Vantage vantage;
    vantage.id = VantageId{static_cast<std::uint32_t>(plan_.vantages.size())};
    vantage.kind = kind;
    vantage.ns = ns;
    vantage.name = name;
    plan_.vantages.push_back(vantage);
    cells_.emplace_back();
    return vantage.id;
  }

  TargetId To(TargetKind kind, const std::string& workload, const char* port, bool sensitive,
              std::vector<Backend> backends = {}) {
    const TargetId id{static_cast<std::uint32_t>(plan_.targets.size())};
    plan_.targets.push_back({.place = PlaceId{static_cast<std::uint32_t>(plan_.places.size())},
                             .protocol = Protocol::kTcp,
                             .port = *Port::Parse(port),
                             .service = "redis",
                             .sensitive = sensitive});
    plan_.places.push_back({.kind = kind,
                            .address = *IpAddress::Parse("10.0.1.2"),
                            .ns = kind == TargetKind::kMetadata ? "" : "shop",
                            .workload = workload,
                            .name = workload});
    plan_.pod_of_place.emplace_back();
    if (!backends.empty()) plan_.backends[id] = std::move(backends);
    return id;
  }

  void Saw(VantageId vantage, TargetId target, Outcome outcome, Verdict verdict,
           Reason reason = Reason::kNone) {
    cells_[Index(vantage)][target] = {
        .outcome = outcome, .seen = outcome, .verdict = verdict, .reason = reason};
  }

  /// The record of what was seen so far; every cell rests on shop/deny.
  void MakeRecordOf(const Snapshot& snapshot, const Evaluator& evaluator) {
    record_ = {};
    record_.enforcement = enforcement_;
    record_.places = plan_.places;
    record_.targets = plan_.targets;
    record_.services = services_;
    record_.rules = {
        {RecordedRule::Direction::kIngress, "shop/deny", "", "isolated by shop/deny", ""}};
    record_.evidence = {{.rules = {0}}};
    for (const auto& [target, backends] : plan_.backends) {
      for (const Backend& backend : backends) {
        record_.backends[target].push_back(
            {snapshot.pods[backend.pod].workload.ToString(), backend.address, backend.port});
      }
    }
    for (const SnapshotGap& gap : snapshot.gaps) record_.gaps.push_back({gap.What(), gap.Why()});
    for (const SnapshotGap& gap : evaluator.NotEvaluated())
      record_.gaps.push_back({gap.What(), gap.Why()});
    for (std::size_t v = 0; v < plan_.vantages.size(); ++v) AddRow(v);
  }

  void AddRow(std::size_t vantage) {
    RecordedVantage recorded;
    recorded.kind = plan_.vantages[vantage].kind;
    recorded.ns = plan_.vantages[vantage].ns;
    recorded.name = plan_.vantages[vantage].name;
    if (vantage < cells_.size() && !cells_[vantage].empty()) {
      RecordedRow row;
      row.ask = static_cast<std::uint32_t>(record_.asks.size());
      auto& ask = record_.asks.emplace_back();
      for (const auto& [target, kind] : cells_[vantage]) {
        ask.push_back(target);
        row.cells.Add(static_cast<std::uint32_t>(record_.kinds.size()));
        record_.kinds.push_back(kind);
      }
      row.evidence = {{0, static_cast<std::uint32_t>(ask.size()), 0}};
      recorded.row = std::move(row);
    }
    record_.vantages.push_back(std::move(recorded));
  }

  std::vector<std::string> Ids(const std::vector<testing_policy::NetworkPolicy>& policies = {},
                               EnforcerProfile profile = {}) {
    return Ids(testing_policy::Shop(policies), std::move(profile));
  }
  std::vector<std::string> Ids(Snapshot snapshot, EnforcerProfile profile = {}) {
    const Evaluator evaluator(std::make_shared<const Snapshot>(std::move(snapshot)),
                              std::move(profile));
    MakeRecordOf(evaluator.snapshot(), evaluator);
    AddFindings(evaluator, plan_, record_);
    return Found();
  }

  [[nodiscard]] std::vector<std::string> Found() const {
    std::vector<std::string> ids;
    for (const Finding& finding : record_.findings) ids.push_back(finding.id);
    return ids;
  }

  const Finding& Get(const std::string& id) const {
    for (const Finding& finding : record_.findings) {
      if (finding.id == id) return finding;
    }
    throw std::runtime_error("no finding " + id);
  }

  ScanPlan plan_;
  ScanRecord record_;
  Enforcement enforcement_ = Enforcement::kBySilence;
  std::map<TargetId, IdentifiedService> services_;
  std::vector<std::map<TargetId, CellKind>> cells_;  // by vantage
};

}  // namespace podreach
