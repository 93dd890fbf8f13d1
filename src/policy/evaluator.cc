#include "podreach/policy/evaluator.h"

#include <algorithm>
#include <set>
#include <utility>

#include "policy/dialect.h"
#include "policy/evaluator_state.h"

namespace podreach {

using policy::Direction;

namespace {

/// The first, and the first of the other family.
void SetAddresses(const std::vector<IpAddress>& addresses, PolicyPeer& peer) {
  if (addresses.empty()) return;
  peer.address = addresses.front();
  const auto other = std::ranges::find_if(addresses, [&](const IpAddress& address) {
    return address.family() != addresses.front().family();
  });
  if (other != addresses.end()) peer.alternate = *other;
}

}  // namespace

PolicyPeer PeerOf(const Node& node) {
  PolicyPeer peer{std::nullopt, std::nullopt, node.name, true};
  SetAddresses(node.internal_ips, peer);
  return peer;
}

Evaluator::State::State(std::shared_ptr<const Snapshot> of, EnforcerProfile by)
    : snapshot(std::move(of)),
      profile(std::move(by)),
      rules(policy::ReadPolicies(*snapshot)),
      policies(rules),
      table(*snapshot, rules, policies.of_rules),
      nodes(policy::NodeLabelsOf(*snapshot)),
      explanation(*snapshot, table),
      unplaced(policy::UnplacedFamilies(profile, policy::HasIpv6(*snapshot, rules, profile))) {
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (rules[i].nodes) node_policies.push_back(i);
  }
}

bool Evaluator::State::IsOnePod(const PolicyPeer& end) const {
  return end.pod && !snapshot->pods[*end.pod].StandsForSeveral();
}

bool Evaluator::State::IsItself(const PolicyPeer& source, const PolicyPeer& destination) const {
  const bool of_one_class = source.pod_class && source.pod_class == destination.pod_class &&
                            !source.is_node && !destination.is_node &&
                            !table.Get(*source.pod_class).host_network;
  if (!of_one_class) return false;
  if (!source.address && !destination.address)
    return source.pod == destination.pod && IsOnePod(source);
  const auto has = [&](const std::optional<IpAddress>& address) {
    return address && (address == destination.address || address == destination.alternate);
  };
  return has(source.address) || has(source.alternate);
}

std::vector<Evaluator::State::InFamily> Evaluator::State::InEachFamily(
    const PolicyPeer& source, const PolicyPeer& destination) const {
  const auto families = policy::FamiliesBetween(policy::FamiliesOf(source, unplaced),
                                                policy::FamiliesOf(destination, unplaced));
  std::vector<InFamily> each;
  for (const auto family : policy::kFamilies) {
    if (!families.Has(family)) continue;
    each.push_back({family, policy::SeenIn(family, source), policy::SeenIn(family, destination)});
  }
  return each;
}

Judgement Evaluator::State::JudgeSide(Direction side, const InFamily& in, Protocol protocol,
                                      Port port) const {
  const bool leaves = side == Direction::kEgress;
  return policy::Side(context, side, leaves ? in.source : in.destination,
                      leaves ? in.destination : in.source, in.family)
      .Judge(protocol, port);
}

Evaluator::Evaluator(std::shared_ptr<const Snapshot> snapshot, EnforcerProfile profile)
    : state_(std::make_unique<State>(std::move(snapshot), std::move(profile))) {}

Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

const Snapshot& Evaluator::snapshot() const { return *state_->snapshot; }

const EnforcerProfile& Evaluator::profile() const { return state_->profile; }

std::span<const PolicyClass> Evaluator::classes() const { return state_->table.classes(); }

std::optional<ClassId> Evaluator::ClassOf(std::size_t pod) const {
  return state_->table.ClassOf(pod);
}

PolicyPeer Evaluator::PeerOf(std::size_t pod) const {
  const Pod& of = snapshot().pods[pod];
  PolicyPeer peer{ClassOf(pod), std::nullopt, of.node, of.host_network, pod};
  SetAddresses(of.ips, peer);
  return peer;
}

ClassId Evaluator::Classify(const PodFacts& pod) { return state_->table.Classify(pod); }

namespace {

std::string HangsOnFamily(const Judgement& v4, const Judgement& v6) {
  return "it hangs on the family of addresses: over IPv4 it is " +
         std::string(ToString(v4.expectation)) + ", over IPv6 " +
         std::string(ToString(v6.expectation));
}

/// What is judged in each family, joined.
template <class Each, class Judge>
Judgement JudgeEach(const Each& each, const Judge& judge) {
  Judgement all = judge(each.front());
  if (each.size() == 1) return all;
  Judgement other = judge(each.back());
  const auto hangs_on = HangsOnFamily(all, other);
  return policy::Either(std::move(all), std::move(other), hangs_on);
}

}  // namespace

Judgement Evaluator::Judge(const PolicyPeer& source, const PolicyPeer& destination,
                           Protocol protocol, Port port) const {
  if (state_->IsItself(source, destination)) {
    const auto name = state_->explanation.NameOf(source);
    return {Expectation::kAllow,
            {{Direction::kEgress, {}, {}, name + " always reaches itself"}},
            Basis::kItself,
            Expectation::kAllow};
  }
  return JudgeEach(state_->InEachFamily(source, destination), [&](const State::InFamily& in) {
    return policy::Both(state_->JudgeSide(Direction::kEgress, in, protocol, port),
                        state_->JudgeSide(Direction::kIngress, in, protocol, port));
  });
}

Judgement Evaluator::JudgeSide(DecidingRule::Direction side, const PolicyPeer& source,
                               const PolicyPeer& destination, Protocol protocol, Port port) const {
  return JudgeEach(
      state_->InEachFamily(source, destination),
      [&](const State::InFamily& in) { return state_->JudgeSide(side, in, protocol, port); });
}

PortAnswer Evaluator::Ports(const PolicyPeer& source, const PolicyPeer& destination,
                            Protocol protocol) const {
  if (state_->IsItself(source, destination)) return {PortSet::All(), {}};
  policy::Possible all;
  for (const auto& in : state_->InEachFamily(source, destination)) {
    policy::Side leaving(state_->context, Direction::kEgress, in.source, in.destination, in.family);
    policy::Side entering(state_->context, Direction::kIngress, in.destination, in.source,
                          in.family);
    auto possible = leaving.PossibleOf(protocol, PortSet::All());
    possible.And(entering.PossibleOf(protocol, PortSet::All()));
    all.Either(possible);
  }
  // A port that one side doubts and the other denies is denied.
  return {all.Allowed(), all.Unknown()};
}

std::optional<PortSet> Evaluator::AllowedPorts(const PolicyPeer& source,
                                               const PolicyPeer& destination,
                                               Protocol protocol) const {
  auto answer = Ports(source, destination, protocol);
  if (!answer.unknown.empty()) return std::nullopt;
  return std::move(answer.allowed);
}

}  // namespace podreach
