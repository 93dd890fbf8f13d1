#include "report/rules_json.h"

#include <nlohmann/json.hpp>

namespace podreach {

nlohmann::ordered_json RulesJson(const std::vector<DecidingRule>& rules) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const auto& rule : rules) {
    Json entry{
        {"direction", rule.direction == DecidingRule::Direction::kIngress ? "ingress" : "egress"},
        {"text", rule.text}};
    if (!rule.policy.empty()) entry["policy"] = rule.policy;
    if (!rule.field.empty()) entry["field"] = rule.field;
    if (!rule.place.empty()) entry["place"] = rule.place;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace podreach
