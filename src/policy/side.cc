#include "policy/side.h"

#include <algorithm>
#include <iterator>

#include "policy/dialect.h"
#include "policy/grounds.h"

namespace podreach::policy {

Expectation ExpectationOf(bool may_allow, bool may_deny) {
  if (may_allow && may_deny) return Expectation::kUnknown;
  return may_allow ? Expectation::kAllow : Expectation::kDeny;
}

namespace {

Intention WithoutWords(const Judgement& of) { return {of.expectation, of.basis, of.network}; }

Judgement Begin(const Intention& of) {
  Judgement judgement;
  judgement.expectation = of.expectation;
  judgement.basis = of.basis;
  judgement.network = of.network;
  return judgement;
}

void Append(std::vector<DecidingRule> from, std::vector<DecidingRule>& to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

Judgement Both(Judgement one, Judgement other) {
  auto both = Begin(Both(WithoutWords(one), WithoutWords(other)));
  // What says otherwise did not decide.
  for (auto* said : {&one, &other}) {
    if (said->expectation == both.expectation) Append(std::move(said->rules), both.rules);
  }
  return both;
}

Judgement Either(Judgement one, Judgement other, const std::string& hangs_on) {
  auto either = Begin(Either(WithoutWords(one), WithoutWords(other)));
  if (one.expectation == other.expectation) {
    either.rules = std::move(one.rules);
    return either;
  }
  either.rules.push_back({Direction::kIngress, {}, {}, hangs_on});
  Append(std::move(one.rules), either.rules);
  Append(std::move(other.rules), either.rules);
  return either;
}

Side::Side(const JudgeContext& context, Direction direction, const PolicyPeer& subject,
           const PolicyPeer& other, Family family)
    : context_(context),
      direction_(direction),
      subject_(subject),
      other_(other),
      ends_(context.classes, context.profile, context.nodes, direction, subject, other, family),
      node_policies_(NodePolicies()),
      standing_(FindStanding()) {}

/// Those that may govern the node that the subject is.
std::vector<std::uint32_t> Side::NodePolicies() const {
  std::vector<std::uint32_t> found;
  if (ends_.subject_kind() != EndKind::kNode) return found;
  const auto node = context_.nodes.find(subject_.node);
  for (const auto index : context_.node_policies) {
    const auto& policy = context_.policies[index];
    const bool selects = node == context_.nodes.end() || policy.nodes->Matches(node->second);
    if (selects && policy.Covers(direction_)) found.push_back(index);
  }
  return found;
}

const std::vector<std::uint32_t>& Side::Policies() const {
  if (ends_.subject_kind() == EndKind::kPod)
    return context_.classes.Governing(*subject_.pod_class, direction_);
  return node_policies_;
}

Side::Standing Side::FindStanding() const {
  if (ends_.subject_kind() == EndKind::kOutside) return Standing::kUngoverned;
  const bool none = Policies().empty();
  if (ends_.subject_kind() == EndKind::kNode)
    return none ? Standing::kUngoverned : Standing::kGoverned;
  if (none) return Standing::kUnselected;
  return Standing::kGoverned;
}

/// The kubelet probes the pods of its node, whatever policies of the network isolate.
bool Side::FromOwnNode() const {
  return direction_ == Direction::kIngress && ends_.subject_kind() == EndKind::kPod &&
         ends_.OtherIsOwnNode();
}

std::string_view Side::EnforcersChoice() const {
  if (ends_.other_kind() != EndKind::kNode || ends_.subject_kind() == EndKind::kNode) return {};
  if (FromOwnNode()) return {};
  if (direction_ == Direction::kIngress) return "whether nodes are let in is the CNI's choice";
  if (!ends_.OtherIsOwnNode()) return {};
  return "a pod always reaches its own node by the standard, but whether egress policies apply "
         "there is the CNI's choice";
}

Possible Side::AskLayer(Tier::Layer layer, Protocol protocol, const PortSet& ports,
                        WalkTrace* trace) {
  if (layer == Tier::Layer::kNetwork && FromOwnNode()) layer = Tier::Layer::kOwnNode;
  ends_.Ask(protocol);
  auto possible = WalkTiers(context_.policies, Policies(), layer, direction_, ends_, ports, trace);
  if (layer == Tier::Layer::kNetwork && !EnforcersChoice().empty())
    possible.allowed.Add(possible.denied);
  return possible;
}

void Side::Trace(Protocol protocol, const PortSet& ports, WalkTrace& trace) {
  if (standing_ != Standing::kGoverned) return;
  (void)AskLayer(Tier::Layer::kNetwork, protocol, ports, &trace);
  for (const auto layer : MeshLayers()) (void)AskLayer(layer, protocol, ports, &trace);
}

Possible Side::PossibleOf(Protocol protocol, const PortSet& ports) {
  if (standing_ != Standing::kGoverned) return {ports, {}};
  auto possible = AskLayer(Tier::Layer::kNetwork, protocol, ports, nullptr);
  for (const auto layer : MeshLayers()) possible.And(AskLayer(layer, protocol, ports, nullptr));
  return possible;
}

/// "ingress to bank/db", "egress from bank/db".
std::string Side::What() const {
  return std::string(Word(direction_)) + (direction_ == Direction::kIngress ? " to " : " from ") +
         context_.explanation.NameOf(subject_);
}

DecidingRule Side::SayRule(const PolicyRules& policy, const Rule& rule, const RulePeer& peer,
                           PeerMatch match) const {
  DecidingRule said = Say(std::string());
  said.policy = policy.policy;
  said.place = policy.place;
  said.field = peer.field;
  const auto name = NameOf(policy);
  const auto& doubt = peer.doubt.empty() ? rule.doubt : peer.doubt;
  switch (match) {
    case PeerMatch::kYes:
      said.text = What() + " is " + std::string(Done(rule.action)) + " by " + name + ", " +
                  said.field + ": " + peer.text + ", " + rule.ports.ToString();
      if (!rule.note.empty()) said.text += " (" + rule.note + ")";
      break;
    case PeerMatch::kNeedsAddress:
      said.text = What() + " hangs on whether " + peer.text + " of " + name +
                  " holds the other end, whose address is not known";
      break;
    case PeerMatch::kMaybe:
      said.text = What() + " hangs on whether " + name + ", " + said.field +
                  " matches: " + (doubt.empty() ? "the node isn't known" : doubt);
      break;
    case PeerMatch::kNotByProfile:
    case PeerMatch::kNo:
      said.text = "by the profile of " + context_.profile.name + ": " + peer.text + " of " + name +
                  " does not match " + (ends_.other_kind() == EndKind::kNode ? "nodes" : "pods") +
                  ", though it holds " + context_.explanation.NameOf(other_);
      break;
  }
  return said;
}

DecidingRule Side::SayUnread(const PolicyRules& policy) const {
  auto said = Say(std::string());
  said.policy = policy.policy;
  said.place = policy.place;
  said.text = policy.policy.empty() ? What() + " can't be judged: " + policy.unread
                                    : What() + " hangs on " + NameOf(policy) +
                                          ", which can't be evaluated: " + policy.unread;
  return said;
}

void Side::SayIsolation(const Tier& tier, std::vector<DecidingRule>& said) const {
  for (const auto index : Policies()) {
    const auto& policy = context_.policies[index];
    if (policy.tier != tier || !policy.isolates || !policy.unread.empty()) continue;
    auto& rule = said.emplace_back(Say(std::string()));
    rule.policy = policy.policy;
    rule.place = policy.place;
    rule.text = What() + " is isolated by " + NameOf(policy) + " and no rule allows it";
  }
}

/// Keeps what each kind of answer is explained by.
class Side::Recorder final : public WalkTrace {
 public:
  Recorder(const Side& side, Protocol protocol, const PortSet& port)
      : side_(side), protocol_(protocol), port_(port) {}

  void OnRule(const PolicyRules& policy, const Rule& rule, const RuleMatch& taken) override {
    ruleless.OnRule(policy, rule, taken);
    const bool any = !taken.yes.empty() || !taken.maybe.empty();
    for (const auto& peer : rule.peers) {
      const auto match = side_.ends_.MatchPeer(rule, peer);
      if (match == PeerMatch::kNo) continue;
      if (side_.ends_.PortsFor(rule, peer, protocol_).Intersect(port_).empty()) continue;
      if (match == PeerMatch::kNotByProfile) {
        refusing.push_back(side_.SayRule(policy, rule, peer, match));
      } else if (any && match == PeerMatch::kYes) {
        auto& list = rule.action == Action::kAllow ? allowing : denying;
        if (rule.action != Action::kPass) list.push_back(side_.SayRule(policy, rule, peer, match));
      } else if (any && taken.yes.empty()) {
        doubts.push_back(side_.SayRule(policy, rule, peer, match));
      }
    }
  }
  void OnUnread(const PolicyRules& policy) override { doubts.push_back(side_.SayUnread(policy)); }
  void OnTierEnd(const Tier& tier, const PortSet& left, bool surely) override {
    ruleless.OnTierEnd(tier, left, surely);
    if (surely) side_.SayIsolation(tier, isolated);
  }
  void OnEnd(const PortSet& left) override { ruleless.OnEnd(left); }

  std::vector<DecidingRule> allowing;
  std::vector<DecidingRule> denying;
  std::vector<DecidingRule> doubts;
  std::vector<DecidingRule> refusing;
  std::vector<DecidingRule> isolated;
  RulelessTrace ruleless;

 private:
  const Side& side_;
  Protocol protocol_;
  const PortSet& port_;
};

Judgement Side::JudgeLayer(Tier::Layer layer, Protocol protocol, const PortSet& port) {
  Recorder met(*this, protocol, port);
  const auto possible = AskLayer(layer, protocol, port, &met);
  Judgement judgement;
  judgement.expectation = ExpectationOf(!possible.allowed.empty(), !possible.denied.empty());
  judgement.basis = BasisOf(judgement.expectation, met.ruleless.ports.empty(),
                            layer == Tier::Layer::kNetwork && FromOwnNode());
  judgement.network =
      layer == Tier::Layer::kNetwork ? judgement.expectation : Expectation::kAllow;
  switch (judgement.expectation) {
    case Expectation::kAllow:
      judgement.rules = std::move(met.allowing);
      break;
    case Expectation::kDeny:
      judgement.rules = std::move(met.denying);
      if (!met.isolated.empty()) Append(std::move(met.refusing), judgement.rules);
      Append(std::move(met.isolated), judgement.rules);
      break;
    case Expectation::kUnknown:
      judgement.rules = std::move(met.doubts);
      if (const auto choice = EnforcersChoice();
          !choice.empty() && layer == Tier::Layer::kNetwork) {
        judgement.rules.push_back(Say(
            "no rule allows " + What() + (direction_ == Direction::kIngress ? " from " : " to ") +
            context_.explanation.NameOf(other_) + ": " + std::string(choice)));
      } else if (judgement.rules.empty()) {
        judgement.rules.push_back(
            Say(What() + " hangs on which of two policies of one priority is asked first"));
        Append(std::move(met.allowing), judgement.rules);
        Append(std::move(met.denying), judgement.rules);
      }
      break;
  }
  return judgement;
}

Judgement Side::Judge(Protocol protocol, Port port) {
  if (standing_ != Standing::kGoverned) return WithoutRules();
  PortSet one;
  one.Add(port);
  auto all = JudgeLayer(Tier::Layer::kNetwork, protocol, one);
  for (const auto layer : MeshLayers())
    all = Both(std::move(all), JudgeLayer(layer, protocol, one));
  if (all.rules.empty() && FromOwnNode()) {
    all.rules.push_back(
        Say(What() + " from its own node is always let in: the kubelet must probe"));
  }
  if (all.rules.empty())
    all.rules.push_back(Say("no rule decides " + What() + ", and nothing isolates it"));
  return all;
}

Judgement Side::WithoutRules() const {
  const auto name = context_.explanation.NameOf(subject_);
  const auto allow = [&](std::string text) {
    return Judgement{
        Expectation::kAllow, {Say(std::move(text))}, Basis::kDefault, Expectation::kAllow};
  };
  switch (standing_) {
    case Standing::kUngoverned:
      return ends_.subject_kind() == EndKind::kNode
                 ? allow(name + " is a node's own network: no policy applies to it")
                 : allow(name + " is outside every pod: no policy applies to it");
    case Standing::kUnselected:
    case Standing::kGoverned:
      break;
  }
  return allow("no policy selects " + name + " for " + std::string(Word(direction_)));
}

}  // namespace podreach::policy
