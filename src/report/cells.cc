#include <nlohmann/json.hpp>

#include "podreach/record/reason_words.h"
#include "podreach/report/report_writer.h"

namespace podreach {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const ScanRecord& record, const Evidence& evidence) {
  Json json = Json::object();
  if (evidence.icmp) {
    json["icmp"] = {{"from", evidence.icmp->from.ToString()},
                    {"type", evidence.icmp->type},
                    {"code", evidence.icmp->code}};
  }
  if (evidence.error_number != 0) json["errno"] = evidence.error_number;
  Json rules = Json::array();
  for (const std::uint32_t index : evidence.rules) {
    const RecordedRule& rule = record.rules[index];
    rules.push_back({{"policy", rule.policy}, {"field", rule.field}, {"text", rule.text}});
  }
  if (!rules.empty()) json["rules"] = std::move(rules);
  return json;
}

Json ToJson(const ScanRecord& record, const RecordedCell& cell) {
  const RecordedVantage& vantage = record.vantages[Index(cell.vantage)];
  const Target& target = record.target(cell.target);
  const Place& place = record.place(cell.target);
  const CellKind& kind = *cell.kind;
  Json json = {{"vantage", vantage.name},
               {"vantage_kind", ToString(vantage.kind)},
               {"target", NameOf(place, target)},
               {"target_kind", ToString(place.kind)},
               {"workload", place.workload},
               {"address", place.address.ToString()},
               {"port", target.port.number()},
               {"protocol", ToString(target.protocol)},
               {"expectation", ToString(kind.expectation)},
               {"basis", ToString(kind.basis)},
               {"outcome", ToString(kind.outcome)},
               {"seen", ToString(kind.seen)},
               {"verdict", ToString(kind.verdict)},
               {"reason", ToString(kind.reason)}};
  if (kind.unsure) json["unsure"] = true;
  if (kind.why != NotProbed::kNone) json["not_probed"] = ToString(kind.why);
  const std::string because = ReasonWords(record, cell);
  if (!because.empty()) json["because"] = because;
  const auto control = record.controls.find(cell.target);
  if (control != record.controls.end())
    json["control"] = record.vantages[Index(control->second)].name;
  if (cell.evidence != nullptr) json["evidence"] = ToJson(record, *cell.evidence);
  return json;
}

}  // namespace

void WriteCells(const ScanRecord& record, std::ostream& out) {
  ForEachCell(record, [&](const RecordedCell& cell) {
    out << ToJson(record, cell).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)
        << '\n';
  });
}

}  // namespace podreach
