#include "policy/grounds.h"

#include <algorithm>

namespace podreach::policy {
namespace {

/// Which of two bases of one expectation stays; the lowest.
int Place(Basis basis) {
  switch (basis) {
    case Basis::kItself:
      return 0;
    case Basis::kRule:
      return 1;
    case Basis::kIsolation:
      return 2;
    case Basis::kOwnNode:
      return 3;
    case Basis::kDefault:
      return 4;
    case Basis::kUnknown:
      return 5;
  }
  return 5;
}

/// Which of two expectations stays where both must allow; the highest.
int Weight(Expectation expectation) {
  switch (expectation) {
    case Expectation::kAllow:
      return 0;
    case Expectation::kUnknown:
      return 1;
    case Expectation::kDeny:
      return 2;
  }
  return 2;
}

PortSet Without(PortSet ports, const PortSet& others) {
  ports.Remove(others);
  return ports;
}

}  // namespace

Basis BasisOf(Expectation expectation, bool by_rule, bool own_node) {
  switch (expectation) {
    case Expectation::kAllow:
      return by_rule ? Basis::kRule : own_node ? Basis::kOwnNode : Basis::kDefault;
    case Expectation::kDeny:
      return by_rule ? Basis::kRule : Basis::kIsolation;
    case Expectation::kUnknown:
      break;
  }
  return Basis::kUnknown;
}

Intention Both(const Intention& one, const Intention& other) {
  const auto network = Weight(one.network) > Weight(other.network) ? one.network : other.network;
  if (one.expectation != other.expectation) {
    const auto& decides = Weight(one.expectation) > Weight(other.expectation) ? one : other;
    return {decides.expectation, decides.basis, network};
  }
  return {one.expectation, Place(one.basis) <= Place(other.basis) ? one.basis : other.basis,
          network};
}

Intention Either(const Intention& one, const Intention& other) {
  const auto network = one.network == other.network ? one.network : Expectation::kUnknown;
  if (one.expectation != other.expectation)
    return {Expectation::kUnknown, Basis::kUnknown, network};
  // That one is the pod itself says nothing of the other.
  const bool first = other.basis == Basis::kItself ||
                     (one.basis != Basis::kItself && Place(one.basis) <= Place(other.basis));
  return {one.expectation, first ? one.basis : other.basis, network};
}

Expectation Grounds::NetworkOf(Port port, Expectation side) const {
  if (side == Expectation::kAllow || network_allows.Contains(port)) return Expectation::kAllow;
  return network_doubts.Contains(port) ? Expectation::kUnknown : side;
}

void SideGrounds::Add(const Possible& layer, const RulelessTrace& ruleless) {
  if (!any_) network_ = layer;
  any_ = true;
  allowed_.Add(Without(layer.Allowed(), ruleless.ports));
  denied_.Add(Without(Without(layer.denied, layer.allowed), ruleless.ports));
}

Grounds SideGrounds::Of(const Possible& side) const {
  const auto allowed = side.Allowed();
  Grounds grounds;
  grounds.by_rule = allowed_.Intersect(allowed);
  grounds.by_rule.Add(denied_);
  grounds.network_allows = Without(network_.Allowed(), allowed);
  grounds.network_doubts = Without(network_.Unknown(), side.allowed);
  return grounds;
}

}  // namespace podreach::policy
