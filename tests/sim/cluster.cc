#include "tests/sim/cluster.h"

#include <algorithm>

namespace podreach::sim {
namespace {

// 10.0.0.0/8 for pods, 172.24.0.0/16 for nodes: apart from 192.168.0.0/16, where Services are.
constexpr std::uint32_t kFirstPodAddress = 0x0A000000;
constexpr std::uint32_t kCidrSize = 1024;
constexpr std::uint32_t kFirstNodeAddress = 0xAC180001;

std::uint32_t HostOrder(const IpAddress& address) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : address.bytes()) value = value << 8U | byte;
  return value;
}

}  // namespace

void Cluster::AddNodes(std::uint32_t count, std::uint32_t pods_per_node) {
  pods_per_node_ = std::min(pods_per_node, kPodsPerCidr);
  for (std::uint32_t i = 0; i < count; ++i) {
    NodeModel node;
    node.name = "node-" + std::to_string(i);
    node.address = IpAddress::V4(kFirstNodeAddress + i);
    node.first_pod_address = kFirstPodAddress + i * kCidrSize;
    node.next_pod_address = node.first_pod_address + 1;
    // The kubelet, and kube-proxy's health check.
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{10250, 10256}) {
      node.listeners.push_back({Protocol::kTcp, port, port, Listener::Kind::kAnswers});
    }
    node_names_.emplace(node.name, i);
    places_[node.address] = {Place::Kind::kNode, i};
    nodes_.push_back(std::move(node));
  }
  pod_at_.assign(std::size_t{count} * kCidrSize, kAbsent);
}

std::optional<std::uint32_t> Cluster::FindNode(std::string_view name) const {
  const auto found = node_names_.find(name);
  return found == node_names_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> Cluster::ChooseNode(std::optional<std::uint32_t> preferred) {
  if (preferred && HasSlot(*preferred)) return preferred;
  for (std::size_t tries = 0; tries < nodes_.size(); ++tries) {
    const std::uint32_t node = turn_;
    turn_ = (turn_ + 1) % static_cast<std::uint32_t>(nodes_.size());
    if (HasSlot(node)) return node;
  }
  return std::nullopt;
}

std::uint32_t Cluster::AddPorts(std::vector<DeclaredPort> ports) {
  const auto [found, added] =
      port_ids_.try_emplace(ports, static_cast<std::uint32_t>(ports_.size()));
  if (added) ports_.push_back(std::move(ports));
  return found->second;
}

std::uint32_t Cluster::AddListeners(std::vector<Listener> listeners) {
  const auto [found, added] =
      listener_ids_.try_emplace(listeners, static_cast<std::uint32_t>(listeners_.size()));
  if (added) listeners_.push_back(std::move(listeners));
  return found->second;
}

IpAddress Cluster::NextAddress(NodeModel& node) {
  for (std::uint32_t tries = 0; tries < kPodsPerCidr; ++tries) {
    const std::uint32_t value = node.next_pod_address;
    const std::uint32_t offset = value - node.first_pod_address;
    node.next_pod_address = node.first_pod_address + offset % kPodsPerCidr + 1;
    const std::uint32_t holder = pod_at_[value - kFirstPodAddress];
    if (holder == kAbsent || pods_[holder].gone) return IpAddress::V4(value);
  }
  return {};  // can't be: slots are fewer than addresses
}

std::uint32_t Cluster::AddPod(PodModel pod) {
  const auto index = static_cast<std::uint32_t>(pods_.size());
  NodeModel& node = nodes_[pod.node];
  ++node.pods;
  if (pod.host_network) {
    pod.address = node.address;
    node.host_pods.push_back(index);
  } else {
    pod.address = NextAddress(node);
    pod_at_[HostOrder(pod.address) - kFirstPodAddress] = index;
  }
  pod_names_[std::uint64_t{pod.ns} << 32U | pod.name] = index;
  pods_.push_back(pod);
  return index;
}

void Cluster::RemovePod(std::uint32_t index) {
  PodModel& pod = pods_[index];
  if (pod.gone) return;
  pod.gone = true;
  NodeModel& node = nodes_[pod.node];
  --node.pods;
  std::erase(node.host_pods, index);
}

std::optional<std::uint32_t> Cluster::FindPod(std::string_view ns, std::string_view name) const {
  const auto ns_id = texts_.Find(ns);
  const auto name_id = texts_.Find(name);
  if (!ns_id || !name_id) return std::nullopt;
  const auto found = pod_names_.find(std::uint64_t{*ns_id} << 32U | *name_id);
  return found == pod_names_.end() ? std::nullopt : std::optional(found->second);
}

void Cluster::AddService(const IpAddress& address, ServiceKey key,
                         std::vector<BackendModel> backends) {
  const auto [place, added] = places_.try_emplace(
      address, Place{Place::Kind::kService, static_cast<std::uint32_t>(services_.size())});
  if (added) services_.emplace_back();
  if (place->second.kind == Place::Kind::kService)
    services_[place->second.index][key] = std::move(backends);
}

void Cluster::AddNodePort(ServiceKey key, std::vector<BackendModel> backends) {
  node_ports_[key] = std::move(backends);
}

const std::vector<BackendModel>* Cluster::ServiceAt(std::uint32_t service, ServiceKey key) const {
  const auto found = services_[service].find(key);
  return found == services_[service].end() ? nullptr : &found->second;
}

const std::vector<BackendModel>* Cluster::NodePortAt(ServiceKey key) const {
  const auto found = node_ports_.find(key);
  return found == node_ports_.end() ? nullptr : &found->second;
}

void Cluster::AddOutside(const IpAddress& address, Listener listener) {
  outside_[address].push_back(listener);
}

const std::vector<Listener>* Cluster::OutsideAt(const IpAddress& address) const {
  const auto found = outside_.find(address);
  return found == outside_.end() ? nullptr : &found->second;
}

Place Cluster::Find(const IpAddress& address) const {
  if (address.is_v4()) {
    const std::uint32_t offset = HostOrder(address) - kFirstPodAddress;
    if (offset < pod_at_.size()) {
      const std::uint32_t pod = pod_at_[offset];
      return pod == kAbsent ? Place{} : Place{Place::Kind::kPod, pod};
    }
  }
  const auto found = places_.find(address);
  return found == places_.end() ? Place{Place::Kind::kOutside, 0} : found->second;
}

End Cluster::PodEnd(std::uint32_t index) const {
  const PodModel& pod = pods_[index];
  if (pod.host_network) return NodeEnd(pod.node);
  return {End::Kind::kPod, pod.ns, pod.labels, pod.node, pod.address, ports_[pod.ports]};
}

End Cluster::NodeEnd(std::uint32_t index) const {
  return {End::Kind::kNode, kAbsent, 0, index, nodes_[index].address, {}};
}

}  // namespace podreach::sim
