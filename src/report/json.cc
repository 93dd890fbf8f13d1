#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "podreach/report/report_writer.h"

namespace podreach {
namespace {

using Json = nlohmann::ordered_json;

/// ASCII alone, so that no control of a terminal or of the bidirectional algorithm gets out as
/// such.
std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', true, Json::error_handler_t::replace);
}

Json Missing(const std::vector<NotCovered>& list) {
  Json out = Json::array();
  for (const NotCovered& entry : list)
    out.push_back({{"what", entry.what}, {"reason", entry.reason}});
  return out;
}

Json Head(const ScanReport& report) {
  const Coverage& coverage = report.coverage;
  const double share = coverage.cells == 0 ? 0
                                           : static_cast<double>(coverage.probed) /
                                                 static_cast<double>(coverage.cells);
  Json phases = Json::array();
  for (const auto& [name, time] : report.phases)
    phases.push_back({{"name", name}, {"milliseconds", time.count()}});
  Json gaps = Json::array();
  for (const SnapshotGap& gap : report.gaps)
    gaps.push_back({{"resource", gap.What()}, {"reason", gap.Why()}});
  return {{"schema", "podreach.io/scan/v1"},
          {"cluster", report.cluster},
          {"server_version", report.server_version},
          {"scan_id", report.scan_id},
          {"started", report.started},
          {"enforcer", report.enforcer},
          {"incomplete", report.incomplete},
          {"coverage",
           {{"cells", coverage.cells},
            {"probed", coverage.probed},
            {"share", share},
            {"namespaces", coverage.namespaces},
            {"namespaces_covered", coverage.namespaces_covered},
            {"not_covered", Missing(coverage.not_covered)}}},
          {"phases", phases},
          {"api_requests", report.api_requests},
          {"attempts", report.attempts},
          {"gaps", gaps}};
}

Json Vantages(const ScanPlan& plan) {
  Json out = Json::array();
  for (const Vantage& vantage : plan.vantages) {
    Json stands_for = Json::array();
    for (const WorkloadRef& workload : vantage.stands_for)
      stands_for.push_back(workload.ToString());
    out.push_back({{"id", Index(vantage.id)},
                   {"kind", ToString(vantage.kind)},
                   {"namespace", vantage.ns},
                   {"name", vantage.name},
                   {"pod", vantage.pod_name},
                   {"node", vantage.node},
                   {"labels", vantage.labels},
                   {"stands_for", stands_for}});
  }
  return out;
}

Json Targets(const ScanPlan& plan) {
  Json out = Json::array();
  for (const Target& target : plan.targets) {
    out.push_back({{"id", Index(target.id)},
                   {"kind", ToString(target.kind)},
                   {"address", target.endpoint.address.ToString()},
                   {"port", target.endpoint.port.number()},
                   {"protocol", ToString(target.endpoint.protocol)},
                   {"namespace", target.ns},
                   {"workload", target.workload},
                   {"name", target.name},
                   {"service", target.service},
                   {"declared", target.declared}});
  }
  return out;
}

Json Findings(const ScanReport& report) {
  Json out = Json::array();
  for (const Finding& finding : report.findings) {
    out.push_back({{"id", finding.id},
                   {"severity", ToString(finding.severity)},
                   {"title", finding.title},
                   {"evidence", finding.evidence},
                   {"policies", finding.policies},
                   {"remedy", finding.remedy},
                   {"references", finding.references}});
  }
  return out;
}

Json Services(const ScanReport& report) {
  Json out = Json::array();
  for (const auto& [target, found] : report.services) {
    const ServiceIdentity& service = found.service;
    Json entry = {{"target", Index(target)},     {"asked_from", Index(found.asked_from)},
                  {"name", service.name},        {"product", service.product},
                  {"version", service.version},  {"access", ToString(service.access)},
                  {"evidence", service.evidence}};
    if (service.tls) {
      entry["tls"] = {{"version", service.tls->version},
                      {"alpn", service.tls->alpn},
                      {"subject", service.tls->subject},
                      {"issuer", service.tls->issuer},
                      {"names", service.tls->names},
                      {"expires", service.tls->expires},
                      {"client_certificate", ToString(service.tls->client_certificate)}};
    }
    out.push_back(std::move(entry));
  }
  return out;
}

/// Each deciding rule once, by number.
class RuleTable {
 public:
  std::size_t NumberOf(const DecidingRule& rule) {
    const auto [entry, added] = numbers_.try_emplace(
        Key(rule.direction, rule.policy, rule.field, rule.text), rules_.size());
    if (added) {
      rules_.push_back(
          {{"direction",
            rule.direction == DecidingRule::Direction::kIngress ? "ingress" : "egress"},
           {"policy", rule.policy},
           {"field", rule.field},
           {"text", rule.text}});
    }
    return entry->second;
  }
  [[nodiscard]] const Json& rules() const { return rules_; }

 private:
  /// Views into the report, which outlives this.
  using Key =
      std::tuple<DecidingRule::Direction, std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::size_t> numbers_;
  Json rules_ = Json::array();
};

/// One line a cell: there may be a hundred thousand.
std::string Cells(const ScanReport& report, RuleTable& table) {
  std::string out = "[";
  for (const JudgedCell& cell : report.cells) {
    Json rules = Json::array();
    for (const DecidingRule& rule : cell.rules) rules.push_back(table.NumberOf(rule));
    const Json json = {{"vantage", Index(cell.vantage)},
                       {"target", Index(cell.target)},
                       {"expectation", ToString(cell.expectation)},
                       {"outcome", ToString(cell.outcome)},
                       {"seen", ToString(cell.seen)},
                       {"verdict", ToString(cell.verdict)},
                       {"rules", rules},
                       {"because", cell.because}};
    out += (out.size() == 1 ? "\n" : ",\n") + Dump(json, -1);
  }
  return out + "\n]";
}

}  // namespace

std::string WriteJson(const ScanReport& report) {
  Json head = Head(report);
  head["vantages"] = Vantages(report.plan);
  head["targets"] = Targets(report.plan);
  head["findings"] = Findings(report);
  head["services"] = Services(report);
  RuleTable table;
  const std::string cells = Cells(report, table);
  head["rules"] = table.rules();
  std::string text = Dump(head, 1);
  text.resize(text.rfind('}'));
  while (text.back() == '\n') text.pop_back();
  return text + ",\n \"cells\": " + cells + "\n}\n";
}

}  // namespace podreach
