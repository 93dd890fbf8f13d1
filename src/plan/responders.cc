#include <algorithm>

#include "podreach/plan/scan_plan.h"

namespace podreach {
namespace {

/// A responder and its targets.
void AddResponder(const Vantage& vantage, const IpAddress& address, bool every_port,
                  std::vector<TargetId>& added, ScanPlan& plan) {
  plan.places.push_back({.kind = TargetKind::kProbe,
                         .address = address,
                         .ns = vantage.ns,
                         .workload = vantage.name,
                         .name = vantage.name + " responder",
                         .node = vantage.node,
                         .probe = vantage.id});
  plan.pod_of_place.emplace_back();
  const PlaceId place{static_cast<std::uint32_t>(plan.places.size() - 1)};
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp}) {
    const PortSet& ports = protocol == Protocol::kTcp ? vantage.listen_tcp : vantage.listen_udp;
    for (const PortRange& range : ports.ranges()) {
      for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
        added.push_back(TargetId{static_cast<std::uint32_t>(plan.targets.size())});
        plan.targets.push_back({.place = place,
                                .protocol = protocol,
                                .port = *Port::From(static_cast<std::uint16_t>(port)),
                                .declared = true});
        if (!every_port) return;
      }
    }
  }
}

/// Responders are asked by everybody who runs with them.
void AskEverybody(const std::vector<VantageId>& present, const std::vector<TargetId>& responders,
                  const std::vector<TargetId>& canary, ScanPlan& plan) {
  std::map<TargetList, TargetList> with_responders;  // its keys keep the lists alive
  for (const VantageId id : present) {
    TargetList& ask = plan.asks[Index(id)];
    if (ask == nullptr) continue;
    const bool is_source = plan.vantage(id).kind == VantageKind::kCanarySource;
    if (const auto known = with_responders.find(ask);
        !is_source && known != with_responders.end()) {
      ask = known->second;
      continue;
    }
    std::vector<TargetId> targets = *ask;
    targets.insert(targets.end(), responders.begin(), responders.end());
    if (is_source) targets.insert(targets.end(), canary.begin(), canary.end());
    std::ranges::sort(targets, {},
                      [&](TargetId t) { return EndpointOf(plan.place(t), plan.target(t)); });
    const TargetList before = ask;
    ask = std::make_shared<const std::vector<TargetId>>(std::move(targets));
    if (!is_source) with_responders[before] = ask;
  }
}

/// In a large cluster the node of a probe asks its responder, which policies can't keep it from: it
/// shows that the probe is there. The asks of nodes go on behind what they had.
void AskNodes(const std::vector<TargetId>& responders, ScanPlan& plan) {
  std::map<std::string_view, std::vector<TargetId>> of_node;
  for (const TargetId id : responders) of_node[plan.place(id).node].push_back(id);
  for (const Vantage& vantage : plan.vantages) {
    const auto found = of_node.find(vantage.node);
    if (vantage.kind != VantageKind::kNode || found == of_node.end()) continue;
    std::vector<TargetId>& more = found->second;
    std::ranges::sort(more, {},
                      [&](TargetId t) { return EndpointOf(plan.place(t), plan.target(t)); });
    TargetList& ask = plan.asks[Index(vantage.id)];
    std::vector<TargetId> targets = ask == nullptr ? std::vector<TargetId>() : *ask;
    targets.insert(targets.end(), more.begin(), more.end());
    ask = std::make_shared<const std::vector<TargetId>>(std::move(targets));
  }
}

}  // namespace

void PlanResponders(const std::vector<VantageId>& present, ScanPlan& plan) {
  std::vector<TargetId> responders;
  std::vector<TargetId> canary;
  for (const VantageId id : present) {
    const Vantage& vantage = plan.vantage(id);
    // A probe that didn't start is a target all the same, and is reported as not probed.
    const IpAddress at = vantage.address.value_or(IpAddress());
    if (vantage.kind == VantageKind::kNode || vantage.kind == VantageKind::kCanarySource) continue;
    if (IsCanary(vantage.kind)) {
      AddResponder(vantage, at, false, canary, plan);
    } else {
      AddResponder(vantage, at, plan.enumerated, responders, plan);
    }
  }
  AskEverybody(present, plan.enumerated ? responders : std::vector<TargetId>(), canary, plan);
  if (!plan.enumerated) AskNodes(responders, plan);
  // The canary's control.
  AskNodes(canary, plan);
}

}  // namespace podreach
