#pragma once

#include "podreach/net/port_set.h"
#include "podreach/policy/intention.h"
#include "policy/tier_walk.h"

/// What answers rest on: Side judges one connection by it, SideProfiles all ports at once.
namespace podreach::policy {

/// Collects the ports of a layer that no rule of a document decides: those that are left at a
/// tier's end or at the layer's, and those that an unwritten policy takes. A port that only may be
/// taken by such a policy goes on, and what takes it then counts.
class RulelessTrace final : public WalkTrace {
 public:
  void OnRule(const PolicyRules& policy, const Rule& /*rule*/, const RuleMatch& taken) override {
    if (policy.origin == Origin::kUnwritten) ports.Add(taken.yes);
  }
  void OnUnread(const PolicyRules& /*policy*/) override {}
  void OnTierEnd(const Tier& /*tier*/, const PortSet& left, bool /*surely*/) override {
    ports.Add(left);
  }
  void OnEnd(const PortSet& left) override { ports.Add(left); }

  PortSet ports;
};

/// The basis of one layer's answer. `by_rule`: a rule of a document surely decides it. `own_node`:
/// the layer lets in a pod's own node.
[[nodiscard]] Basis BasisOf(Expectation expectation, bool by_rule, bool own_node);

/// Both must allow. What says otherwise than the joined answer has no part in its basis.
[[nodiscard]] Intention Both(const Intention& one, const Intention& other);
/// Which of the two counts isn't known. A rule for one of them is somebody's intention for both.
[[nodiscard]] Intention Either(const Intention& one, const Intention& other);

/// What one side's answers for the ports of one protocol rest on.
struct Grounds {
  PortSet by_rule;  ///< allowed or denied by a rule, in some layer
  // What the network's layer says otherwise than all layers together:
  PortSet network_allows;  ///< allowed
  PortSet network_doubts;  ///< unknown, and denied by a mesh

  /// What the network's layer says of a port of which all layers say `side`.
  [[nodiscard]] Expectation NetworkOf(Port port, Expectation side) const;
};

/// Puts a side's grounds together, layer by layer.
class SideGrounds {
 public:
  /// The network's layer comes first.
  void Add(const Possible& layer, const RulelessTrace& ruleless);
  /// `side`: what all layers say together.
  [[nodiscard]] Grounds Of(const Possible& side) const;

 private:
  bool any_ = false;
  Possible network_;
  PortSet allowed_;  // by a rule of some layer
  PortSet denied_;
};

}  // namespace podreach::policy
