#include "policy/tier_walk.h"

#include <cmath>
#include <utility>

namespace podreach::policy {
namespace {

/// Where ports are in the midst of a tier: decided one way or the other, sent on to the next tier,
/// or still open. Each set holds what is possible, so a port may be in several.
struct Course {
  Possible decided;
  PortSet passed;
  PortSet open;
};

void Take(Action action, const PortSet& ports, Course& course) {
  switch (action) {
    case Action::kAllow:
      course.decided.allowed.Add(ports);
      break;
    case Action::kDeny:
      course.decided.denied.Add(ports);
      break;
    case Action::kPass:
      course.passed.Add(ports);
      break;
  }
}

class Walk {
 public:
  Walk(Direction direction, const RuleMatcher& matcher, WalkTrace* trace)
      : direction_(direction), matcher_(matcher), trace_(trace) {}

  /// The rules of one policy, the first that matches deciding.
  void Ask(const PolicyRules& policy, Course& course) const {
    if (!policy.unread.empty()) {
      if (trace_ != nullptr) trace_->OnUnread(policy);
      course.decided.allowed.Add(course.open);
      if (!policy.may_deny) return;
      course.decided.denied.Add(course.open);
      course.passed.Add(course.open);
      return;
    }
    for (const auto& rule : policy.RulesFor(direction_)) {
      if (course.open.empty()) return;
      RuleMatch match = matcher_.Match(policy, rule);
      match.yes = course.open.Intersect(match.yes);
      match.maybe = course.open.Intersect(match.maybe);
      if (trace_ != nullptr) trace_->OnRule(policy, rule, match);
      Take(rule.action, match.yes, course);
      Take(rule.action, match.maybe, course);
      course.open.Remove(match.yes);
    }
  }

  using Chain = std::vector<const PolicyRules*>;

  /// Policies of one place, of which none is the first: what any of them decides is possible. Those
  /// with a rank are a chain of their own.
  void AskEquals(const std::vector<Chain>& group, Course& course) const {
    if (course.open.empty()) return;
    Join(group, course, [&](const Chain& chain, Course& one) {
      for (const PolicyRules* policy : chain) Ask(*policy, one);
    });
  }

  /// Lets each start with what is open.
  template <class Starter, class Start>
  static void Join(const std::vector<Starter>& starters, Course& course, const Start& start) {
    PortSet left = course.open;
    for (const auto& starter : starters) {
      Course one;
      one.open = course.open;
      start(starter, one);
      course.decided.allowed.Add(one.decided.allowed);
      course.decided.denied.Add(one.decided.denied);
      course.passed.Add(one.passed);
      left = left.Intersect(one.open);
    }
    course.open = std::move(left);
  }

  /// What is open behind the tier.
  void End(const Tier& tier, bool isolated, bool may_isolate, Course& course) const {
    if (isolated || may_isolate) {
      if (trace_ != nullptr && !course.open.empty()) trace_->OnTierEnd(tier, course.open, isolated);
      course.decided.denied.Add(course.open);
      if (isolated) course.open = {};
    }
    course.open.Add(course.passed);
    course.passed = {};
  }

 private:
  Direction direction_;
  const RuleMatcher& matcher_;
  WalkTrace* trace_;
};

using Policies = std::span<const std::uint32_t>;

/// What a rank is compared within: "shop" of "shop/web".
std::string_view ScopeOf(const PolicyRules& policy) {
  const auto slash = policy.rank.find('/');
  return slash == std::string::npos ? std::string_view()
                                    : std::string_view(policy.rank).substr(0, slash);
}

/// One tier: its policies by their place, then its end.
void AskTier(const std::vector<PolicyRules>& all, Policies policies, const Walk& walk,
             Course& course) {
  bool isolated = false;
  bool may_isolate = false;
  for (std::size_t i = 0; i < policies.size();) {
    std::vector<Walk::Chain> group;
    std::string_view scope;
    const double order = all[policies[i]].order;
    for (; i < policies.size() && all[policies[i]].order == order; ++i) {
      const auto& policy = all[policies[i]];
      const auto its_scope = ScopeOf(policy);
      // They come sorted by rank, so that those of one scope are neighbours.
      const bool same = !policy.rank.empty() && !group.empty() &&
                        !group.back().back()->rank.empty() && scope == its_scope;
      if (!same) group.emplace_back();
      group.back().push_back(&policy);
      scope = its_scope;
      if (policy.isolates) (policy.unread.empty() ? isolated : may_isolate) = true;
    }
    walk.AskEquals(group, course);
  }
  walk.End(all[policies.front()].tier, isolated, may_isolate, course);
}

/// Where the policies of the next tier, or of the next order of tiers, begin.
template <class Same>
std::size_t EndOf(const std::vector<PolicyRules>& all, Policies policies, const Same& same) {
  std::size_t end = 1;
  while (end < policies.size() && same(all[policies[0]].tier, all[policies[end]].tier)) ++end;
  return end;
}

}  // namespace

PortSet Possible::Allowed() const {
  PortSet sure = allowed;
  sure.Remove(denied);
  return sure;
}

PortSet Possible::Unknown() const { return allowed.Intersect(denied); }

void Possible::And(const Possible& other) {
  allowed = allowed.Intersect(other.allowed);
  denied.Add(other.denied);
}

void Possible::Either(const Possible& other) {
  allowed.Add(other.allowed);
  denied.Add(other.denied);
}

Possible WalkTiers(const std::vector<PolicyRules>& all, std::span<const std::uint32_t> policies,
                   Tier::Layer layer, Direction direction, const RuleMatcher& matcher,
                   const PortSet& ports, WalkTrace* trace) {
  const Walk walk(direction, matcher, trace);
  Course course;
  course.open = ports;
  while (!policies.empty() && !course.open.empty()) {
    // Tiers of one order are asked in any order, but for those without one: they go by name.
    const auto end = EndOf(all, policies, [](const Tier& a, const Tier& b) {
      return a.layer == b.layer && a.order == b.order && (a.name == b.name || !std::isinf(a.order));
    });
    const auto rivals = policies.first(end);
    policies = policies.subspan(end);
    if (all[rivals.front()].tier.layer != layer) continue;
    std::vector<Policies> tiers;
    for (auto rest = rivals; !rest.empty();) {
      const auto size =
          EndOf(all, rest, [](const Tier& a, const Tier& b) { return a.name == b.name; });
      tiers.push_back(rest.first(size));
      rest = rest.subspan(size);
    }
    if (tiers.size() == 1) {
      AskTier(all, tiers.front(), walk, course);
    } else {
      Walk::Join(tiers, course, [&](Policies tier, Course& one) { AskTier(all, tier, walk, one); });
    }
  }
  if (trace != nullptr) trace->OnEnd(course.open);
  course.decided.allowed.Add(course.open);
  return std::move(course.decided);
}

}  // namespace podreach::policy
