#include "policy/tier_walk.h"

#include <tuple>
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
    case Action::kAllow: course.decided.allowed.Add(ports); break;
    case Action::kDeny: course.decided.denied.Add(ports); break;
    case Action::kPass: course.passed.Add(ports); break;
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

  /// Policies of which none is the first: what any of them decides is possible.
  template <class Group>
  void AskEquals(const Group& group, Course& course) const {
    if (course.open.empty()) return;
    PortSet left = course.open;
    for (const PolicyRules* policy : group) {
      Course one;
      one.open = course.open;
      Ask(*policy, one);
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
      if (trace_ != nullptr && !course.open.empty())
        trace_->OnTierEnd(tier, course.open, isolated);
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

auto PlaceOf(const PolicyRules& policy) { return std::tie(policy.order, policy.rank); }

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

Possible WalkTiers(const std::vector<PolicyRules>& all, std::span<const std::uint32_t> policies,
                   Tier::Layer layer, Direction direction, const RuleMatcher& matcher,
                   const PortSet& ports, WalkTrace* trace) {
  const Walk walk(direction, matcher, trace);
  Course course;
  course.open = ports;
  std::vector<const PolicyRules*> group;
  for (std::size_t i = 0; i < policies.size() && !course.open.empty();) {
    const Tier& tier = all[policies[i]].tier;
    if (tier.layer != layer) {
      ++i;
      continue;
    }
    bool isolated = false;
    bool may_isolate = false;
    while (i < policies.size() && all[policies[i]].tier == tier) {
      const auto& first = all[policies[i]];
      group.clear();
      for (; i < policies.size(); ++i) {
        const auto& policy = all[policies[i]];
        if (policy.tier != tier || PlaceOf(policy) != PlaceOf(first)) break;
        group.push_back(&policy);
        if (!policy.isolates) continue;
        (policy.unread.empty() ? isolated : may_isolate) = true;
      }
      walk.AskEquals(group, course);
    }
    walk.End(tier, isolated, may_isolate, course);
  }
  if (trace != nullptr) trace->OnEnd(course.open);
  course.decided.allowed.Add(course.open);
  return std::move(course.decided);
}

}  // namespace podreach::policy
