#include "plan/targets.h"

#include <algorithm>
#include <set>

#include "podreach/cluster/service_backends.h"

namespace podreach {
namespace {

Port P(std::uint16_t number) { return *Port::From(number); }

std::vector<std::uint16_t> Numbers(const PortSet& ports) {
  std::vector<std::uint16_t> numbers;
  for (const PortRange& range : ports.ranges())
    for (unsigned port = range.first.number(); port <= range.last.number(); ++port)
      numbers.push_back(static_cast<std::uint16_t>(port));
  return numbers;
}

class TargetPlanner {
 public:
  TargetPlanner(const Snapshot& snapshot, const PlanOptions& options, ScanPlan& plan)
      : snapshot_(snapshot), options_(options), plan_(plan), service_backends_(snapshot) {}

  void Run() {
    for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
      const Pod& pod = snapshot_.pods[i];
      if (!pod.IsLive() || pod.phase != PodPhase::kRunning) continue;
      pod.host_network ? AddHostNetworkPod(i) : AddPod(i);
    }
    for (const Service& service : snapshot_.services) AddService(service);
    for (const Node& node : snapshot_.nodes) AddNode(node);
    AddControlPlane();
    if (options_.metadata) AddMetadata();
    for (const Endpoint& canary : options_.egress_canaries) AddExternal(canary);
    AddProbes();
  }

 private:
  /// Gives the new target, or nothing where the endpoint is a target already.
  Target* Add(TargetKind kind, const Endpoint& endpoint) {
    if (endpoint.protocol == Protocol::kSctp || !seen_.insert(endpoint).second) return nullptr;
    Target target{.id = TargetId{static_cast<std::uint32_t>(plan_.targets.size())},
                  .kind = kind,
                  .endpoint = endpoint,
                  .ns = {},
                  .workload = {},
                  .name = {},
                  .service = {},
                  .declared = false,
                  .sensitive = false,
                  .pod = {},
                  .node = {},
                  .backends = {},
                  .probe = {}};
    if (const CatalogPort* known = FindCatalogPort(endpoint.protocol, endpoint.port)) {
      target.service = known->service;
      target.sensitive = known->severity >= Severity::kHigh;
    }
    plan_.targets.push_back(std::move(target));
    return &plan_.targets.back();
  }

  void AddPod(std::size_t index) {
    const Pod& pod = snapshot_.pods[index];
    for (const IpAddress& address : pod.ips) {
      for (const ContainerPort& port : pod.ports) {
        NamePod(Add(TargetKind::kPod, {address, port.protocol, port.port}), index, true);
      }
      if (!options_.sensitive_ports) continue;
      for (const CatalogPort& port : PortCatalog()) {
        NamePod(Add(TargetKind::kPod, {address, port.protocol, port.port}), index, false);
      }
    }
  }

  void AddHostNetworkPod(std::size_t index) {
    const Pod& pod = snapshot_.pods[index];
    for (const IpAddress& address : pod.ips) {
      for (const ContainerPort& port : pod.ports) {
        NamePod(Add(TargetKind::kHostNetworkPod, {address, port.protocol, port.port}), index, true);
      }
    }
  }

  void NamePod(Target* target, std::size_t index, bool declared) {
    if (target == nullptr) return;
    const Pod& pod = snapshot_.pods[index];
    target->ns = pod.ns;
    target->workload = pod.workload.ToString();
    target->name = pod.ns + "/" + pod.name;
    target->declared = declared;
    target->pod = index;
    target->node = pod.node;
  }

  std::vector<Backend> BackendsOf(const Service& service, const ServicePort& port) const {
    std::vector<Backend> backends;
    for (const ServiceBackend& backend : service_backends_.Of(service, port))
      if (backend.pod && backend.address)
        backends.push_back({*backend.pod, *backend.address, backend.port});
    return backends;
  }

  void AddService(const Service& service) {
    const bool dns = service.ns == "kube-system" && service.name == "kube-dns";
    for (const ServicePort& port : service.ports) {
      const auto backends = BackendsOf(service, port);
      std::vector<IpAddress> addresses = service.cluster_ips;
      addresses.insert(addresses.end(), service.external_ips.begin(), service.external_ips.end());
      for (const IpAddress& address : addresses) {
        Target* target =
            Add(dns ? TargetKind::kDns : TargetKind::kService, {address, port.protocol, port.port});
        if (target != nullptr) NameService(*target, service, port, backends);
      }
      if (!port.node_port) continue;
      for (const Node& node : snapshot_.nodes) {
        for (const IpAddress& address : node.internal_ips) {
          Target* target = Add(TargetKind::kNode, {address, port.protocol, *port.node_port});
          if (target == nullptr) continue;
          NameService(*target, service, port, backends);
          target->name += " NodePort on " + node.name;
          target->node = node.name;
        }
      }
    }
  }

  static void NameService(Target& target, const Service& service, const ServicePort& port,
                          const std::vector<Backend>& backends) {
    target.ns = service.ns;
    target.workload = service.ns + "/" + service.name + " (Service)";
    target.name = service.ns + "/" + service.name + ":" + std::to_string(port.port.number());
    target.declared = true;
    target.backends = backends;
  }

  void AddNode(const Node& node) {
    for (const IpAddress& address : node.internal_ips) {
      for (const std::uint16_t port : Numbers(NodePorts())) {
        Target* target = Add(TargetKind::kNode, {address, Protocol::kTcp, P(port)});
        if (target == nullptr) continue;
        target->workload = node.name;
        target->name = node.name + " " + target->service;
        target->declared = port == 10250 || port == 10256;
        target->node = node.name;
      }
    }
  }

  /// The addresses behind the Service default/kubernetes are API servers (kube-apiserver's endpoint
  /// reconciler).
  void AddControlPlane() {
    for (const EndpointSlice& slice : snapshot_.endpoint_slices) {
      if (slice.ns != "default" || slice.service != "kubernetes") continue;
      for (const ServiceEndpoint& endpoint : slice.endpoints) {
        for (const auto& port : slice.ports) {
          if (port.port) AddControlPlanePort(endpoint.address, *port.port, "API server", true);
        }
        for (const std::uint16_t port : Numbers(ControlPlanePorts())) {
          AddControlPlanePort(endpoint.address, P(port), {}, false);
        }
      }
    }
  }

  void AddControlPlanePort(const IpAddress& address, Port port, std::string service,
                           bool declared) {
    Target* target = Add(TargetKind::kControlPlane, {address, Protocol::kTcp, port});
    if (target == nullptr) return;
    if (!service.empty()) target->service = std::move(service);
    target->workload = "control plane";
    target->name = address.ToString() + " " + target->service;
    target->declared = declared;
  }

  void AddMetadata() {
    Target* target = Add(TargetKind::kMetadata, {IpAddress::V4(0xA9FEA9FE), Protocol::kTcp, P(80)});
    if (target == nullptr) return;
    target->workload = target->name = target->service = "cloud metadata";
    target->sensitive = target->declared = true;
  }

  void AddExternal(const Endpoint& canary) {
    Target* target = Add(TargetKind::kExternal, canary);
    if (target == nullptr) return;
    target->workload = "outside";
    target->name = "egress canary " + canary.ToString();
    target->declared = true;
  }

  /// Every responder, its address yet unknown: unspecified until the pod has one.
  void AddProbes() {
    for (const Vantage& vantage : plan_.vantages) {
      AddResponder(vantage, Protocol::kTcp, vantage.listen_tcp);
      AddResponder(vantage, Protocol::kUdp, vantage.listen_udp);
    }
  }

  void AddResponder(const Vantage& vantage, Protocol protocol, const PortSet& ports) {
    for (const PortRange& range : ports.ranges()) {
      for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
        const Endpoint endpoint{IpAddress(), protocol, P(static_cast<std::uint16_t>(port))};
        seen_.erase(endpoint);
        Target* target = Add(TargetKind::kProbe, endpoint);
        target->ns = vantage.ns;
        target->workload = vantage.name;
        target->name = vantage.name + " responder";
        target->declared = true;
        target->sensitive = false;
        target->service.clear();
        target->probe = vantage.id;
      }
    }
  }

  const Snapshot& snapshot_;
  const PlanOptions& options_;
  ScanPlan& plan_;
  ServiceBackends service_backends_;
  std::set<Endpoint> seen_;
};

}  // namespace

void PlanTargets(const Snapshot& snapshot, const PlanOptions& options, ScanPlan& plan) {
  TargetPlanner(snapshot, options, plan).Run();
}

}  // namespace podreach
