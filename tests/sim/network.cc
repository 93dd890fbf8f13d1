#include "tests/sim/network.h"

namespace podreach::sim {
namespace {

constexpr std::uint8_t kUnreachable = 3;
constexpr std::uint8_t kPortUnreachable = 3;
constexpr std::uint8_t kHostUnreachable = 1;

Seen Silence(Protocol protocol, std::uint32_t node) {
  return {protocol == Protocol::kTcp ? Outcome::kFiltered : Outcome::kOpenFiltered, std::nullopt,
          node, false};
}

/// Nothing listens: TCP's RST, or the ICMP error that the target's own kernel sends.
Seen Closed(Protocol protocol, const IpAddress& address, std::uint32_t node) {
  Seen seen{Outcome::kClosed, std::nullopt, node, false};
  if (protocol != Protocol::kTcp) seen.icmp = IcmpError{address, kUnreachable, kPortUnreachable};
  return seen;
}

Seen FromListeners(const std::vector<Listener>& listeners, Protocol protocol, std::uint16_t port,
                   const IpAddress& address, std::uint32_t node) {
  for (const Listener& listener : listeners) {
    if (listener.protocol != protocol || port < listener.first || port > listener.last) continue;
    switch (listener.kind) {
      case Listener::Kind::kAnswers:
        return {Outcome::kOpen, std::nullopt, node, false};
      case Listener::Kind::kSilent:
      case Listener::Kind::kFirewall:
        return Silence(protocol, node);
      case Listener::Kind::kClosed:
        return Closed(protocol, address, node);
    }
  }
  return Closed(protocol, address, node);
}

}  // namespace

Connector::Connector(const Cluster& cluster, std::uint32_t pod, Past past)
    : cluster_(cluster), pod_(pod), past_(past), source_(cluster.PodEnd(pod)) {}

const Connector::Sides& Connector::SidesOf(const End& destination, std::uint32_t ports) {
  const auto compute = [&] {
    return Sides{cluster_.policies().Egress(source_, destination),
                 cluster_.policies().Ingress(source_, destination)};
  };
  // What a node may reach depends on whether the pod is its own.
  if (source_.kind != End::Kind::kPod) return fresh_ = compute();
  const Key key{destination.ns, destination.labels, ports};
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  Sides sides = compute();
  if (sides.egress.by_address) return fresh_ = std::move(sides);
  return known_.emplace(key, std::move(sides)).first->second;
}

Seen Connector::Denied(std::uint32_t by_node, std::uint32_t to_node, Protocol protocol) const {
  Seen seen = Silence(protocol, to_node);
  seen.denied = true;
  switch (cluster_.denial) {
    case Denial::kDrop:
    case Denial::kNone:
      return seen;
    case Denial::kReject:
      seen.state = Outcome::kRejected;
      seen.icmp = IcmpError{cluster_.nodes()[by_node].address, kUnreachable, kPortUnreachable};
      return seen;
    case Denial::kReset:
      if (protocol == Protocol::kTcp) seen.state = Outcome::kClosed;
      return seen;
  }
  return seen;
}

std::optional<Seen> Connector::Deny(const Sides& sides, const End& destination, Protocol protocol,
                                    std::uint16_t port) const {
  if (cluster_.denial == Denial::kNone) return std::nullopt;
  if (source_.kind == End::Kind::kPod && cluster_.nodes()[source_.node].enforces &&
      !sides.egress.Has(protocol, port)) {
    return Denied(source_.node, destination.node, protocol);
  }
  if (destination.kind == End::Kind::kPod && cluster_.nodes()[destination.node].enforces &&
      !sides.ingress.Has(protocol, port)) {
    return Denied(destination.node, destination.node, protocol);
  }
  return std::nullopt;
}

Seen Connector::ToPod(std::uint32_t index, Protocol protocol, std::uint16_t port) {
  const PodModel& pod = cluster_.pods()[index];
  if (pod.gone && past_ == Past::kHidden) {
    return {Outcome::kUnreachable,
            IcmpError{cluster_.nodes()[pod.node].address, kUnreachable, kHostUnreachable}, pod.node,
            false};
  }
  if (index != pod_) {
    const End destination = cluster_.PodEnd(index);
    if (index != last_pod_ || last_ == nullptr) {
      last_ = &SidesOf(destination, pod.ports);
      last_pod_ = index;
    }
    if (auto denied = Deny(*last_, destination, protocol, port)) return *denied;
  }
  if (pod.dead) return Silence(protocol, pod.node);
  return FromListeners(cluster_.ListenersAt(pod.listeners), protocol, port, pod.address, pod.node);
}

Seen Connector::ToNode(std::uint32_t index, Protocol protocol, std::uint16_t port) {
  const End destination = cluster_.NodeEnd(index);
  last_ = nullptr;
  const Sides sides{cluster_.policies().Egress(source_, destination), {}};
  const NodeModel& node = cluster_.nodes()[index];
  if (auto denied = Deny(sides, destination, protocol, port)) return *denied;
  for (const std::uint32_t pod : node.host_pods) {
    const Seen seen = FromListeners(cluster_.ListenersAt(cluster_.pods()[pod].listeners), protocol,
                                    port, node.address, index);
    if (seen.state != Outcome::kClosed) return seen;
  }
  return FromListeners(node.listeners, protocol, port, node.address, index);
}

Seen Connector::ToOutside(const IpAddress& address, Protocol protocol, std::uint16_t port) {
  const End destination{End::Kind::kOutside, kAbsent, 0, kAbsent, address, {}};
  last_ = nullptr;
  const Sides sides{cluster_.policies().Egress(source_, destination), {}};
  if (auto denied = Deny(sides, destination, protocol, port)) return *denied;
  const auto* listeners = cluster_.OutsideAt(address);
  if (listeners == nullptr) return Silence(protocol, kAbsent);
  return FromListeners(*listeners, protocol, port, address, kAbsent);
}

Seen Connector::ToBackend(const std::vector<BackendModel>& backends, const IpAddress& asked,
                          Protocol protocol, std::uint16_t port) {
  // kube-proxy rejects what goes to a Service without ready endpoints, on the source's own node.
  if (backends.empty()) {
    return {Outcome::kRejected,
            IcmpError{cluster_.nodes()[source_.node].address, kUnreachable, kPortUnreachable},
            source_.node, false};
  }
  // A source always meets the same backend, so that what it sees can be said again later.
  const std::size_t dice = (std::size_t{pod_} * 0x9E3779B97F4A7C15U + port) >> 32U;
  const BackendModel& backend = backends[dice % backends.size()];
  const Place place = cluster_.Find(backend.address);
  Seen seen = place.kind == Place::Kind::kPod ? ToPod(place.index, protocol, backend.port)
              : place.kind == Place::Kind::kNode
                  ? ToNode(place.index, protocol, backend.port)
                  : ToOutside(backend.address, protocol, backend.port);
  // The way back translates the target's own address.
  if (seen.icmp && seen.icmp->from == backend.address) seen.icmp->from = asked;
  return seen;
}

Seen Connector::Connect(const IpAddress& address, Protocol protocol, std::uint16_t port) {
  const Place place = cluster_.Find(address);
  switch (place.kind) {
    case Place::Kind::kPod:
      return ToPod(place.index, protocol, port);
    case Place::Kind::kNode:
      if (const auto* backends = cluster_.NodePortAt({protocol, port}))
        return ToBackend(*backends, address, protocol, port);
      return ToNode(place.index, protocol, port);
    case Place::Kind::kService:
      if (const auto* backends = cluster_.ServiceAt(place.index, {protocol, port}))
        return ToBackend(*backends, address, protocol, port);
      return Silence(protocol, kAbsent);
    case Place::Kind::kOutside:
      return ToOutside(address, protocol, port);
    case Place::Kind::kNothing:
      // No pod has this address of a pod CIDR: the node there says so.
      return {Outcome::kUnreachable,
              IcmpError{cluster_.nodes()[source_.node].address, kUnreachable, kHostUnreachable},
              source_.node, false};
  }
  return {};
}

}  // namespace podreach::sim
