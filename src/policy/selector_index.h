#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/label_selector.h"

namespace podreach::policy {

/// Index of a distinct selector in a SelectorIndex.
using SelectorId = std::uint32_t;

/// Finds, among many selectors, those that match a label set, without trying each of them: a
/// selector is filed under a label that it can't do without, where it has one.
class SelectorIndex {
 public:
  /// The selector's id; equal selectors share one.
  SelectorId Intern(const LabelSelector& selector);
  /// Every selector that matches, ascending.
  [[nodiscard]] std::vector<SelectorId> Matching(const Labels& labels) const;
  /// The labels whose keys some selector looks at.
  [[nodiscard]] Labels Relevant(const Labels& labels) const;
  /// Whether some selector looks at the key.
  [[nodiscard]] bool LooksAt(std::string_view key) const { return keys_.contains(key); }

 private:
  struct KeyEntry {
    std::map<std::string, std::vector<SelectorId>, std::less<>> by_value;  // needs key=value
    std::vector<SelectorId> by_presence;                                   // needs the key
  };
  void File(const LabelSelector& selector, SelectorId id);

  std::map<LabelSelector, SelectorId> ids_;
  std::vector<const LabelSelector*> selectors_;        // the keys of ids_, by id
  std::map<std::string, KeyEntry, std::less<>> keys_;  // every key that some selector looks at
  std::vector<SelectorId> unfiled_;  // need no label: empty, NotIn and DoesNotExist alone
};

}  // namespace podreach::policy
