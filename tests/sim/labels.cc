#include "tests/sim/labels.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace podreach::sim {
namespace {

using nlohmann::json;

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool Holds(const Requirement& requirement, const LabelSet& labels) {
  const auto found = std::find_if(labels.begin(), labels.end(), [&](const Label& label) {
    return label.first == requirement.key;
  });
  const bool there = found != labels.end();
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), found->second) !=
           requirement.values.end();
  };
  switch (requirement.op) {
    case Requirement::Operator::kIn:
      return there && listed();
    case Requirement::Operator::kNotIn:
      return !there || !listed();
    case Requirement::Operator::kExists:
      return there;
    case Requirement::Operator::kDoesNotExist:
      return !there;
  }
  return false;
}

Requirement::Operator OperatorOf(const std::string& text) {
  if (text == "In") return Requirement::Operator::kIn;
  if (text == "NotIn") return Requirement::Operator::kNotIn;
  if (text == "Exists") return Requirement::Operator::kExists;
  return Requirement::Operator::kDoesNotExist;
}

/// The terms of a labelSelector: cut at commas outside of parentheses.
std::vector<std::string_view> Terms(std::string_view text) {
  std::vector<std::string_view> terms;
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    terms.push_back(Trimmed(text.substr(start, i - start)));
    start = i + 1;
  }
  return terms;
}

}  // namespace

std::uint32_t TextTable::Add(std::string_view text) {
  if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
  const auto id = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(text);
  ids_.emplace(texts_.back(), id);
  return id;
}

std::optional<std::uint32_t> TextTable::Find(std::string_view text) const {
  const auto found = ids_.find(text);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::uint32_t LabelTable::Add(const std::map<std::string, std::string, std::less<>>& labels) {
  LabelSet set;
  for (const auto& [key, value] : labels) set.emplace_back(texts_.Add(key), texts_.Add(value));
  std::sort(set.begin(), set.end());
  const auto [found, added] = ids_.try_emplace(set, static_cast<std::uint32_t>(sets_.size()));
  if (added) sets_.push_back(std::move(set));
  return found->second;
}

std::uint32_t LabelTable::AddJson(const json& labels) {
  std::map<std::string, std::string, std::less<>> map;
  if (labels.is_object()) {
    for (const auto& [key, value] : labels.items()) {
      if (value.is_string()) map.emplace(key, value.get<std::string>());
    }
  }
  return Add(map);
}

Selector Selector::Parse(const json& selector, TextTable& texts) {
  Selector parsed = ParseMap(selector.value("matchLabels", json::object()), texts);
  for (const json& entry : selector.value("matchExpressions", json::array())) {
    Requirement requirement{texts.Add(entry.at("key").get<std::string>()),
                            OperatorOf(entry.at("operator").get<std::string>()),
                            {}};
    for (const json& value : entry.value("values", json::array()))
      requirement.values.push_back(texts.Add(value.get<std::string>()));
    parsed.requirements_.push_back(std::move(requirement));
  }
  return parsed;
}

Selector Selector::ParseMap(const json& labels, TextTable& texts) {
  Selector parsed;
  for (const auto& [key, value] : labels.items()) {
    parsed.requirements_.push_back(
        {texts.Add(key), Requirement::Operator::kIn, {texts.Add(value.get<std::string>())}});
  }
  return parsed;
}

std::optional<Selector> Selector::ParseQuery(std::string_view text, TextTable& texts) {
  Selector parsed;
  if (Trimmed(text).empty()) return parsed;
  for (const std::string_view term : Terms(text)) {
    if (!parsed.AddTerm(term, texts)) return std::nullopt;
  }
  return parsed;
}

bool Selector::AddTerm(std::string_view term, TextTable& texts) {
  if (term.empty()) return false;
  if (term.starts_with('!')) {
    requirements_.push_back(
        {texts.Add(Trimmed(term.substr(1))), Requirement::Operator::kDoesNotExist, {}});
    return true;
  }
  for (const auto& [word, op] : {std::pair{" notin (", Requirement::Operator::kNotIn},
                                 std::pair{" in (", Requirement::Operator::kIn}}) {
    const std::size_t at = term.find(word);
    if (at == std::string_view::npos || !term.ends_with(')')) continue;
    Requirement requirement{texts.Add(Trimmed(term.substr(0, at))), op, {}};
    const std::size_t from = at + std::string_view(word).size();
    for (const std::string_view value : Terms(term.substr(from, term.size() - 1 - from)))
      requirement.values.push_back(texts.Add(value));
    requirements_.push_back(std::move(requirement));
    return true;
  }
  const std::size_t equals = term.find('=');
  if (equals == std::string_view::npos) {
    requirements_.push_back({texts.Add(term), Requirement::Operator::kExists, {}});
    return true;
  }
  const bool negated = equals > 0 && term[equals - 1] == '!';
  std::string_view value = term.substr(equals + 1);
  if (value.starts_with('=')) value.remove_prefix(1);
  requirements_.push_back({texts.Add(Trimmed(term.substr(0, negated ? equals - 1 : equals))),
                           negated ? Requirement::Operator::kNotIn : Requirement::Operator::kIn,
                           {texts.Add(Trimmed(value))}});
  return true;
}

bool Selector::Matches(const LabelSet& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& requirement) { return Holds(requirement, labels); });
}

}  // namespace podreach::sim
