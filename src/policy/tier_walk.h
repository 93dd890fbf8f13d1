#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "podreach/net/port_set.h"
#include "policy/rule.h"

namespace podreach::policy {

/// What may become of ports. A port that is in one of the two alone is decided; one in both hangs
/// on what isn't known.
struct Possible {
  PortSet allowed;
  PortSet denied;

  [[nodiscard]] PortSet Allowed() const;  ///< for sure
  [[nodiscard]] PortSet Unknown() const;
  /// Both must allow.
  void And(const Possible& other);
  /// Which of the two counts isn't known.
  void Either(const Possible& other);
};

/// The ports of one rule for one pair of ends.
struct RuleMatch {
  PortSet yes;
  PortSet maybe;  ///< both ways are followed
};

/// Says how a rule matches the ends at hand.
class RuleMatcher {
 public:
  RuleMatcher() = default;
  RuleMatcher(const RuleMatcher&) = delete;
  RuleMatcher& operator=(const RuleMatcher&) = delete;
  virtual ~RuleMatcher() = default;
  [[nodiscard]] virtual RuleMatch Match(const PolicyRules& policy, const Rule& rule) const = 0;
};

/// Is told what the walk meets, in order.
class WalkTrace {
 public:
  WalkTrace() = default;
  WalkTrace(const WalkTrace&) = delete;
  WalkTrace& operator=(const WalkTrace&) = delete;
  virtual ~WalkTrace() = default;
  /// Of what was open before the rule's policy and its equals, the ports that it takes; both empty
  /// where it takes nothing.
  virtual void OnRule(const PolicyRules& policy, const Rule& rule, const RuleMatch& taken) = 0;
  virtual void OnUnread(const PolicyRules& policy) = 0;
  /// Ports that nothing in the tier decided and that a policy there isolates, or may isolate.
  virtual void OnTierEnd(const Tier& tier, const PortSet& left, bool surely) = 0;
  virtual void OnEnd(const PortSet& left) = 0;
};

/// Asks the policies that govern a subject in one direction and one layer, tier by tier, what
/// becomes of `ports`. `policies` holds indices into `all` in the order in which they are asked;
/// those of other layers are passed over.
[[nodiscard]] Possible WalkTiers(const std::vector<PolicyRules>& all,
                                 std::span<const std::uint32_t> policies, Tier::Layer layer,
                                 Direction direction, const RuleMatcher& matcher,
                                 const PortSet& ports, WalkTrace* trace = nullptr);

}  // namespace podreach::policy
