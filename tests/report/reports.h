#pragma once

#include <string>

#include "podreach/report/report_writer.h"

namespace podreach {

/// A name as nobody should be able to put into a report: markup, a terminal sequence, a
/// right-to-left override, quotes and a broken byte.
inline const std::string kHostile =
    "<script>alert(1)</script>\x1b[31m\u202Egpj\u2066\"'&\x9b\xff\x07";

inline Vantage MakeVantage(std::uint32_t id, VantageKind kind, std::string name) {
  Vantage vantage;
  vantage.id = VantageId{id};
  vantage.kind = kind;
  vantage.ns = "shop";
  vantage.name = std::move(name);
  vantage.stands_for = {{"Deployment", "shop", vantage.name}};
  return vantage;
}

inline Target MakeTarget(std::uint32_t id, std::string ns, std::string workload) {
  return {.id = TargetId{id},
          .endpoint = {*IpAddress::Parse("10.0.0.1"), Protocol::kTcp, *Port::From(5432)},
          .ns = std::move(ns),
          .workload = workload,
          .name = std::move(workload),
          .service = {},
          .pod = {},
          .node = {},
          .backends = {},
          .probe = {}};
}

inline JudgedCell MakeCell(std::uint32_t vantage, std::uint32_t target, Verdict verdict) {
  JudgedCell cell;
  cell.vantage = VantageId{vantage};
  cell.target = TargetId{target};
  cell.expectation = Expectation::kDeny;
  cell.outcome = verdict == Verdict::kLeak ? Outcome::kOpen : Outcome::kFiltered;
  cell.seen = cell.outcome;
  cell.verdict = verdict;
  cell.rules = {{DecidingRule::Direction::kIngress, "bank/default-deny", "", "isolated"}};
  return cell;
}

/// `namespaces` target namespaces of one workload each, probed from a bare vantage, a twin and a
/// node; the first target leaks. Every name has `name` in it.
inline ScanReport MakeReport(const std::string& name, std::uint32_t namespaces) {
  ScanReport report;
  report.cluster = "lab " + name;
  report.server_version = "v1.34.4";
  report.scan_id = "abc123";
  report.started = "2026-01-02T03:04:05Z";
  report.enforcer = "policies are enforced: denied by silence";
  report.phases = {{"sweep", std::chrono::milliseconds(1234)}};
  report.api_requests = 1234;
  report.coverage = {4512, 4431, 13, 12, {{"node2 " + name, "it is not ready " + name}}};
  report.gaps = {{GapKind::kUnlistedKind,
                  {"", "", "Pod", "", ""},
                  "forbidden " + name,
                  "",
                  "pods " + name,
                  ""}};
  report.plan.vantages = {MakeVantage(0, VantageKind::kBare, "bare " + name),
                          MakeVantage(1, VantageKind::kTwin, "twin " + name),
                          MakeVantage(2, VantageKind::kNode, "node " + name)};
  for (std::uint32_t t = 0; t < namespaces; ++t) {
    const std::string ns = "ns" + std::to_string(t) + name;
    report.plan.targets.push_back(MakeTarget(t, ns, ns + "/db[StatefulSet]"));
    for (std::uint32_t v = 0; v < 3; ++v)
      report.cells.push_back(
          MakeCell(v, t, t == 0 && v == 0 ? Verdict::kLeak : Verdict::kAsIntended));
  }
  report.findings = {{"PR-LEAK " + name,
                      Severity::kCritical,
                      "title " + name,
                      {"evidence " + name},
                      {"bank/default-deny " + name},
                      "remedy " + name,
                      {"OWASP Kubernetes Top Ten 2022 K07"}}};
  return report;
}

}  // namespace podreach
