#pragma once

#include "tests/oracle/random_cluster.h"
#include "tests/oracle/random_mesh.h"

/// Small worlds at random over the dialects that one asks for.
namespace podreach::oracle {

struct WorldOptions {
  bool network_policies = true;
  bool admin = true;
  bool cilium = true;
  bool calico = true;
  bool istio = true;
  bool linkerd = true;
  bool consul = true;
  int most_documents = 5;  ///< Calico's tiers not counted
};

inline Labels AnyLabels(Dice& dice) {
  Labels labels;
  for (const char* key : {"app", "tier"}) {
    if (!dice.OneIn(3)) labels[key] = dice.Label();
  }
  return labels;
}

/// A proxy, or what asks for one.
inline void AddMesh(Dice& dice, const WorldOptions& options, Pod& pod) {
  struct Mesh {
    bool wanted;
    const char* proxy;
    const char* hint;
    const char* value;
  };
  const Mesh meshes[] = {
      {options.istio, "istio-proxy", "sidecar.istio.io/inject", "true"},
      {options.linkerd, "linkerd-proxy", "linkerd.io/inject", "enabled"},
      {options.consul, "consul-dataplane", "consul.hashicorp.com/connect-inject", "true"},
  };
  std::vector<Mesh> wanted;
  for (const auto& mesh : meshes) {
    if (mesh.wanted) wanted.push_back(mesh);
  }
  if (dice.OneIn(12)) {
    const auto key =
        dice.Word({"traffic.sidecar.istio.io/excludeInboundPorts",
                   "traffic.sidecar.istio.io/includeInboundPorts",
                   "traffic.sidecar.istio.io/excludeOutboundPorts",
                   "traffic.sidecar.istio.io/includeOutboundIPRanges",
                   "config.linkerd.io/skip-inbound-ports", "config.linkerd.io/skip-outbound-ports",
                   "consul.hashicorp.com/transparent-proxy-exclude-inbound-ports",
                   "consul.hashicorp.com/transparent-proxy-exclude-outbound-ports"});
    pod.mesh_hints[key] = dice.Word({"80", "*", "15021,15090", "80,443"});
  }
  if (dice.OneIn(20)) pod.mesh_hints["inject.istio.io/templates"] = "gateway";
  if (wanted.empty() || dice.OneIn(4)) return;
  const auto& mesh = wanted[static_cast<std::size_t>(dice.Below(static_cast<int>(wanted.size())))];
  if (!dice.OneIn(6)) {
    pod.proxies.emplace_back(mesh.proxy);
    return;
  }
  pod.from_template = !dice.OneIn(4);
  pod.mesh_hints[mesh.hint] = mesh.value;
}

inline Pod AnyPod(Dice& dice, const WorldOptions& options, int namespaces, int index) {
  Pod pod;
  pod.ns = "ns" + std::to_string(dice.Below(namespaces));
  pod.name = "pod" + std::to_string(index);
  pod.labels = AnyLabels(dice);
  pod.node = "node" + std::to_string(dice.Below(2));
  pod.host_network = dice.OneIn(8);
  pod.phase = PodPhase::kRunning;
  const auto subnet = pod.host_network ? "10.1.0." : "10.0.0.";
  const auto last = pod.host_network ? pod.node.substr(4) : std::to_string(index + 2);
  pod.ips = {*IpAddress::Parse(subnet + last)};
  pod.service_account = dice.Account();
  for (int i = dice.Below(4); i > 0; --i) {
    const auto protocol = *ParseProtocol(dice.ProtocolName());
    const auto name = dice.OneIn(5) ? "" : dice.PortName();
    pod.ports.push_back({name, protocol, PortOf(dice.PortNumber()), {}});
  }
  AddMesh(dice, options, pod);
  if (dice.OneIn(3)) pod.mesh_hints["consul.hashicorp.com/connect-service"] = "front";
  if (dice.OneIn(4)) {
    pod.mesh_hints["config.linkerd.io/default-inbound-policy"] =
        dice.Word({"deny", "all-authenticated", "cluster-unauthenticated", "audit"});
  }
  return pod;
}

/// Adds NetworkPolicies to `documents`.
inline Snapshot AnySnapshot(Dice& dice, const WorldOptions& options, std::uint64_t seed,
                            std::vector<Json>& documents) {
  Snapshot snapshot;
  const int namespaces = 2 + dice.Below(2);
  for (int i = 0; i < namespaces; ++i) {
    Namespace ns;
    ns.name = "ns" + std::to_string(i);
    ns.labels = AnyLabels(dice);
    ns.labels["kubernetes.io/metadata.name"] = ns.name;
    if (options.istio && dice.OneIn(6)) ns.labels["istio-injection"] = "enabled";
    if (options.istio && dice.OneIn(20)) ns.labels["istio.io/dataplane-mode"] = "ambient";
    snapshot.namespaces.push_back(std::move(ns));
  }
  for (int i = 0; i < 2; ++i) {
    Node node;
    node.name = "node" + std::to_string(i);
    node.labels = AnyLabels(dice);
    node.internal_ips = {*IpAddress::Parse("10.1.0." + std::to_string(i))};
    snapshot.nodes.push_back(std::move(node));
  }
  const int pods = 3 + dice.Below(4);
  for (int i = 0; i < pods; ++i) snapshot.pods.push_back(AnyPod(dice, options, namespaces, i));
  RandomCluster policies(seed);
  for (int i = options.network_policies ? dice.Below(3) : 0; i > 0; --i) {
    auto policy = policies.MakePolicy(namespaces, i);
    policy.name = "np" + std::to_string(i);
    documents.push_back(ToJson(policy));
  }
  return snapshot;
}

inline World RandomWorld(std::mt19937_64& random, const WorldOptions& options) {
  Dice dice(random);
  std::vector<Json> network_policies;
  World world{AnySnapshot(dice, options, random(), network_policies), {}};
  using Make = Json (*)(Dice&, const std::string&);
  std::vector<Make> makers;
  if (options.admin) makers.push_back(AnyAdminDocument);
  if (options.cilium) makers.push_back(AnyCiliumDocument);
  if (options.calico) makers.push_back(AnyCalicoDocument);
  if (options.istio) makers.push_back(AnyIstioDocument);
  if (options.linkerd) makers.push_back(AnyLinkerdDocument);
  if (options.consul) makers.push_back(AnyConsulDocument);
  if (options.calico) world.documents = AnyCalicoTiers(dice);
  std::set<std::string> names;
  for (int i = makers.empty() ? 0 : dice.Below(options.most_documents + 1); i > 0; --i) {
    const auto make = makers[static_cast<std::size_t>(dice.Below(static_cast<int>(makers.size())))];
    auto document = make(dice, "policy" + std::to_string(i));
    // Of a kind, a namespace has one of a name.
    const auto name = NamespaceOf(document) + "/" + KindOf(document) + "/" + NameOf(document);
    if (names.insert(name).second) world.documents.push_back(std::move(document));
  }
  if (options.calico && dice.OneIn(60)) {
    world.documents.push_back(DocumentOf("hep", "", "host", {{"node", "node0"}}));
  }
  if (dice.OneIn(80)) {
    world.documents.push_back(DocumentOf("Mystery", dice.NamespaceName(), "m", Json::object()));
  }
  std::ranges::move(network_policies, std::back_inserter(world.documents));
  return world;
}

/// A pod, sometimes a node or an address outside.
inline End AnyEnd(std::mt19937_64& random, const World& world) {
  Dice dice(random);
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(dice.Below(static_cast<int>(n)));
  };
  if (dice.OneIn(8)) return {{}, {}, below(world.snapshot.nodes.size())};
  if (!dice.OneIn(5)) return {below(world.snapshot.pods.size()), {}, {}};
  const auto address = dice.Word({"192.0.2.1", "192.0.2.9", "198.51.100.1", "2001:db8::1"});
  return {{}, *IpAddress::Parse(address), {}};
}

}  // namespace podreach::oracle
