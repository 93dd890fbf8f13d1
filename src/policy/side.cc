#include "policy/side.h"

namespace podreach::policy {

Side::Side(const JudgeContext& context, Direction direction, const PolicyPeer& subject,
           const PolicyPeer& other)
    : context_(context),
      direction_(direction),
      subject_(subject),
      other_(other),
      other_kind_(KindOf(other)),
      standing_(FindStanding()) {}

Side::Kind Side::KindOf(const PolicyPeer& peer) const {
  if (peer.is_node) return Kind::kNode;
  if (!peer.pod_class) return Kind::kOutside;
  return context_.classes.Get(*peer.pod_class).host_network ? Kind::kNode : Kind::kPod;
}

bool Side::IsOwnNode() const {
  return other_kind_ == Kind::kNode && !other_.node.empty() && other_.node == subject_.node;
}

Side::Standing Side::FindStanding() const {
  if (KindOf(subject_) != Kind::kPod) return Standing::kUngoverned;
  const auto id = *subject_.pod_class;
  if (context_.classes.Isolating(id, direction_).empty() &&
      context_.classes.Unread(id, direction_).empty()) {
    return Standing::kUnselected;
  }
  // The kubelet probes the pods of its node, whatever policies say.
  if (direction_ == Direction::kIngress && IsOwnNode()) return Standing::kOwnNode;
  return Standing::kGoverned;
}

Side::Match Side::MatchBlock(const IpBlock& block) const {
  const auto& profile = context_.profile;
  const bool by_profile = other_kind_ == Kind::kPod    ? profile.ip_blocks_match_pods
                          : other_kind_ == Kind::kNode ? profile.ip_blocks_match_nodes
                                                       : true;
  if (!other_.address) return by_profile ? Match::kNeedsAddress : Match::kNo;
  if (!block.Contains(*other_.address)) return Match::kNo;
  return by_profile ? Match::kYes : Match::kNotByProfile;
}

Side::Match Side::MatchPeer(const RulePeer& peer) const {
  if (const auto* block = std::get_if<IpBlock>(&peer.who)) return MatchBlock(*block);
  if (std::holds_alternative<EveryPeer>(peer.who)) return Match::kYes;
  if (other_kind_ != Kind::kPod) return Match::kNo;
  const auto set = std::get<PodPeer>(peer.who).set;
  return context_.classes.Matches(set, *other_.pod_class) ? Match::kYes : Match::kNo;
}

/// A port's name is looked up on the destination pod. An ipBlock is no pod, even where it holds a
/// pod's address, and a node has no named ports.
const PolicyClass* Side::NamesFor(const RulePeer& peer) const {
  if (direction_ == Direction::kIngress) return &context_.classes.Get(*subject_.pod_class);
  if (other_kind_ != Kind::kPod || std::holds_alternative<IpBlock>(peer.who)) return nullptr;
  return &context_.classes.Get(*other_.pod_class);
}

template <class Visitor>
void Side::EachCandidate(const Visitor& visit) const {
  for (const auto index : context_.classes.Isolating(*subject_.pod_class, direction_)) {
    const auto& policy = context_.policies[index];
    for (const auto& rule : policy.RulesFor(direction_)) {
      for (const auto& peer : rule.peers) {
        const auto match = MatchPeer(peer);
        if (match != Match::kNo) visit(Candidate{policy, rule, peer, match, NamesFor(peer)});
      }
    }
  }
}

std::string_view Side::EnforcersChoice() const {
  if (other_kind_ != Kind::kNode) return {};
  if (direction_ == Direction::kIngress) return "whether nodes are let in is the CNI's choice";
  if (!IsOwnNode()) return {};
  return "a pod always reaches its own node by the standard, but whether egress policies apply "
         "there "
         "is the CNI's choice";
}

Judgement Side::Judge(Protocol protocol, Port port) const {
  if (standing_ != Standing::kGoverned) return WithoutRules();
  std::vector<DecidingRule> allowing;
  std::vector<DecidingRule> doubts;
  std::vector<DecidingRule> refusing;
  EachCandidate([&](const Candidate& candidate) {
    if (!candidate.rule.ports.Allow(protocol, port, candidate.names)) return;
    auto& list = candidate.match == Match::kYes            ? allowing
                 : candidate.match == Match::kNeedsAddress ? doubts
                                                           : refusing;
    list.push_back(Say(candidate));
  });
  if (!allowing.empty()) return {Expectation::kAllow, std::move(allowing)};
  auto undecided = Undecided(std::move(doubts));
  return undecided.rules.empty() ? Denied(std::move(refusing)) : undecided;
}

Side::Ports Side::PortsOf(Protocol protocol) const {
  if (standing_ != Standing::kGoverned) return {PortSet::All(), {}};
  Ports ports;
  EachCandidate([&](const Candidate& candidate) {
    if (candidate.match == Match::kNotByProfile) return;
    auto& set = candidate.match == Match::kYes ? ports.allowed : ports.unknown;
    set.Add(candidate.rule.ports.Resolve(protocol, candidate.names));
  });
  const bool unread = !context_.classes.Unread(*subject_.pod_class, direction_).empty();
  if (unread || !EnforcersChoice().empty()) ports.unknown = PortSet::All();
  ports.unknown.Remove(ports.allowed);
  return ports;
}

/// "ingress to bank/db", "egress from bank/db".
std::string Side::What() const {
  return std::string(Word(direction_)) + (direction_ == Direction::kIngress ? " to " : " from ") +
         context_.explanation.NameOf(subject_);
}

DecidingRule Side::Say(const Candidate& candidate) const {
  DecidingRule said = Say(std::string());
  said.policy = candidate.policy.policy;
  said.field = candidate.peer.field;
  const auto peer = Describe(candidate.peer);
  switch (candidate.match) {
    case Match::kYes:
      said.text = What() + " is allowed by " + said.policy + ", " + said.field + ": " + peer +
                  ", " + candidate.rule.ports.ToString();
      break;
    case Match::kNeedsAddress:
      said.text = What() + " hangs on whether " + peer + " of " + said.policy +
                  " holds the other end, whose address is not known";
      break;
    case Match::kNotByProfile:
    case Match::kNo:
      said.text = "by the profile of " + context_.profile.name + ": " + peer + " of " +
                  said.policy + " does not match " +
                  (other_kind_ == Kind::kNode ? "nodes" : "pods") + ", though it holds " +
                  context_.explanation.NameOf(other_);
      break;
  }
  return said;
}

Judgement Side::WithoutRules() const {
  const auto name = context_.explanation.NameOf(subject_);
  switch (standing_) {
    case Standing::kUngoverned:
      if (KindOf(subject_) == Kind::kNode) {
        return {Expectation::kAllow,
                {Say(name + " is a node's own network: no policy applies to it")}};
      }
      return {Expectation::kAllow, {Say(name + " is outside every pod: no policy applies to it")}};
    case Standing::kOwnNode:
      return {Expectation::kAllow,
              {Say(What() + " from its own node is always let in: the kubelet must probe")}};
    case Standing::kUnselected:
    case Standing::kGoverned:
      break;
  }
  return {Expectation::kAllow,
          {Say("no policy selects " + name + " for " + std::string(Word(direction_)))}};
}

Judgement Side::Undecided(std::vector<DecidingRule> doubts) const {
  for (const auto index : context_.classes.Unread(*subject_.pod_class, direction_)) {
    const auto& policy = context_.policies[index];
    auto& said = doubts.emplace_back(Say(std::string()));
    said.policy = policy.policy;
    if (policy.policy.empty()) {
      said.text = What() + " can't be judged: " + policy.unread;
    } else {
      said.text =
          What() + " hangs on " + policy.policy + ", which can't be evaluated: " + policy.unread;
    }
  }
  if (const auto choice = EnforcersChoice(); !choice.empty()) {
    doubts.push_back(Say("no rule allows " + What() +
                         (direction_ == Direction::kIngress ? " from " : " to ") +
                         context_.explanation.NameOf(other_) + ": " + std::string(choice)));
  }
  return {Expectation::kUnknown, std::move(doubts)};
}

Judgement Side::Denied(std::vector<DecidingRule> rules) const {
  for (const auto index : context_.classes.Isolating(*subject_.pod_class, direction_)) {
    auto& said = rules.emplace_back(Say(std::string()));
    said.policy = context_.policies[index].policy;
    said.text = What() + " is isolated by " + said.policy + " and no rule allows it";
  }
  return {Expectation::kDeny, std::move(rules)};
}

}  // namespace podreach::policy
