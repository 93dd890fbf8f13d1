#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace podreach {

using Labels = std::map<std::string, std::string, std::less<>>;

/// One expression of a LabelSelector (meta/v1 LabelSelectorRequirement), or of Calico's selectors,
/// which know of parts of values: these have one value each.
struct LabelRequirement {
  enum class Operator : std::uint8_t {
    kIn,
    kNotIn,
    kExists,
    kDoesNotExist,
    kContains,
    kNotContains,
    kStartsWith,
    kNotStartsWith,
    kEndsWith,
    kNotEndsWith,
  };
  std::string key;
  Operator op = Operator::kExists;
  std::vector<std::string> values;
  friend auto operator<=>(const LabelRequirement&, const LabelRequirement&) = default;
};

/// meta/v1 LabelSelector; match_labels are kept as In requirements of one value. All must hold; the
/// empty selector matches everything. "No selector" is std::optional<LabelSelector> without a
/// value.
struct LabelSelector {
  std::vector<LabelRequirement> requirements;

  /// NotIn also matches where the key is absent (meta/v1 LabelSelectorOperator), and so do the
  /// other denials.
  [[nodiscard]] bool Matches(const Labels& labels) const;
  [[nodiscard]] bool empty() const { return requirements.empty(); }
  /// "app=web,tier in (a,b),!debug", as kubectl writes it; "<all>" for the empty one.
  [[nodiscard]] std::string ToString() const;
  friend auto operator<=>(const LabelSelector&, const LabelSelector&) = default;
};

}  // namespace podreach
