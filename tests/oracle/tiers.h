#pragma once

#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/reading.h"

/// The walk through the tiers of the network layer: every order that ties leave open, and every way
/// that a rule which may match can go.
namespace podreach::oracle {

enum class Action { kAllow, kDeny, kPass };

struct Step {
  Match match;
  Action action;
};

constexpr double kFirst = -std::numeric_limits<double>::infinity();
constexpr double kLast = std::numeric_limits<double>::infinity();

struct Rank {
  std::optional<double> order;  ///< absent: anywhere
  std::string name;
  bool by_name = false;  ///< among its like of the same order

  [[nodiscard]] bool MustPrecede(const Rank& other) const {
    if (!order || !other.order) return false;
    if (*order != *other.order) return *order < *other.order;
    return by_name && other.by_name && name < other.name;
  }
};

/// What one policy says of the subject in one direction.
struct Policy {
  Rank rank;
  std::vector<Step> steps;
  Match isolates = Match::kNo;
};

struct Tier {
  Rank rank;
  std::vector<Policy> policies;
};

/// Whatever a kind can do.
inline Policy UnreadPolicy(Rank rank, bool can_deny, bool can_pass, bool can_isolate) {
  Policy policy{std::move(rank), {{Match::kMay, Action::kAllow}}, Match::kNo};
  if (can_deny) policy.steps.push_back({Match::kMay, Action::kDeny});
  if (can_pass) policy.steps.push_back({Match::kMay, Action::kPass});
  if (can_isolate) policy.isolates = Match::kMay;
  return policy;
}

/// Every order that the ranks leave open.
template <typename Item>
void ForEachOrder(std::vector<Item> left, std::vector<Item> chosen,
                  const std::function<void(const std::vector<Item>&)>& visit) {
  if (left.empty()) visit(chosen);
  for (std::size_t i = 0; i < left.size(); ++i) {
    bool is_next = true;
    for (const auto& item : left) is_next = is_next && !item.rank.MustPrecede(left[i].rank);
    if (!is_next) continue;
    auto rest = left;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    auto more = chosen;
    more.push_back(left[i]);
    ForEachOrder<Item>(rest, more, visit);
  }
}

enum class TierAnswer { kAllow, kDeny, kGoOn };

inline std::set<TierAnswer> AnswersInOrder(const std::vector<Policy>& policies) {
  std::set<TierAnswer> answers;
  Match isolates = Match::kNo;
  for (const auto& policy : policies) isolates = Or(isolates, policy.isolates);
  for (const auto& policy : policies) {
    for (const auto& step : policy.steps) {
      if (step.match == Match::kNo) continue;
      answers.insert(step.action == Action::kAllow  ? TierAnswer::kAllow
                     : step.action == Action::kDeny ? TierAnswer::kDeny
                                                    : TierAnswer::kGoOn);
      if (step.match == Match::kYes) return answers;
    }
  }
  if (isolates != Match::kYes) answers.insert(TierAnswer::kGoOn);
  if (isolates != Match::kNo) answers.insert(TierAnswer::kDeny);
  return answers;
}

inline std::set<TierAnswer> AnswersOf(const Tier& tier) {
  std::set<TierAnswer> answers;
  ForEachOrder<Policy>(tier.policies, {}, [&](const std::vector<Policy>& policies) {
    answers.merge(AnswersInOrder(policies));
  });
  return answers;
}

/// Whether the connection passes, in every way it may go.
inline std::set<bool> Walk(const std::vector<Tier>& tiers) {
  std::set<bool> passes;
  ForEachOrder<Tier>(tiers, {}, [&](const std::vector<Tier>& ordered) {
    for (const auto& tier : ordered) {
      const auto answers = AnswersOf(tier);
      if (answers.contains(TierAnswer::kAllow)) passes.insert(true);
      if (answers.contains(TierAnswer::kDeny)) passes.insert(false);
      if (!answers.contains(TierAnswer::kGoOn)) return;
    }
    passes.insert(true);
  });
  return passes;
}

/// The tiers by name: three that are always there, and Calico's own.
struct Tiers {
  std::vector<Tier> list;

  Tiers()
      : list{{{1'000, "Admin"}, {}}, {{1'000'000, "default"}, {}}, {{10'000'000, "Baseline"}, {}}} {
  }

  Tier& Named(const std::string& name, const Rank& rank = {}) {
    for (auto& tier : list) {
      if (tier.rank.name == name) return tier;
    }
    list.push_back({rank, {}});
    list.back().rank.name = name;
    return list.back();
  }
};

}  // namespace podreach::oracle
