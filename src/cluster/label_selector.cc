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
  switch (requirement.op) {
    case Operator::kIn: return present && listed();
    case Operator::kNotIn: return !present || !listed();
    case Operator::kExists: return present;
    case Operator::kDoesNotExist: return !present;
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
    case Operator::kNotIn: return requirement.key + " notin (" + values + ")";
    case Operator::kExists: return requirement.key;
    case Operator::kDoesNotExist: return "!" + requirement.key;
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
