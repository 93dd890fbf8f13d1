#pragma once

#include <functional>
#include <sstream>
#include <string>

#include "podreach/report/report_writer.h"

namespace podreach {

/// A name as nobody should be able to put into a report: markup, a terminal sequence, a
/// right-to-left override, quotes and a broken byte.
inline const std::string kHostile =
    "<script>alert(1)</script>\x1b[31m\u202Egpj\u2066\"'&\x9b\xff\x07";

inline RecordedVantage MakeVantage(VantageKind kind, std::string name) {
  RecordedVantage vantage;
  vantage.kind = kind;
  vantage.ns = "shop";
  vantage.name = std::move(name);
  vantage.stands_for = {"shop/" + vantage.name + "[Deployment]"};
  return vantage;
}

// The kinds of MakeReport's cells.
inline constexpr std::uint32_t kLeakCell = 0;
inline constexpr std::uint32_t kDeniedCell = 1;
inline constexpr std::uint32_t kUngovernedCell = 2;
inline constexpr std::uint32_t kNotProbedCell = 3;
inline constexpr std::uint32_t kAllowedCell = 4;

inline std::vector<CellKind> MakeKinds() {
  return {
      {.expectation = Expectation::kDeny,
       .basis = Basis::kIsolation,
       .outcome = Outcome::kOpen,
       .seen = Outcome::kOpen,
       .verdict = Verdict::kLeak},
      {.expectation = Expectation::kDeny,
       .basis = Basis::kIsolation,
       .outcome = Outcome::kFiltered,
       .seen = Outcome::kFiltered,
       .verdict = Verdict::kAsIntended,
       .reason = Reason::kControlReaches},
      {.expectation = Expectation::kAllow,
       .basis = Basis::kDefault,
       .outcome = Outcome::kOpen,
       .seen = Outcome::kOpen,
       .verdict = Verdict::kUngoverned},
      {.expectation = Expectation::kDeny, .basis = Basis::kIsolation, .why = NotProbed::kNoReport},
      {.expectation = Expectation::kAllow,
       .basis = Basis::kRule,
       .outcome = Outcome::kOpen,
       .seen = Outcome::kOpen,
       .verdict = Verdict::kAsIntended}};
}

/// Which kind of cell a vantage has at a target.
using KindAt = std::function<std::uint32_t(std::uint32_t vantage, std::uint32_t target)>;

/// The first target leaks to the first vantage; all else is as intended.
inline std::uint32_t OneLeak(std::uint32_t vantage, std::uint32_t target) {
  return vantage == 0 && target == 0 ? kLeakCell : kDeniedCell;
}

/// Gives every vantage a row over all targets.
inline void FillRows(ScanRecord& record, const KindAt& kind_at) {
  record.asks = {{}};
  for (std::uint32_t t = 0; t < record.targets.size(); ++t) record.asks[0].push_back(TargetId{t});
  for (std::uint32_t v = 0; v < record.vantages.size(); ++v) {
    RecordedRow row;
    for (std::uint32_t t = 0; t < record.targets.size(); ++t) row.cells.Add(kind_at(v, t));
    record.vantages[v].row = std::move(row);
  }
}

/// `namespaces` target namespaces of one workload each, probed from a bare vantage, a twin and a
/// node. Every name has `name` in it.
inline ScanRecord MakeReport(const std::string& name, std::uint32_t namespaces,
                             const KindAt& kind_at = OneLeak) {
  ScanRecord record;
  record.info.cluster = "lab " + name;
  record.info.server_version = "v1.34.4";
  record.info.scan_id = "abc123";
  record.info.started = "2026-01-02T03:04:05Z";
  record.info.phases = {{"sweep", std::chrono::milliseconds(1234)}};
  record.info.api_requests = 1234;
  record.info.attempts = 56789;
  record.info.probes = 15;
  record.enforcement = Enforcement::kBySilence;
  record.coverage = {.cells = {4512, 4431},
                     .pods = {1058, 56},
                     .workloads = {21, 20},
                     .namespaces = {13, 12},
                     .vantages = {15, 14},
                     .swept = {9, 5},
                     .swept_next = {"shop/a[Pod]", "shop/b[Pod]"},
                     .missing = {{"node2 " + name, "it is not ready " + name, "node"}}};
  record.gaps = {{"pods " + name, "forbidden " + name}};
  record.vantages = {MakeVantage(VantageKind::kBare, "bare " + name),
                     MakeVantage(VantageKind::kTwin, "twin " + name),
                     MakeVantage(VantageKind::kNode, "node " + name)};
  for (std::uint32_t t = 0; t < namespaces; ++t) {
    const std::string ns = "ns" + std::to_string(t) + name;
    record.places.push_back({.kind = TargetKind::kPod,
                             .address = *IpAddress::Parse("10.0.0.1"),
                             .ns = ns,
                             .workload = ns + "/db[StatefulSet]",
                             .name = ns + "/db-0"});
    record.targets.push_back({.place = PlaceId{t}, .port = *Port::From(5432), .declared = true});
  }
  record.kinds = MakeKinds();
  FillRows(record, kind_at);
  record.findings = {{.kind = FindingKind::kLeak,
                      .id = "PR-LEAK " + name,
                      .severity = Severity::kCritical,
                      .title = "title " + name,
                      .evidence = {"evidence " + name},
                      .policies = {"bank/default-deny " + name},
                      .remedy = "remedy " + name,
                      .references = {"OWASP Kubernetes Top Ten 2022 K07"}}};
  return record;
}

/// As many bare vantages as target namespaces.
inline ScanRecord MakeLargeReport(const std::string& name, std::uint32_t namespaces,
                                  const KindAt& kind_at) {
  ScanRecord record = MakeReport(name, namespaces);
  record.vantages.clear();
  for (std::uint32_t v = 0; v < namespaces; ++v) {
    record.vantages.push_back(
        MakeVantage(VantageKind::kBare, "ns" + std::to_string(v) + name + " (bare)"));
    record.vantages.back().ns = "ns" + std::to_string(v) + name;
  }
  FillRows(record, kind_at);
  return record;
}

inline std::string Table(const ScanRecord& record, Colour colour = Colour::kOff) {
  std::ostringstream out;
  WriteTable(record, colour, out);
  return out.str();
}

inline std::string Page(const ScanRecord& record) {
  std::ostringstream out;
  WriteHtml(record, out);
  return out.str();
}

inline std::string CellLines(const ScanRecord& record) {
  std::ostringstream out;
  WriteCells(record, out);
  return out.str();
}

}  // namespace podreach
