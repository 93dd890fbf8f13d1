#include <utility>

#include "policy/side_profile.h"

namespace podreach::policy {
namespace {

std::uint64_t PairOf(PortsId one, PortsId other) {
  return std::uint64_t{std::min(one, other)} << 32U | std::max(one, other);
}

bool HasUnknown(const Ports& ports) {
  for (const auto& possible : ports.of) {
    if (!possible.Unknown().empty()) return true;
  }
  return false;
}

/// The reason of the first that has one.
void Explain(const Ports& one, const Ports& other, Ports& joined) {
  if (!HasUnknown(joined)) return;
  joined.because = one.because.empty() ? other.because : one.because;
}

}  // namespace

PortsPool::PortsPool() {
  Ports nothing;
  Ports everything;
  for (const auto protocol : kProtocols) {
    const auto at = static_cast<std::size_t>(protocol);
    nothing.of.at(at).denied = PortSet::All();
    everything.of.at(at).allowed = PortSet::All();
  }
  (void)Intern(std::move(nothing));
  (void)Intern(std::move(everything));
}

PortsId PortsPool::Intern(Ports ports) {
  Key key;
  auto& [possible, because, grounds, own_node] = key;
  for (std::size_t i = 0; i < ports.of.size(); ++i) {
    possible.at(2 * i) = ports.of.at(i).allowed.ranges();
    possible.at(2 * i + 1) = ports.of.at(i).denied.ranges();
    grounds.at(3 * i) = ports.grounds.at(i).by_rule.ranges();
    grounds.at(3 * i + 1) = ports.grounds.at(i).network_allows.ranges();
    grounds.at(3 * i + 2) = ports.grounds.at(i).network_doubts.ranges();
  }
  because = ports.because;
  own_node = ports.own_node;
  const auto [found, added] = ids_.try_emplace(std::move(key), static_cast<PortsId>(all_.size()));
  if (added) all_.push_back(std::make_unique<Ports>(std::move(ports)));
  return found->second;
}

PortsId PortsPool::And(PortsId one, PortsId other) {
  if (one == other || one == kNothing || other == kEverything) return one;
  if (other == kNothing || one == kEverything) return other;
  const auto known = ands_.find(PairOf(one, other));
  if (known != ands_.end()) return known->second;
  Ports joined;
  for (std::size_t i = 0; i < joined.of.size(); ++i) {
    joined.of.at(i) = Get(one).of.at(i);
    joined.of.at(i).And(Get(other).of.at(i));
  }
  Explain(Get(one), Get(other), joined);
  return ands_.emplace(PairOf(one, other), Intern(std::move(joined))).first->second;
}

PortsId PortsPool::Or(PortsId one, PortsId other) {
  if (one == other || one == kEverything || other == kNothing) return one;
  if (other == kEverything || one == kNothing) return other;
  const auto known = ors_.find(PairOf(one, other));
  if (known != ors_.end()) return known->second;
  Ports joined;
  for (std::size_t i = 0; i < joined.of.size(); ++i) {
    auto& to = joined.of.at(i);
    to = Get(one).of.at(i);
    to.allowed.Add(Get(other).of.at(i).allowed);
    to.denied = to.denied.Intersect(Get(other).of.at(i).denied);
  }
  Explain(Get(one), Get(other), joined);
  return ors_.emplace(PairOf(one, other), Intern(std::move(joined))).first->second;
}

PortsId PortsPool::Either(PortsId one, PortsId other) {
  if (one == other) return one;
  const auto known = eithers_.find(PairOf(one, other));
  if (known != eithers_.end()) return known->second;
  Ports joined;
  for (std::size_t i = 0; i < joined.of.size(); ++i) {
    joined.of.at(i) = Get(one).of.at(i);
    joined.of.at(i).Either(Get(other).of.at(i));
  }
  Explain(Get(one), Get(other), joined);
  if (joined.because.empty() && HasUnknown(joined))
    joined.because = "IPv4 and IPv6 are judged differently, and which of them it will be is not known";
  return eithers_.emplace(PairOf(one, other), Intern(std::move(joined))).first->second;
}

}  // namespace podreach::policy
