#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/ends.h"
#include "policy/explanation.h"
#include "policy/policy_class.h"
#include "policy/rule.h"
#include "policy/tier_walk.h"

namespace podreach::policy {

/// What every side of every connection is judged by.
struct JudgeContext {
  const std::vector<PolicyRules>& policies;
  const ClassTable& classes;
  const EnforcerProfile& profile;
  const NodeLabels& nodes;
  const Explanation& explanation;
  const std::vector<std::uint32_t>& node_policies;  ///< unread ones that may govern nodes
};

/// One side of a connection: the source's egress, or the destination's ingress. Each answers in
/// three values: what is possible whatever the unread policies may say, the addresses that aren't
/// known may be, and the enforcer may choose where the standard leaves it to it.
class Side {
 public:
  /// `subject` is whose policies are asked, `other` the far end, both as a connection of the family
  /// meets them. All must outlive the side.
  Side(const JudgeContext& context, Direction direction, const PolicyPeer& subject,
       const PolicyPeer& other, Family family);

  /// What may become of `ports`.
  [[nodiscard]] Possible PossibleOf(Protocol protocol, const PortSet& ports);
  [[nodiscard]] Judgement Judge(Protocol protocol, Port port);
  /// Tells what both layers meet.
  void Trace(Protocol protocol, const PortSet& ports, WalkTrace& trace);
  /// Those that govern the subject, in the order in which they are asked.
  [[nodiscard]] const std::vector<std::uint32_t>& Policies() const;

 private:
  /// What is known before any rule is asked.
  enum class Standing { kUngoverned, kUnselected, kGoverned };
  class Recorder;

  [[nodiscard]] Standing FindStanding() const;
  [[nodiscard]] bool FromOwnNode() const;
  [[nodiscard]] std::vector<std::uint32_t> NodePolicies() const;
  [[nodiscard]] Possible AskLayer(Tier::Layer layer, Protocol protocol, const PortSet& ports,
                                  WalkTrace* trace);
  [[nodiscard]] Judgement JudgeLayer(Tier::Layer layer, Protocol protocol, const PortSet& port);
  /// Why the enforcer may allow what no rule does; empty where it may not.
  [[nodiscard]] std::string_view EnforcersChoice() const;

  [[nodiscard]] DecidingRule Say(std::string text) const {
    return {direction_, {}, {}, std::move(text)};
  }
  [[nodiscard]] DecidingRule SayRule(const PolicyRules& policy, const Rule& rule,
                                     const RulePeer& peer, PeerMatch match) const;
  [[nodiscard]] DecidingRule SayUnread(const PolicyRules& policy) const;
  void SayIsolation(const Tier& tier, std::vector<DecidingRule>& said) const;
  [[nodiscard]] Judgement WithoutRules() const;
  [[nodiscard]] std::string What() const;

  const JudgeContext& context_;
  Direction direction_;
  const PolicyPeer& subject_;
  const PolicyPeer& other_;
  Ends ends_;
  std::vector<std::uint32_t> node_policies_;  ///< where the subject is a node
  Standing standing_;
};

/// The three values of one port, or of an answer as a whole.
[[nodiscard]] Expectation ExpectationOf(bool may_allow, bool may_deny);
/// Both must allow; with the rules of what decided.
[[nodiscard]] Judgement Both(Judgement one, Judgement other);
/// Which of the two counts isn't known; `hangs_on` says on what that hangs.
[[nodiscard]] Judgement Either(Judgement one, Judgement other, const std::string& hangs_on);

}  // namespace podreach::policy
