#include "cli/selector_text.h"

#include <string>
#include <vector>

#include "podreach/base/text.h"

namespace podreach::cli {
namespace {

using Operator = LabelRequirement::Operator;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Parts between commas that stand outside parentheses.
std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      parts.push_back(Trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')') {
      --depth;
    }
  }
  return parts;
}

bool IsName(std::string_view text) {
  return !text.empty() && text.find_first_of(" ()=!,") == std::string_view::npos;
}

/// "in (a,b)" and "notin (a,b)", behind their key.
bool ReadSet(std::string_view text, LabelRequirement& requirement) {
  const bool negated = text.starts_with("notin");
  if (!negated && !text.starts_with("in")) return false;
  text = Trimmed(text.substr(negated ? 5 : 2));
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
  requirement.op = negated ? Operator::kNotIn : Operator::kIn;
  for (const auto value : Split(text.substr(1, text.size() - 2))) {
    if (!value.empty() && !IsName(value)) return false;
    requirement.values.emplace_back(value);
  }
  return true;
}

bool ReadRequirement(std::string_view text, LabelRequirement& requirement) {
  if (text.starts_with('!')) {
    requirement.key = Trimmed(text.substr(1));
    requirement.op = Operator::kDoesNotExist;
    return IsName(requirement.key);
  }
  const auto end = text.find_first_of(" =!");
  requirement.key = text.substr(0, end);
  if (!IsName(requirement.key)) return false;
  if (end == std::string_view::npos) {
    requirement.op = Operator::kExists;
    return true;
  }
  const auto rest = Trimmed(text.substr(end));
  for (const auto& [sign, op] : {std::pair<std::string_view, Operator>{"!=", Operator::kNotIn},
                                 {"==", Operator::kIn},
                                 {"=", Operator::kIn}}) {
    if (!rest.starts_with(sign)) continue;
    const auto value = Trimmed(rest.substr(sign.size()));
    requirement.op = op;
    requirement.values = {std::string(value)};
    return value.empty() || IsName(value);
  }
  return ReadSet(rest, requirement);
}

}  // namespace

Result<LabelSelector> ParseSelector(std::string_view text) {
  LabelSelector selector;
  for (const auto part : Split(text)) {
    LabelRequirement requirement;
    if (!ReadRequirement(part, requirement)) {
      return MakeError(ErrorKind::kInvalidInput,
                       CleanText(part, 64) + " is not a condition on labels",
                       "write it as kubectl takes it: app=web,tier!=db,env in (prod,dev)");
    }
    selector.requirements.push_back(std::move(requirement));
  }
  return selector;
}

}  // namespace podreach::cli
