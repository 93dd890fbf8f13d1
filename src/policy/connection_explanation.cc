#include "podreach/policy/connection_explanation.h"

#include <set>

#include "policy/evaluator_state.h"

namespace podreach {
namespace {

using policy::Action;
using policy::Direction;
using policy::PeerMatch;
using policy::PolicyRules;
using policy::Rule;
using policy::RuleMatch;
using policy::RulePeer;
using policy::Tier;
using Role = ExplainedRule::Role;

/// Remembers which rules took the port.
class Taken final : public policy::WalkTrace {
 public:
  void OnRule(const PolicyRules& /*policy*/, const Rule& rule, const RuleMatch& taken) override {
    if (!taken.yes.empty()) yes.insert(&rule);
    if (!taken.maybe.empty()) maybe.insert(&rule);
  }
  void OnUnread(const PolicyRules& /*policy*/) override {}
  void OnTierEnd(const Tier& tier, const PortSet& /*left*/, bool surely) override {
    (surely ? ended : may_end).insert(tier);
  }
  void OnEnd(const PortSet& /*left*/) override {}

  std::set<const Rule*> yes;
  std::set<const Rule*> maybe;
  std::set<Tier> ended;
  std::set<Tier> may_end;
};

using Effect = ExplainedRule::Effect;

Effect EffectOf(Action action) {
  switch (action) {
    case Action::kAllow:
      return Effect::kAllows;
    case Action::kDeny:
      return Effect::kDenies;
    case Action::kPass:
      return Effect::kPassesOn;
  }
  return Effect::kAllows;
}

std::string_view Verb(Action action) {
  switch (action) {
    case Action::kAllow:
      return "allow";
    case Action::kDeny:
      return "deny";
    case Action::kPass:
      return "pass on";
  }
  return {};
}

/// One side: the same walk, with everything that it met.
class SideExplainer {
 public:
  SideExplainer(const policy::JudgeContext& context, Direction direction, const PolicyPeer& subject,
                const PolicyPeer& other, policy::Family family, Protocol protocol, Port port)
      : context_(context),
        direction_(direction),
        subject_(subject),
        side_(context, direction, subject, other, family),
        ends_(context.classes, context.profile, context.nodes, direction, subject, other, family),
        protocol_(protocol),
        port_(port) {
    one_.Add(port);
  }

  [[nodiscard]] ExplainedSide Explain() {
    ExplainedSide explained;
    explained.judgement = side_.Judge(protocol_, port_);
    Taken taken;
    side_.Trace(protocol_, one_, taken);
    for (const auto index : side_.Policies()) {
      const auto& policy = context_.policies[index];
      if (explained.tiers.empty() || last_ != policy.tier) {
        explained.tiers.emplace_back().name = policy.tier.name;
        last_ = policy.tier;
        explained.tiers.back().end = End(policy.tier, taken);
      }
      AddPolicy(policy, taken, explained.tiers.back());
    }
    explained.remedy = Remedy(explained);
    return explained;
  }

 private:
  void AddPolicy(const PolicyRules& policy, const Taken& taken, ExplainedTier& tier) {
    ExplainedRule said{Role::kUnread, {}, policy.policy, policy.kind,
                       policy.place,  {}, policy.unread};
    if (!policy.unread.empty()) return tier.rules.push_back(std::move(said));
    for (const auto& rule : policy.RulesFor(direction_)) {
      bool about = false;
      for (const auto& peer : rule.peers) {
        const auto match = ends_.MatchPeer(rule, peer);
        if (match == PeerMatch::kNo || match == PeerMatch::kNotByProfile) continue;
        about = true;
        said.field = peer.field;
        said.effect = EffectOf(rule.action);
        said.role = RoleOf(rule, peer, match, taken);
        said.text = Text(rule, peer, match);
        needs_address_ =
            needs_address_ || (match == PeerMatch::kNeedsAddress && said.role == Role::kMayDecide);
        tier.rules.push_back(said);
      }
      tier.elsewhere += about ? 0 : 1;
    }
  }

  [[nodiscard]] Role RoleOf(const Rule& rule, const RulePeer& peer, PeerMatch match,
                            const Taken& taken) const {
    if (ends_.PortsFor(rule, peer, protocol_).Intersect(one_).empty()) return Role::kOtherPorts;
    if (match == PeerMatch::kYes)
      return taken.yes.contains(&rule) ? Role::kDecides : Role::kTooLate;
    return taken.maybe.contains(&rule) ? Role::kMayDecide : Role::kTooLate;
  }

  static std::string Text(const Rule& rule, const RulePeer& peer, PeerMatch match) {
    std::string text =
        std::string(Verb(rule.action)) + " " + peer.text + ", " + rule.ports.ToString();
    if (!rule.note.empty()) text += " (" + rule.note + ")";
    const auto& doubt = peer.doubt.empty() ? rule.doubt : peer.doubt;
    if (match == PeerMatch::kNeedsAddress) text += ": the other end's address is not known";
    if (match == PeerMatch::kMaybe && !doubt.empty()) text += ": " + doubt;
    return text;
  }

  [[nodiscard]] std::string End(const Tier& tier, const Taken& taken) const {
    std::string isolating;
    for (const auto index : side_.Policies()) {
      const auto& policy = context_.policies[index];
      if (policy.tier == tier && policy.isolates)
        isolating += (isolating.empty() ? "" : ", ") + policy::NameOf(policy);
    }
    if (taken.ended.contains(tier)) return "denied at the end: isolated by " + isolating;
    if (taken.may_end.contains(tier)) return "may be denied at the end by " + isolating;
    return isolating.empty() ? "what no rule decides goes on" : "what no rule decides is denied";
  }

  [[nodiscard]] std::string Remedy(const ExplainedSide& explained) const {
    const std::string way(policy::Word(direction_));
    const std::string what =
        std::string(ToString(protocol_)) + " " + std::to_string(port_.number());
    std::string fields;
    const bool allowed = explained.judgement.expectation == Expectation::kAllow;
    for (const auto& tier : explained.tiers) {
      for (const auto& rule : tier.rules) {
        if (rule.role != Role::kDecides) continue;
        if (rule.effect != (allowed ? Effect::kAllows : Effect::kDenies)) continue;
        fields += (fields.empty() ? "" : ", ") + rule.policy + " " + rule.field;
      }
    }
    switch (explained.judgement.expectation) {
      case Expectation::kAllow:
        if (!fields.empty()) return "to deny it: take " + what + " or this peer out of " + fields;
        if (explained.tiers.empty() && ends_.subject_kind() != policy::EndKind::kPod)
          return "no policy can deny it on this side";
        return "to deny it: isolate " + context_.explanation.NameOf(subject_) + " for " + way +
               ", for instance by a NetworkPolicy that selects it and has policyTypes [" +
               (direction_ == Direction::kIngress ? "Ingress" : "Egress") + "]";
      case Expectation::kDeny:
        if (!fields.empty()) return "to allow it: change " + fields + ", which denies it";
        for (const auto& rule : explained.judgement.rules) {
          if (rule.policy.empty()) continue;
          return "to allow it: add an " + way + " rule for this peer and " + what + " to " +
                 rule.policy + ", or another policy that has one";
        }
        return {};
      case Expectation::kUnknown:
        if (needs_address_)
          return "to know it: name an end that has an address, or say where pods will get theirs "
                 "(--pod-cidr)";
        return "to know it: see why above";
    }
    return {};
  }

  const policy::JudgeContext& context_;
  Direction direction_;
  const PolicyPeer& subject_;
  policy::Side side_;
  policy::Ends ends_;
  Protocol protocol_;
  Port port_;
  PortSet one_;
  Tier last_;
  bool needs_address_ = false;
};

}  // namespace

ConnectionExplanation Evaluator::Explain(const PolicyPeer& source, const PolicyPeer& destination,
                                         Protocol protocol, Port port) const {
  ConnectionExplanation explained;
  explained.judgement = Judge(source, destination, protocol, port);
  explained.source = state_->explanation.NameOf(source);
  explained.destination = state_->explanation.NameOf(destination);
  if (state_->IsItself(source, destination)) {
    explained.egress.judgement = explained.ingress.judgement = explained.judgement;
    return explained;
  }
  // Of two families it is the first: who wants to see both asks about addresses.
  const auto each = state_->InEachFamily(source, destination);
  const auto& in = each.front();
  explained.egress = SideExplainer(state_->context, Direction::kEgress, in.source, in.destination,
                                   in.family, protocol, port)
                         .Explain();
  explained.ingress = SideExplainer(state_->context, Direction::kIngress, in.destination, in.source,
                                    in.family, protocol, port)
                          .Explain();
  return explained;
}

}  // namespace podreach
