#include "policy/explanation.h"

#include <algorithm>

namespace podreach::policy {
namespace {

std::string WithLabels(const PolicyClass& pods) {
  if (pods.labels.empty()) return pods.ns + "/pods that no selector names";
  std::string text;
  for (const auto& [key, value] : pods.labels) {
    if (!text.empty()) text += ",";
    text += key;
    text += "=";
    text += value;
  }
  return pods.ns + "/pods " + text;
}

}  // namespace

Explanation::Explanation(const Snapshot& snapshot, const ClassTable& classes)
    : snapshot_(snapshot), classes_(classes) {}

void Explanation::IndexAddresses() const {
  for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
    const auto& pod = snapshot_.pods[i];
    if (!pod.IsLive() || pod.host_network) continue;
    for (const auto& address : pod.ips) pod_by_address_.emplace(address.ToString(), i);
  }
}

const Pod* Explanation::PodOf(const PolicyPeer& peer) const {
  if (peer.pod) return &snapshot_.pods[*peer.pod];
  if (peer.address) {
    std::call_once(indexed_, [this] { IndexAddresses(); });
    const auto found = pod_by_address_.find(peer.address->ToString());
    if (found != pod_by_address_.end() && classes_.ClassOf(found->second) == peer.pod_class) {
      return &snapshot_.pods[found->second];
    }
    return nullptr;
  }
  const auto& members = classes_.Get(*peer.pod_class).pods;
  if (members.empty()) return nullptr;
  const auto& first = snapshot_.pods[members.front()];
  const bool one_workload = std::all_of(members.begin(), members.end(), [&](std::size_t pod) {
    return snapshot_.pods[pod].workload == first.workload;
  });
  return one_workload ? &first : nullptr;
}

std::string Explanation::NameOf(const PolicyPeer& peer) const {
  const bool host_network = peer.pod_class && classes_.Get(*peer.pod_class).host_network;
  if (peer.is_node || host_network) {
    if (!peer.node.empty()) return "node " + peer.node;
    return peer.address ? "node " + peer.address->ToString() : "a node";
  }
  if (!peer.pod_class) return peer.address ? peer.address->ToString() : "an unknown address";
  const auto* pod = PodOf(peer);
  if (pod == nullptr) return WithLabels(classes_.Get(*peer.pod_class));
  return pod->ns + "/" + (pod->workload.name.empty() ? pod->name : pod->workload.name);
}

std::string_view Word(Direction direction) {
  return direction == Direction::kIngress ? "ingress" : "egress";
}

std::string_view Done(Action action) {
  switch (action) {
    case Action::kAllow:
      return "allowed";
    case Action::kDeny:
      return "denied";
    case Action::kPass:
      return "passed on";
  }
  return {};
}

std::string NameOf(const PolicyRules& policy) {
  return policy.kind == "NetworkPolicy" ? policy.policy : policy.kind + " " + policy.policy;
}

}  // namespace podreach::policy
