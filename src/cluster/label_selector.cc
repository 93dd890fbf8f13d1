#include "podreach/cluster/label_selector.h"

#include <algorithm>

namespace podreach {
namespace {

using Operator = LabelRequirement::Operator;

bool Holds(const LabelRequirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool present = found != labels.end();
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), found->second) !=
           requirement.values.end();
  };
  const auto part = [&]() -> const std::string& { return requirement.values.front(); };
  switch (requirement.op) {
    case Operator::kIn:
      return present && listed();
    case Operator::kNotIn:
      return !present || !listed();
    case Operator::kExists:
      return present;
    case Operator::kDoesNotExist:
      return !present;
    case Operator::kContains:
      return present && found->second.find(part()) != std::string::npos;
    case Operator::kNotContains:
      return !present || found->second.find(part()) == std::string::npos;
    case Operator::kStartsWith:
      return present && found->second.starts_with(part());
    case Operator::kNotStartsWith:
      return !present || !found->second.starts_with(part());
    case Operator::kEndsWith:
      return present && found->second.ends_with(part());
    case Operator::kNotEndsWith:
      return !present || !found->second.ends_with(part());
  }
  return false;
}

std::string Text(const LabelRequirement& requirement) {
  std::string values;
  for (const auto& value : requirement.values) values += (values.empty() ? "" : ",") + value;
  switch (requirement.op) {
    case Operator::kIn:
      if (requirement.values.size() == 1) return requirement.key + "=" + values;
      return requirement.key + " in (" + values + ")";
    case Operator::kNotIn:
      return requirement.key + " notin (" + values + ")";
    case Operator::kExists:
      return requirement.key;
    case Operator::kDoesNotExist:
      return "!" + requirement.key;
    case Operator::kContains:
      return requirement.key + " contains " + values;
    case Operator::kNotContains:
      return "!(" + requirement.key + " contains " + values + ")";
    case Operator::kStartsWith:
      return requirement.key + " starts with " + values;
    case Operator::kNotStartsWith:
      return "!(" + requirement.key + " starts with " + values + ")";
    case Operator::kEndsWith:
      return requirement.key + " ends with " + values;
    case Operator::kNotEndsWith:
      return "!(" + requirement.key + " ends with " + values + ")";
  }
  return {};
}

}  // namespace

bool LabelSelector::Matches(const Labels& labels) const {
  return std::all_of(requirements.begin(), requirements.end(),
                     [&](const LabelRequirement& r) { return Holds(r, labels); });
}

std::string LabelSelector::ToString() const {
  if (requirements.empty()) return "<all>";
  std::string text;
  for (const auto& requirement : requirements) {
    if (!text.empty()) text += ",";
    text += Text(requirement);
  }
  return text;
}

}  // namespace podreach
