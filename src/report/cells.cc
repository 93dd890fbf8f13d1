#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// The members of an object without its braces.
std::string Members(const Json& object) {
  const std::string text = Dump(object);
  return text.substr(1, text.size() - 2);
}

std::string OfVantage(const RecordedVantage& vantage) {
  return Members({{"vantage", vantage.name}, {"vantage_kind", ToString(vantage.kind)}});
}

std::string OfTarget(const ScanRecord& record, TargetId id) {
  const Target& target = record.target(id);
  const Place& place = record.place(id);
  return Members({{"target", NameOf(place, target)},
                  {"target_kind", ToString(place.kind)},
                  {"workload", place.workload},
                  {"address", place.address.ToString()},
                  {"port", target.port.number()},
                  {"protocol", ToString(target.protocol)}});
}

std::string OfKind(const CellKind& kind) {
  Json json = {{"expectation", ToString(kind.expectation)}, {"basis", ToString(kind.basis)},
               {"outcome", ToString(kind.outcome)},         {"seen", ToString(kind.seen)},
               {"verdict", ToString(kind.verdict)},         {"reason", ToString(kind.reason)}};
  if (kind.unsure) json["unsure"] = true;
  if (kind.why != NotProbed::kNone) json["not_probed"] = ToString(kind.why);
  return Members(json);
}

/// A scan has many more cells than vantages, targets and kinds: what a line says of these is made
/// once. A target's text is made when it is first asked for.
class LineWriter {
 public:
  LineWriter(const ScanRecord& record, std::ostream& out) : record_(record), out_(out) {
    for (const RecordedVantage& vantage : record.vantages) vantages_.push_back(OfVantage(vantage));
    for (const CellKind& kind : record.kinds) kinds_.push_back(OfKind(kind));
    targets_.resize(record.targets.size());
    controls_.resize(record.targets.size());
  }
  void Write(const RecordedCell& cell) {
    std::string& target = targets_[Index(cell.target)];
    if (target.empty()) {
      target = OfTarget(record_, cell.target);
      const auto control = record_.controls.find(cell.target);
      if (control != record_.controls.end()) {
        controls_[Index(cell.target)] =
            ",\"control\":" + Dump(record_.vantages[Index(control->second)].name);
      }
    }
    line_ = "{";
    line_.append(vantages_[Index(cell.vantage)]).append(",").append(target).append(",");
    line_.append(kinds_[static_cast<std::size_t>(cell.kind - record_.kinds.data())]);
    if (const std::string because = ReasonWords(record_, cell); !because.empty()) {
      if (because != because_) because_json_ = Dump(because);
      because_ = because;
      line_.append(",\"because\":").append(because_json_);
    }
    line_ += controls_[Index(cell.target)];
    if (cell.evidence != nullptr)
      line_.append(",\"evidence\":").append(Dump(ToJson(record_, *cell.evidence)));
    line_ += "}\n";
    out_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
  }

 private:
  const ScanRecord& record_;
  std::ostream& out_;
  std::vector<std::string> vantages_;
  std::vector<std::string> targets_;
  std::vector<std::string> controls_;  // by target
  std::vector<std::string> kinds_;
  std::string because_;  // of the line before
  std::string because_json_;
  std::string line_;
};

}  // namespace

void WriteCells(const ScanRecord& record, std::ostream& out) {
  LineWriter writer(record, out);
  ForEachCell(record, [&](const RecordedCell& cell) { writer.Write(cell); });
}

}  // namespace podreach
