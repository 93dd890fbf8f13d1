#include "policy/selector_index.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace podreach::policy {
namespace {

/// Whether a label set without the key can't match.
bool NeedsKey(LabelRequirement::Operator op) {
  using Operator = LabelRequirement::Operator;
  return op == Operator::kIn || op == Operator::kExists || op == Operator::kContains ||
         op == Operator::kStartsWith || op == Operator::kEndsWith;
}

}  // namespace

SelectorId SelectorIndex::Intern(const LabelSelector& selector) {
  const auto [entry, added] =
      ids_.try_emplace(selector, static_cast<SelectorId>(selectors_.size()));
  if (added) {
    selectors_.push_back(&entry->first);
    File(entry->first, entry->second);
  }
  return entry->second;
}

void SelectorIndex::File(const LabelSelector& selector, SelectorId id) {
  const LabelRequirement* anchor = nullptr;
  for (const auto& requirement : selector.requirements) {
    keys_.try_emplace(requirement.key);
    // In is the better one: a value splits more than a key.
    const bool better =
        requirement.op == LabelRequirement::Operator::kIn || (NeedsKey(requirement.op) && !anchor);
    const bool best = anchor && anchor->op == LabelRequirement::Operator::kIn;
    if (better && !best) anchor = &requirement;
  }
  if (anchor == nullptr) {
    unfiled_.push_back(id);
  } else if (anchor->op != LabelRequirement::Operator::kIn) {
    keys_.at(anchor->key).by_presence.push_back(id);
  } else {
    // A value that is listed twice must not file the selector twice.
    const std::set<std::string> values(anchor->values.begin(), anchor->values.end());
    for (const auto& value : values) keys_.at(anchor->key).by_value[value].push_back(id);
  }
}

std::vector<SelectorId> SelectorIndex::Matching(const Labels& labels) const {
  std::vector<SelectorId> matching;
  const auto try_each = [&](const std::vector<SelectorId>& ids) {
    std::copy_if(ids.begin(), ids.end(), std::back_inserter(matching),
                 [&](SelectorId id) { return selectors_[id]->Matches(labels); });
  };
  try_each(unfiled_);
  for (const auto& [key, value] : labels) {
    const auto entry = keys_.find(key);
    if (entry == keys_.end()) continue;
    try_each(entry->second.by_presence);
    const auto filed = entry->second.by_value.find(value);
    if (filed != entry->second.by_value.end()) try_each(filed->second);
  }
  std::sort(matching.begin(), matching.end());
  return matching;
}

Labels SelectorIndex::Relevant(const Labels& labels) const {
  Labels relevant;
  for (const auto& label : labels) {
    if (keys_.contains(label.first)) relevant.insert(label);
  }
  return relevant;
}

}  // namespace podreach::policy
