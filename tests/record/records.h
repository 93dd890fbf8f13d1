#pragma once

#include <string>

#include "podreach/record/scan_record.h"

namespace podreach {

/// Text as nobody should be able to put into a record: markup, a terminal's sequence, a
/// right-to-left override, quotes, a line's end and a zero. All of it is UTF-8.
inline const std::string kHostileText =
    std::string("<script>\x1b[31m\u202Egpj\u2066\u009b\x7f\"'\\{}\r\n") + '\0' + "\u6F22";

inline RecordedVantage MakeVantage(VantageKind kind, const std::string& ns, const std::string& name,
                                   std::optional<RecordedRow> row = std::nullopt) {
  RecordedVantage vantage;
  vantage.kind = kind;
  vantage.ns = ns;
  vantage.name = name;
  vantage.row = std::move(row);
  return vantage;
}

/// A record in which every field says something: two vantages that share an ask, one with an ask of
/// its own, one without a row; targets of IPv4 and IPv6; every kind of evidence.
inline ScanRecord RichRecord(const std::string& text = "x") {
  const auto port = [](std::uint16_t number) { return *Port::From(number); };
  const IpAddress v6 = *IpAddress::Parse("fd00::1:2");
  ScanRecord record;
  record.info = {.cluster = "lab " + text,
                 .server_version = "v1.34.4",
                 .scan_id = "abc123",
                 .started = "2026-01-02T03:04:05Z",
                 .depth = "quick",
                 .scope = "-n shop " + text,
                 .rotation = 18'446'744'073'709'551'614U,
                 .enumerated = false,
                 .incomplete = true,
                 .left_behind = true,
                 .phases = {{"sweep " + text, std::chrono::milliseconds(1234)},
                            {"compare", std::chrono::milliseconds(0)}},
                 .api_requests = 1234,
                 .attempts = 56'789'000'000U,
                 .probes = 12};
  record.enforcement = Enforcement::kByIcmp;
  record.coverage = {.cells = {4512, 4431},
                     .pods = {58, 56},
                     .workloads = {21, 20},
                     .namespaces = {13, 12},
                     .vantages = {15, 14},
                     .swept = {9, 5},
                     .swept_next = {"shop/web[Deployment] " + text, "shop/db[StatefulSet]"},
                     .missing = {{"node2 " + text, "it is not ready " + text, "node"}}};
  record.groups = {{"shop", "shop/db[StatefulSet] " + text, 4'000'000'000U, 1},
                   {"shop", "shop/web[Deployment]", 3, 3}};
  record.places = {
      {.kind = TargetKind::kPod,
       .address = *IpAddress::Parse("10.0.0.1"),
       .ns = "shop",
       .workload = "shop/db[StatefulSet] " + text,
       .name = "shop/db-0 " + text,
       .node = "node1 " + text,
       .group = GroupId{1},
       .probe = {}},
      {.kind = TargetKind::kMetadata, .address = *IpAddress::Parse("169.254.169.254")},
      {.kind = TargetKind::kService, .address = v6, .ns = "shop", .name = "shop/db"},
      {.kind = TargetKind::kProbe, .ns = "bank", .name = "responder", .probe = VantageId{1}}};
  record.targets = {
      {.place = PlaceId{0},
       .protocol = Protocol::kTcp,
       .port = port(6379),
       .service = "Redis",
       .declared = true,
       .sensitive = true},
      {.place = PlaceId{0}, .protocol = Protocol::kTcp, .port = port(31337), .undeclared = true},
      {.place = PlaceId{0}, .protocol = Protocol::kUdp, .port = port(6379), .service = text},
      // The catalogue calls this port Redis elsewhere.
      {.place = PlaceId{2}, .protocol = Protocol::kTcp, .port = port(6379), .declared = true},
      {.place = PlaceId{3}, .protocol = Protocol::kSctp, .port = port(65535), .sensitive = true}};
  record.backends = {{TargetId{3}, {{"shop/db[StatefulSet] " + text, v6, port(1)}}}};
  record.controls = {{TargetId{0}, VantageId{2}},
                     {TargetId{1}, VantageId{2}},
                     {TargetId{3}, VantageId{2}},
                     {TargetId{4}, VantageId{0}}};
  record.asks = {{TargetId{0}, TargetId{1}, TargetId{2}, TargetId{4}}, {TargetId{3}, TargetId{0}}};
  record.kinds = {{.expectation = Expectation::kDeny,
                   .basis = Basis::kIsolation,
                   .outcome = Outcome::kOpen,
                   .seen = Outcome::kOpen,
                   .verdict = Verdict::kLeak},
                  {.expectation = Expectation::kAllow,
                   .basis = Basis::kDefault,
                   .outcome = Outcome::kRejected,
                   .seen = Outcome::kClosed,
                   .verdict = Verdict::kBroken,
                   .reason = Reason::kOpenElsewhere},
                  {.expectation = Expectation::kUnknown,
                   .basis = Basis::kUnknown,
                   .outcome = Outcome::kFiltered,
                   .seen = Outcome::kFiltered,
                   .unsure = true,
                   .verdict = Verdict::kUnproven,
                   .reason = Reason::kLossy},
                  {.why = NotProbed::kTargetMoved}};
  record.rules = {{RecordedRule::Direction::kIngress, "shop/deny", "", "isolated " + text, ""},
                  {RecordedRule::Direction::kEgress, "bank/out " + text, "spec.egress[0]",
                   "allowed " + text, "bank.yaml:12 " + text}};
  record.evidence = {{.icmp = IcmpError{v6, 255, 13}, .rules = {1, 0}}, {.error_number = 113}};
  record.vantages = {
      {.kind = VantageKind::kBare,
       .ns = "bank",
       .name = "bank (bare) " + text,
       .pod = "podreach-abc123-0",
       .node = "node1",
       .labels = {{"app", text}, {"tier " + text, ""}},
       .stands_for = {"bank/api[Deployment] " + text},
       .fault = "the log was cut " + text,
       .row = RecordedRow{.ask = 0, .cells = CellRuns("A2BD"), .evidence = {{0, 2, 0}, {2, 1, 1}}}},
      MakeVantage(VantageKind::kTwin, "bank", "bank/api[Deployment] (twin)",
                  RecordedRow{.ask = 0, .cells = CellRuns("C4"), .evidence = {}}),
      MakeVantage(VantageKind::kNode, "podreach", "node1 (node)",
                  RecordedRow{.ask = 1, .cells = CellRuns("DA"), .evidence = {{1, 1, 0}}}),
      MakeVantage(VantageKind::kCanarySource, "podreach", "canary source")};
  record.services = {{TargetId{0},
                      {VantageId{1},
                       {"redis", "Redis " + text, "7.4", Access::kAnswers, "PING " + text,
                        TlsIdentity{"TLSv1.3",
                                    "h2",
                                    "CN=" + text,
                                    "CN=ca",
                                    {"a.example", text},
                                    "2027-01-31T00:00:00Z",
                                    ClientCertificate::kDemanded}}}},
                     {TargetId{3}, {VantageId{0}, {"unknown", "", "", Access::kUnknown, "", {}}}}};
  record.findings = {{.kind = FindingKind::kLeak,
                      .id = "PR-LEAK " + text,
                      .severity = Severity::kCritical,
                      .title = "title " + text,
                      .evidence = {"evidence " + text, ""},
                      .policies = {"bank/default-deny " + text},
                      .remedy = "remedy " + text,
                      .references = {"OWASP Kubernetes Top Ten 2022 K07"}},
                     {.kind = FindingKind::kGap, .id = "PR-GAP", .title = ""}};
  record.gaps = {{"pods " + text, "forbidden " + text}};
  return record;
}

}  // namespace podreach
