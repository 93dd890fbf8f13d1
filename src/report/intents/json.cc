#include <ostream>

#include "podreach/report/formats.h"
#include "report/intent_rows.h"
#include "report/json_text.h"
#include "report/ports_json.h"

namespace podreach::intents_formats::json {
namespace {

using Json = nlohmann::ordered_json;

Json JsonOf(const IntentBreach& breach) {
  Json rules = Json::array();
  for (const auto& rule : breach.rules) rules.push_back(rule.TextWithPlace());
  return {{"source", breach.source},
          {"destination", breach.destination},
          {"ports", PortsJson(breach.ports)},
          {"unknown", breach.unknown},
          {"because", std::move(rules)}};
}

Json JsonOf(const IntentRow& row) {
  Json json{{"name", row.lint != nullptr ? std::string(row.lint->name) : row.intent->name}};
  Json breaches = Json::array();
  if (row.lint != nullptr) {
    json["action"] = "lint";
    json["reason"] = row.lint->about;
    for (const auto* breach : row.lints)
      breaches.push_back({{"subject", breach->subject}, {"text", breach->text}});
  } else {
    json["action"] = ToString(row.intent->action);
    json["reason"] = row.intent->reason;
    if (!row.intent->owner.empty()) json["owner"] = row.intent->owner;
    for (const auto* breach : row.broken) breaches.push_back(JsonOf(*breach));
    for (const auto* breach : row.unknown) breaches.push_back(JsonOf(*breach));
  }
  json["builtIn"] = row.lint != nullptr || row.intent->built_in;
  json["severity"] = row.Severity();
  json["status"] = row.Status();
  json["breaches"] = std::move(breaches);
  return json;
}

/// Schema podreach.io/intent-report/v1; all pairs.
void Write(const IntentDocument& document, std::ostream& out) {
  out << R"({"schema": "podreach.io/intent-report/v1",)"
      << "\n \"intents\": [";
  bool any = false;
  for (const auto& row : RowsOf(document)) {
    out << (any ? ",\n  " : "\n  ") << JsonText(JsonOf(row));
    any = true;
  }
  out << "\n ]}\n";
}

}  // namespace

IntentsFormat Make() { return {"json", "json", "is podreach.io/intent-report/v1", Write}; }

}  // namespace podreach::intents_formats::json
