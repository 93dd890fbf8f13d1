#include <nlohmann/json.hpp>

#include "podreach/record/record_json.h"

namespace podreach {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// "0-99,120": ids in their order, neighbours that rise by one joined.
template <class Id>
std::string Ranges(const std::vector<Id>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size();) {
    std::size_t last = i;
    while (last + 1 < ids.size() && Index(ids[last + 1]) == Index(ids[last]) + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(Index(ids[i]));
    if (last > i) text += '-' + std::to_string(Index(ids[last]));
    i = last + 1;
  }
  return text;
}

Json ToJson(const Share& share) { return {{"of", share.of}, {"have", share.have}}; }

Json ToJson(const Coverage& coverage) {
  Json missing = Json::array();
  for (const RecordedMissing& one : coverage.missing)
    missing.push_back({{"what", one.what}, {"reason", one.reason}, {"why", one.why}});
  return {{"cells", ToJson(coverage.cells)},         {"pods", ToJson(coverage.pods)},
          {"workloads", ToJson(coverage.workloads)}, {"namespaces", ToJson(coverage.namespaces)},
          {"vantages", ToJson(coverage.vantages)},   {"swept_groups", ToJson(coverage.swept)},
          {"swept_next", coverage.swept_next},       {"not_covered", std::move(missing)}};
}

Json ToJson(const ScanInfo& info) {
  Json phases = Json::array();
  for (const auto& [name, time] : info.phases)
    phases.push_back({{"name", name}, {"milliseconds", time.count()}});
  return {{"cluster", info.cluster},       {"server_version", info.server_version},
          {"scan_id", info.scan_id},       {"started", info.started},
          {"depth", info.depth},           {"scope", info.scope},
          {"rotation", info.rotation},     {"enumerated", info.enumerated},
          {"incomplete", info.incomplete}, {"left_behind", info.left_behind},
          {"phases", std::move(phases)},   {"api_requests", info.api_requests},
          {"attempts", info.attempts},     {"probes", info.probes}};
}

Json ToJson(const Finding& finding) {
  return {{"kind", ToString(finding.kind)},
          {"id", finding.id},
          {"severity", ToString(finding.severity)},
          {"title", finding.title},
          {"evidence", finding.evidence},
          {"policies", finding.policies},
          {"remedy", finding.remedy},
          {"references", finding.references}};
}

Json ToJson(const RecordedVantage& vantage) {
  Json json = {{"kind", ToString(vantage.kind)},
               {"namespace", vantage.ns},
               {"name", vantage.name},
               {"pod", vantage.pod},
               {"node", vantage.node},
               {"labels", vantage.labels},
               {"stands_for", vantage.stands_for}};
  if (!vantage.fault.empty()) json["fault"] = vantage.fault;
  if (!vantage.row) return json;
  Json evidence = Json::array();
  for (const EvidenceRun& run : vantage.row->evidence)
    evidence.push_back({run.first, run.count, run.evidence});
  json["ask"] = vantage.row->ask;
  json["cells"] = vantage.row->cells.text();
  json["evidence"] = std::move(evidence);
  return json;
}

/// A place, with the ports of its targets from `first` on; moves `first` behind them.
Json ToJson(const ScanRecord& record, std::size_t index, std::size_t& first) {
  const Place& place = record.places[index];
  Json json = {{"kind", ToString(place.kind)}, {"address", place.address.ToString()},
               {"namespace", place.ns},        {"workload", place.workload},
               {"name", place.name},           {"node", place.node}};
  if (place.group) json["group"] = Index(*place.group);
  if (place.probe) json["probe"] = Index(*place.probe);
  Json ports = Json::array();
  for (; first < record.targets.size() && Index(record.targets[first].place) == index; ++first) {
    const Target& target = record.targets[first];
    std::string port = PortText(target);
    if (target.declared) port += " declared";
    if (target.undeclared) port += " undeclared";
    ports.push_back(std::move(port));
  }
  json["ports"] = std::move(ports);
  return json;
}

Json ToJson(const ServiceIdentity& service) {
  Json json = {{"name", service.name},
               {"product", service.product},
               {"version", service.version},
               {"access", ToString(service.access)},
               {"evidence", service.evidence}};
  if (service.tls) {
    json["tls"] = {{"version", service.tls->version},
                   {"alpn", service.tls->alpn},
                   {"subject", service.tls->subject},
                   {"issuer", service.tls->issuer},
                   {"names", service.tls->names},
                   {"expires", service.tls->expires},
                   {"client_certificate", ToString(service.tls->client_certificate)}};
  }
  return json;
}

Json ToJson(const CellKind& kind) {
  Json json = {{"expectation", ToString(kind.expectation)}, {"basis", ToString(kind.basis)},
               {"outcome", ToString(kind.outcome)},         {"seen", ToString(kind.seen)},
               {"verdict", ToString(kind.verdict)},         {"reason", ToString(kind.reason)}};
  if (kind.unsure) json["unsure"] = true;
  if (kind.why != NotProbed::kNone) json["not_probed"] = ToString(kind.why);
  return json;
}

Json ToJson(const RecordedRule& rule) {
  return {{"direction", rule.direction == RecordedRule::Direction::kIngress ? "ingress" : "egress"},
          {"policy", rule.policy},
          {"field", rule.field},
          {"text", rule.text},
          {"place", rule.place}};
}

Json ToJson(const Evidence& evidence) {
  Json json = Json::object();
  if (evidence.icmp) {
    json["icmp"] = {{"from", evidence.icmp->from.ToString()},
                    {"type", evidence.icmp->type},
                    {"code", evidence.icmp->code}};
  }
  if (evidence.error_number != 0) json["errno"] = evidence.error_number;
  if (!evidence.rules.empty()) json["rules"] = evidence.rules;
  return json;
}

class Writer {
 public:
  explicit Writer(std::ostream& out) : out_(out) {}

  void Member(const char* name, const Json& json) {
    out_ << (first_ ? "{\n \"" : ",\n \"") << name << "\": " << Dump(json);
    first_ = false;
  }

  /// A list, an element a line.
  template <class Elements, class Make>
  void List(const char* name, const Elements& list, const Make& make) {
    out_ << (first_ ? "{\n \"" : ",\n \"") << name << "\": [";
    first_ = false;
    bool begun = false;
    for (const auto& element : list) {
      out_ << (begun ? ",\n  " : "\n  ") << Dump(make(element));
      begun = true;
    }
    out_ << (begun ? "\n ]" : "]");
  }

  void End() { out_ << "\n}\n"; }

 private:
  std::ostream& out_;
  bool first_ = true;
};

/// What the catalogue calls the ports, once each; a place that calls one otherwise stands apart.
Json Services(const ScanRecord& record, Json& elsewhere) {
  std::map<std::pair<Protocol, Port>, std::pair<std::string, bool>> words;
  Json json = Json::object();
  elsewhere = Json::object();
  for (std::size_t i = 0; i < record.targets.size(); ++i) {
    const Target& target = record.targets[i];
    const std::pair<std::string, bool> word{target.service, target.sensitive};
    const auto [known, added] = words.try_emplace({target.protocol, target.port}, word);
    const Json entry = {{"service", word.first}, {"sensitive", word.second}};
    if (added) {
      if (word != std::pair<std::string, bool>()) json[PortText(target)] = entry;
    } else if (known->second != word) {
      elsewhere[std::to_string(i)] = entry;
    }
  }
  return json;
}

}  // namespace

void WriteRecord(const ScanRecord& record, std::ostream& out) {
  Writer writer(out);
  writer.Member("schema", "podreach.io/scan/v2");
  writer.Member("scan", ToJson(record.info));
  writer.Member("enforcement", std::string(ToString(record.enforcement)));
  writer.Member("coverage", ToJson(record.coverage));
  writer.List("findings", record.findings, [](const Finding& finding) { return ToJson(finding); });
  writer.List("gaps", record.gaps, [](const RecordedGap& gap) {
    return Json{{"resource", gap.resource}, {"reason", gap.reason}};
  });
  writer.List("groups", record.groups, [](const RecordedGroup& group) {
    return Json{{"namespace", group.ns},
                {"workload", group.workload},
                {"pods", group.pods},
                {"asked", group.asked}};
  });
  Json elsewhere;
  writer.Member("catalogue", Services(record, elsewhere));
  writer.Member("catalogue_of_targets", elsewhere);
  std::size_t target = 0;
  std::size_t place = 0;
  writer.List("places", record.places,
              [&](const Place&) { return ToJson(record, place++, target); });
  writer.List("backends", record.backends, [](const auto& entry) {
    Json pods = Json::array();
    for (const RecordedBackend& backend : entry.second) {
      pods.push_back({{"workload", backend.workload},
                      {"address", backend.address.ToString()},
                      {"port", backend.port.number()}});
    }
    return Json{{"target", Index(entry.first)}, {"pods", std::move(pods)}};
  });
  std::map<VantageId, std::vector<TargetId>> reached;
  for (const auto& [id, vantage] : record.controls) reached[vantage].push_back(id);
  writer.List("controls", reached, [](const auto& entry) {
    return Json{{"vantage", Index(entry.first)}, {"targets", Ranges(entry.second)}};
  });
  writer.List("services", record.services, [](const auto& entry) {
    Json json = {{"target", Index(entry.first)}, {"asked_from", Index(entry.second.asked_from)}};
    json.update(ToJson(entry.second.service));
    return json;
  });
  writer.List("asks", record.asks,
              [](const std::vector<TargetId>& targets) { return Json(Ranges(targets)); });
  writer.List("kinds", record.kinds, [](const CellKind& kind) { return ToJson(kind); });
  writer.List("rules", record.rules, [](const RecordedRule& rule) { return ToJson(rule); });
  writer.List("evidence", record.evidence, [](const Evidence& one) { return ToJson(one); });
  writer.List("vantages", record.vantages,
              [](const RecordedVantage& vantage) { return ToJson(vantage); });
  writer.End();
}

}  // namespace podreach
