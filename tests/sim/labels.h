#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// Labels as numbers, so that a selector is compared with a pod in a few nanoseconds. Nothing here
/// is shared with src/policy or src/cluster: the simulator's truth must not inherit their mistakes.
namespace podreach::sim {

/// Gives every distinct text a number. The views that it hands out live as long as the table.
class TextTable {
 public:
  /// The number of a text; a new text gets the next one.
  std::uint32_t Add(std::string_view text);
  /// The number of a text that was added before.
  [[nodiscard]] std::optional<std::uint32_t> Find(std::string_view text) const;
  [[nodiscard]] std::string_view At(std::uint32_t id) const { return texts_[id]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;  // a deque, because its elements never move
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

/// A key and a value, as numbers of a TextTable.
using Label = std::pair<std::uint32_t, std::uint32_t>;
/// Sorted by key, each key once.
using LabelSet = std::vector<Label>;

/// Gives every distinct set of labels a number: pods of one workload share it.
class LabelTable {
 public:
  explicit LabelTable(TextTable& texts) : texts_(texts) {}
  std::uint32_t Add(const std::map<std::string, std::string, std::less<>>& labels);
  /// Reads metadata.labels; anything but an object of strings counts as no labels.
  std::uint32_t AddJson(const nlohmann::json& labels);
  [[nodiscard]] const LabelSet& At(std::uint32_t id) const { return sets_[id]; }
  [[nodiscard]] TextTable& texts() { return texts_; }

 private:
  TextTable& texts_;
  std::deque<LabelSet> sets_;
  std::map<LabelSet, std::uint32_t> ids_;
};

/// One requirement of a selector (meta/v1 LabelSelectorRequirement).
struct Requirement {
  enum class Operator : std::uint8_t { kIn, kNotIn, kExists, kDoesNotExist };
  std::uint32_t key = 0;
  Operator op = Operator::kExists;
  std::vector<std::uint32_t> values;
};

/// All requirements must hold; none at all selects everything (meta/v1 LabelSelector).
class Selector {
 public:
  Selector() = default;
  /// Reads a LabelSelector object: matchLabels and matchExpressions.
  [[nodiscard]] static Selector Parse(const nlohmann::json& selector, TextTable& texts);
  /// Reads a plain map of labels, as a Service's selector has it.
  [[nodiscard]] static Selector ParseMap(const nlohmann::json& labels, TextTable& texts);
  /// Reads the text of a request's labelSelector: "a=b,c!=d,e,!f,g in (h,i)". Nothing where it
  /// can't be read.
  [[nodiscard]] static std::optional<Selector> ParseQuery(std::string_view text, TextTable& texts);

  [[nodiscard]] bool Matches(const LabelSet& labels) const;
  [[nodiscard]] bool empty() const { return requirements_.empty(); }

 private:
  [[nodiscard]] bool AddTerm(std::string_view term, TextTable& texts);

  std::vector<Requirement> requirements_;
};

}  // namespace podreach::sim
