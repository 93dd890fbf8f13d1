#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>
#include <utility>

#include "podreach/report/explain_document.h"
#include "podreach/report/formats.h"
#include "report/rules_json.h"

namespace podreach::explain_formats::json {
namespace {

using Json = nlohmann::ordered_json;

std::string_view Word(ExplainedRule::Role role) {
  switch (role) {
    case ExplainedRule::Role::kDecides:
      return "decides";
    case ExplainedRule::Role::kMayDecide:
      return "may-decide";
    case ExplainedRule::Role::kTooLate:
      return "too-late";
    case ExplainedRule::Role::kOtherPorts:
      return "other-ports";
    case ExplainedRule::Role::kUnread:
      return "unread";
  }
  return {};
}

Json JsonOf(const ExplainedRule& rule) {
  Json json{{"role", Word(rule.role)}, {"kind", rule.kind}, {"policy", rule.policy}};
  if (!rule.field.empty()) json["field"] = rule.field;
  if (!rule.place.empty()) json["place"] = rule.place;
  json["text"] = rule.text;
  return json;
}

Json JsonOf(const ExplainedSide& side) {
  Json tiers = Json::array();
  for (const ExplainedTier& tier : side.tiers) {
    Json rules = Json::array();
    for (const ExplainedRule& rule : tier.rules) rules.push_back(JsonOf(rule));
    tiers.push_back({{"name", tier.name},
                     {"rules", std::move(rules)},
                     {"rulesAboutOtherEnds", tier.elsewhere},
                     {"end", tier.end}});
  }
  Json json{{"expectation", ToString(side.judgement.expectation)},
            {"tiers", std::move(tiers)},
            {"because", RulesJson(side.judgement.rules)}};
  if (!side.remedy.empty()) json["remedy"] = side.remedy;
  return json;
}

/// Schema podreach.io/explain/v1.
void Write(const ExplainDocument& document, std::ostream& out) {
  Json json{
      {"schema", "podreach.io/explain/v1"},  {"source", document.source},
      {"destination", document.destination}, {"protocol", ToString(document.protocol)},
      {"port", document.port.number()},      {"expectation", ToString(document.expectation)},
      {"allRead", document.all_read},        {"byWhatIsRead", ToString(document.by_what_is_read)}};
  if (!document.through.empty())
    json["through"] = {{"name", document.through}, {"backends", document.backends}};
  if (!document.why.empty()) json["why"] = document.why;
  Json cases = Json::array();
  for (const ExplainedCase& one : document.cases) {
    cases.push_back({{"destination", one.destination},
                     {"expectation", ToString(one.explained.judgement.expectation)},
                     {"egress", JsonOf(one.explained.egress)},
                     {"ingress", JsonOf(one.explained.ingress)}});
  }
  json["cases"] = std::move(cases);
  out << json.dump(1, ' ', true, Json::error_handler_t::replace) << '\n';
}

}  // namespace

ExplainFormat Make() { return {"json", "json", "is podreach.io/explain/v1", Write}; }

}  // namespace podreach::explain_formats::json
