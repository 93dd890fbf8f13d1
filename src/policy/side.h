#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/explanation.h"
#include "policy/policy_class.h"
#include "policy/rule.h"

namespace podreach::policy {

/// What every side of every connection is judged by.
struct JudgeContext {
  const std::vector<PolicyRules>& policies;
  const ClassTable& classes;
  const EnforcerProfile& profile;
  const Explanation& explanation;
};

/// One side of a connection: the source's egress, or the destination's ingress. Each answers in
/// three values. NetworkPolicies only ever isolate and allow, so a sure allow stands whatever the
/// unread policies may say, and without one any doubt (an unread policy, an address that isn't
/// known and would decide, a node that the standard leaves to the enforcer) makes the answer
/// unknown.
class Side {
 public:
  /// `subject` is whose policies are asked, `other` the far end. All must outlive the side.
  Side(const JudgeContext& context, Direction direction, const PolicyPeer& subject,
       const PolicyPeer& other);

  [[nodiscard]] Judgement Judge(Protocol protocol, Port port) const;

  struct Ports {
    PortSet allowed;
    PortSet unknown;  ///< the rest is denied
  };
  [[nodiscard]] Ports PortsOf(Protocol protocol) const;

 private:
  enum class Kind { kPod, kNode, kOutside };
  /// What is known before any rule is asked.
  enum class Standing { kUngoverned, kUnselected, kOwnNode, kGoverned };
  enum class Match { kNo, kYes, kNeedsAddress, kNotByProfile };
  struct Candidate {
    const PolicyRules& policy;
    const Rule& rule;
    const RulePeer& peer;
    Match match;
    const PolicyClass* names;  // whose named ports count; null where none do
  };

  [[nodiscard]] Kind KindOf(const PolicyPeer& peer) const;
  [[nodiscard]] Standing FindStanding() const;
  [[nodiscard]] bool IsOwnNode() const;
  [[nodiscard]] Match MatchPeer(const RulePeer& peer) const;
  [[nodiscard]] Match MatchBlock(const IpBlock& block) const;
  [[nodiscard]] const PolicyClass* NamesFor(const RulePeer& peer) const;
  template <class Visitor>
  void EachCandidate(const Visitor& visit) const;
  /// Why the enforcer may allow what no rule does; empty where it may not.
  [[nodiscard]] std::string_view EnforcersChoice() const;

  [[nodiscard]] DecidingRule Say(std::string text) const {
    return {direction_, {}, {}, std::move(text)};
  }
  [[nodiscard]] DecidingRule Say(const Candidate& candidate) const;
  [[nodiscard]] Judgement WithoutRules() const;
  [[nodiscard]] Judgement Undecided(std::vector<DecidingRule> doubts) const;
  [[nodiscard]] Judgement Denied(std::vector<DecidingRule> rules) const;
  [[nodiscard]] std::string What() const;

  const JudgeContext& context_;
  Direction direction_;
  const PolicyPeer& subject_;
  const PolicyPeer& other_;
  Kind other_kind_;
  Standing standing_;
};

}  // namespace podreach::policy
