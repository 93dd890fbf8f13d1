#include <algorithm>

#include "findings/judge.h"

namespace podreach {
namespace {

std::optional<IpAddress> AddressOf(const Snapshot& snapshot, const ScanPlan& plan,
                                   const Vantage& vantage) {
  if (vantage.kind == VantageKind::kNode) {
    const auto node = std::find_if(snapshot.nodes.begin(), snapshot.nodes.end(),
                                   [&](const Node& n) { return n.name == vantage.node; });
    if (node != snapshot.nodes.end() && !node->internal_ips.empty())
      return node->internal_ips.front();
    return std::nullopt;
  }
  for (const Target& target : plan.targets) {
    if (target.probe == vantage.id && target.endpoint.address != IpAddress())
      return target.endpoint.address;
  }
  return std::nullopt;
}

PolicyPeer PodPeer(const Evaluator& evaluator, std::size_t pod, const IpAddress& address) {
  const Pod& behind = evaluator.snapshot().pods[pod];
  return {evaluator.ClassOf(pod), address, behind.node, behind.host_network};
}

Judgement Unknown(std::string why) {
  return {Expectation::kUnknown, {{DecidingRule::Direction::kIngress, {}, {}, std::move(why)}}};
}

/// A sidecar takes every connection and refuses it afterwards, so that an open port doesn't show
/// what the mesh lets through.
Judgement AsConnected(Judgement judgement) {
  if (!judgement.mesh || judgement.expectation != Expectation::kDeny) return judgement;
  judgement.expectation = Expectation::kUnknown;
  for (DecidingRule& rule : judgement.rules)
    rule.text +=
        "; a connection to a sidecar succeeds all the same, so that a probe proves nothing";
  return judgement;
}

/// A Service is judged at the backend that is chosen after DNAT; all of them must agree.
Judgement ThroughService(const Evaluator& evaluator, const PolicyPeer& source,
                         const Target& target) {
  std::optional<Judgement> all;
  for (const Backend& backend : target.backends) {
    auto one = AsConnected(evaluator.Judge(source, PodPeer(evaluator, backend.pod, backend.address),
                                           target.endpoint.protocol, backend.port));
    if (all && all->expectation != one.expectation)
      return Unknown("the Service's backends are judged differently");
    if (!all) all = std::move(one);
  }
  if (!all) return Unknown("the Service has no ready endpoint in the snapshot");
  if (target.kind == TargetKind::kNode && all->expectation == Expectation::kDeny) {
    return Unknown("through a NodePort the enforcer may see the node as the source");
  }
  return *all;
}

}  // namespace

Judgement Intended(const Evaluator& evaluator, const ScanPlan& plan, const Vantage& vantage,
                   const Target& target) {
  const PolicyPeer source{vantage.pod_class, AddressOf(evaluator.snapshot(), plan, vantage),
                          vantage.node, vantage.kind == VantageKind::kNode};
  const Endpoint& endpoint = target.endpoint;
  const auto judge = [&](const PolicyPeer& destination) {
    return AsConnected(evaluator.Judge(source, destination, endpoint.protocol, endpoint.port));
  };
  switch (target.kind) {
    case TargetKind::kPod:
      return judge(PodPeer(evaluator, *target.pod, endpoint.address));
    case TargetKind::kService:
    case TargetKind::kDns:
      return ThroughService(evaluator, source, target);
    case TargetKind::kNode:
      if (!target.backends.empty()) return ThroughService(evaluator, source, target);
      return judge({std::nullopt, endpoint.address, target.node, true});
    case TargetKind::kHostNetworkPod:
      return judge({std::nullopt, endpoint.address, target.node, true});
    case TargetKind::kControlPlane:
    case TargetKind::kMetadata:
    case TargetKind::kExternal:
      return judge({std::nullopt, endpoint.address, {}, false});
    case TargetKind::kProbe: {
      const Vantage& other = plan.vantages[Index(*target.probe)];
      if (!other.pod_class) return Unknown("a probe without a policy class");
      return judge({other.pod_class, endpoint.address, other.node, false});
    }
  }
  return Unknown("no such kind of target");
}

}  // namespace podreach
