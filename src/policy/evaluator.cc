#include "podreach/policy/evaluator.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/dialects/network_policy.h"
#include "policy/explanation.h"
#include "policy/policy_class.h"
#include "policy/side.h"

namespace podreach {
namespace {

using policy::Direction;

/// The policies by their index in the snapshot, and behind them what stands for those that are
/// missing.
std::vector<policy::PolicyRules> RulesOf(const Snapshot& snapshot) {
  std::vector<policy::PolicyRules> rules;
  rules.reserve(snapshot.network_policies.size());
  for (const auto& document : snapshot.network_policies) {
    rules.push_back(policy::FromNetworkPolicy(document));
  }
  for (const auto& gap : snapshot.gaps) {
    if (auto missing = policy::FromGap(gap)) rules.push_back(std::move(*missing));
  }
  return rules;
}

}  // namespace

struct Evaluator::State {
  State(std::shared_ptr<const Snapshot> s, EnforcerProfile p)
      : snapshot(std::move(s)),
        profile(std::move(p)),
        rules(RulesOf(*snapshot)),
        table(*snapshot, rules),
        explanation(*snapshot, table) {}

  [[nodiscard]] bool IsItself(const PolicyPeer& source, const PolicyPeer& destination) const {
    return source.pod_class && source.pod_class == destination.pod_class && source.address &&
           source.address == destination.address && !source.is_node && !destination.is_node &&
           !table.Get(*source.pod_class).host_network;
  }

  const std::shared_ptr<const Snapshot> snapshot;
  const EnforcerProfile profile;
  std::vector<policy::PolicyRules> rules;
  policy::ClassTable table;
  const policy::Explanation explanation;
  const policy::JudgeContext context{rules, table, profile, explanation};
};

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

ClassId Evaluator::Classify(const PodFacts& pod) { return state_->table.Classify(pod); }

Judgement Evaluator::Judge(const PolicyPeer& source, const PolicyPeer& destination,
                           Protocol protocol, Port port) const {
  if (state_->IsItself(source, destination)) {
    const auto name = state_->explanation.NameOf(source);
    return {Expectation::kAllow, {{Direction::kEgress, {}, {}, name + " always reaches itself"}}};
  }
  const policy::Side leaving(state_->context, Direction::kEgress, source, destination);
  const policy::Side entering(state_->context, Direction::kIngress, destination, source);
  auto egress = leaving.Judge(protocol, port);
  auto ingress = entering.Judge(protocol, port);

  Judgement both;
  const auto either = [&](Expectation e) {
    return egress.expectation == e || ingress.expectation == e;
  };
  both.expectation = either(Expectation::kDeny)      ? Expectation::kDeny
                     : either(Expectation::kUnknown) ? Expectation::kUnknown
                                                     : Expectation::kAllow;
  // A side that says otherwise did not decide.
  for (auto* side : {&egress, &ingress}) {
    if (side->expectation != both.expectation) continue;
    std::move(side->rules.begin(), side->rules.end(), std::back_inserter(both.rules));
  }
  return both;
}

std::optional<PortSet> Evaluator::AllowedPorts(const PolicyPeer& source,
                                               const PolicyPeer& destination,
                                               Protocol protocol) const {
  if (state_->IsItself(source, destination)) return PortSet::All();
  const policy::Side leaving(state_->context, Direction::kEgress, source, destination);
  const policy::Side entering(state_->context, Direction::kIngress, destination, source);
  const auto egress = leaving.PortsOf(protocol);
  const auto ingress = entering.PortsOf(protocol);
  auto allowed = egress.allowed.Intersect(ingress.allowed);
  if (egress.unknown.empty() && ingress.unknown.empty()) return allowed;

  // A port that one side doubts and the other denies is denied.
  PortSet possible = egress.allowed;
  possible.Add(egress.unknown);
  PortSet entry = ingress.allowed;
  entry.Add(ingress.unknown);
  possible = possible.Intersect(entry);
  possible.Remove(allowed);
  if (!possible.empty()) return std::nullopt;
  return allowed;
}

}  // namespace podreach
