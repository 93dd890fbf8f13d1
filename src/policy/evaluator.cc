#include "podreach/policy/evaluator.h"

#include <algorithm>
#include <set>
#include <utility>

#include "policy/dialect.h"
#include "policy/evaluator_state.h"

namespace podreach {

using policy::Direction;

Evaluator::State::State(std::shared_ptr<const Snapshot> of, EnforcerProfile by)
    : snapshot(std::move(of)),
      profile(std::move(by)),
      rules(policy::ReadPolicies(*snapshot)),
      policies(rules),
      table(*snapshot, rules, policies.of_rules),
      nodes(policy::NodeLabelsOf(*snapshot)),
      explanation(*snapshot, table) {
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (rules[i].nodes) node_policies.push_back(i);
  }
}

bool Evaluator::State::IsItself(const PolicyPeer& source, const PolicyPeer& destination) const {
  return source.pod_class && source.pod_class == destination.pod_class && source.address &&
         source.address == destination.address && !source.is_node && !destination.is_node &&
         !table.Get(*source.pod_class).host_network;
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
  if (!of.ips.empty()) peer.address = of.ips.front();
  return peer;
}

ClassId Evaluator::Classify(const PodFacts& pod) { return state_->table.Classify(pod); }

Judgement Evaluator::Judge(const PolicyPeer& source, const PolicyPeer& destination,
                           Protocol protocol, Port port) const {
  if (state_->IsItself(source, destination)) {
    const auto name = state_->explanation.NameOf(source);
    return {Expectation::kAllow,
            {{Direction::kEgress, {}, {}, name + " always reaches itself"}},
            false,
            Basis::kItself};
  }
  policy::Side leaving(state_->context, Direction::kEgress, source, destination);
  policy::Side entering(state_->context, Direction::kIngress, destination, source);
  return policy::Both(leaving.Judge(protocol, port), entering.Judge(protocol, port));
}

PortAnswer Evaluator::Ports(const PolicyPeer& source, const PolicyPeer& destination,
                            Protocol protocol) const {
  if (state_->IsItself(source, destination)) return {PortSet::All(), {}};
  policy::Side leaving(state_->context, Direction::kEgress, source, destination);
  policy::Side entering(state_->context, Direction::kIngress, destination, source);
  auto possible = leaving.PossibleOf(protocol, PortSet::All());
  possible.And(entering.PossibleOf(protocol, PortSet::All()));
  // A port that one side doubts and the other denies is denied.
  return {possible.Allowed(), possible.Unknown()};
}

std::optional<PortSet> Evaluator::AllowedPorts(const PolicyPeer& source,
                                               const PolicyPeer& destination,
                                               Protocol protocol) const {
  auto answer = Ports(source, destination, protocol);
  if (!answer.unknown.empty()) return std::nullopt;
  return std::move(answer.allowed);
}

}  // namespace podreach
