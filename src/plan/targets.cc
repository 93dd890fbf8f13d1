#include <algorithm>
#include <set>

#include "plan/groups.h"
#include "plan/questions.h"
#include "plan/scope.h"
#include "podreach/cluster/service_backends.h"
#include "podreach/net/service_catalog.h"

namespace podreach {
namespace {

/// Of a large cluster's nodes and API servers so many are asked from everywhere; the next scan asks
/// the next ones.
constexpr std::size_t kAlikeNodes = 3;

Port P(std::uint16_t number) { return *Port::From(number); }

std::vector<std::uint16_t> Numbers(const PortSet& ports) {
  std::vector<std::uint16_t> numbers;
  for (const PortRange& range : ports.ranges()) {
    for (unsigned port = range.first.number(); port <= range.last.number(); ++port)
      numbers.push_back(static_cast<std::uint16_t>(port));
  }
  return numbers;
}

/// Makes places and targets, and says which of them everybody is asked, and which bare vantages
/// alone.
class TargetPlanner {
 public:
  TargetPlanner(const Evaluator& evaluator, const PlanOptions& options, const Listening& listening,
                ScanPlan& plan)
      : evaluator_(evaluator),
        snapshot_(evaluator.snapshot()),
        options_(options),
        listening_(listening),
        plan_(plan),
        scope_(options),
        service_backends_(snapshot_) {}

  void Run() {
    plan_.enumerated ? AddEveryPod() : AddQuestions();
    AddHostNetworkPods();
    for (const Service& service : snapshot_.services) {
      if (scope_.TakesService(service)) AddService(service);
    }
    if (scope_.TakesPlaces()) AddPlaces();
    MakeAsks();
  }

 private:
  enum class From : std::uint8_t { kEverywhere, kBare };

  PlaceId AddPlace(Place place, std::optional<std::size_t> pod = {}) {
    plan_.places.push_back(std::move(place));
    plan_.pod_of_place.push_back(pod);
    return PlaceId{static_cast<std::uint32_t>(plan_.places.size() - 1)};
  }

  /// Gives the new target, or nothing where the endpoint is a target already.
  std::optional<TargetId> Add(PlaceId place, Protocol protocol, Port port, bool declared,
                              From from) {
    const Place& at = plan_.places[Index(place)];
    if (protocol == Protocol::kSctp || !seen_.insert({at.address, protocol, port}).second)
      return std::nullopt;
    Target target{.place = place, .protocol = protocol, .port = port, .declared = declared};
    if (const CatalogPort* known = FindCatalogPort(protocol, port)) {
      target.service = known->service;
      target.sensitive = known->severity >= Severity::kHigh;
    }
    const TargetId id{static_cast<std::uint32_t>(plan_.targets.size())};
    plan_.targets.push_back(std::move(target));
    (from == From::kEverywhere ? everywhere_ : bare_).push_back(id);
    return id;
  }

  Place PlaceOfPod(TargetKind kind, std::size_t index, const IpAddress& address) const {
    const Pod& pod = snapshot_.pods[index];
    return {.kind = kind,
            .address = address,
            .ns = pod.ns,
            .workload = pod.workload.ToString(),
            .name = pod.ns + "/" + pod.name,
            .node = pod.node};
  }

  [[nodiscard]] bool Listens(std::size_t pod, Port port) const {
    const auto found = listening_.find(pod);
    return found != listening_.end() && found->second.Contains(port);
  }

  void AddPorts(PlaceId place, std::size_t pod, Protocol protocol, const PortSet& ports,
                From from) {
    const PortSet declared = DeclaredPorts(snapshot_.pods[pod], protocol);
    for (const PortRange& range : ports.ranges()) {
      for (unsigned number = range.first.number(); number <= range.last.number(); ++number) {
        const Port port = P(static_cast<std::uint16_t>(number));
        const auto id = Add(place, protocol, port, declared.Contains(port), from);
        if (!id || protocol != Protocol::kTcp || declared.Contains(port)) continue;
        plan_.targets[Index(*id)].undeclared = Listens(pod, port);
      }
    }
  }

  /// Every pod with what it declares, what the catalogue has and what was found listening.
  void AddEveryPod() {
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      for (const std::size_t index : plan_.groups[g].pods) {
        const Pod& pod = snapshot_.pods[index];
        PortSet tcp = DeclaredPorts(pod, Protocol::kTcp);
        PortSet udp = DeclaredPorts(pod, Protocol::kUdp);
        if (options_.sensitive_ports) {
          for (const CatalogPort& port : PortCatalog())
            (port.protocol == Protocol::kUdp ? udp : tcp).Add(port.port);
        }
        if (options_.ports) {
          tcp = *options_.ports;
          udp = {};
        }
        if (const auto found = listening_.find(index); found != listening_.end())
          tcp.Add(found->second);
        for (const IpAddress& address : pod.ips) {
          Place place = PlaceOfPod(TargetKind::kPod, index, address);
          place.group = GroupId{static_cast<std::uint32_t>(g)};
          const PlaceId id = AddPlace(std::move(place), index);
          AddPorts(id, index, Protocol::kTcp, tcp, From::kEverywhere);
          AddPorts(id, index, Protocol::kUdp, udp, From::kEverywhere);
        }
      }
    }
  }

  /// One pod for each policy class from everywhere, and what listens at a sensitive port from every
  /// namespace.
  void AddQuestions() {
    for (const Question& question : ChooseQuestions(evaluator_, options_, listening_, plan_)) {
      Place place =
          PlaceOfPod(TargetKind::kPod, question.pod, snapshot_.pods[question.pod].ips.front());
      place.group = question.group;
      const PlaceId id = AddPlace(std::move(place), question.pod);
      AddPorts(id, question.pod, Protocol::kTcp, question.tcp, From::kEverywhere);
      AddPorts(id, question.pod, Protocol::kTcp, question.tcp_from_bare, From::kBare);
      AddPorts(id, question.pod, Protocol::kUdp, question.udp, From::kEverywhere);
    }
  }

  void AddHostNetworkPods() {
    for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
      const Pod& pod = snapshot_.pods[i];
      if (!IsAsked(pod) || !pod.host_network || pod.ports.empty() || !scope_.TakesTarget(pod))
        continue;
      for (const IpAddress& address : pod.ips) {
        const PlaceId id = AddPlace(PlaceOfPod(TargetKind::kHostNetworkPod, i, address), i);
        for (const ContainerPort& port : pod.ports)
          Add(id, port.protocol, port.port, true, Alike());
      }
    }
  }

  /// From where one of many alike is asked.
  [[nodiscard]] From Alike() const { return plan_.enumerated ? From::kEverywhere : From::kBare; }

  std::vector<Backend> BackendsOf(const Service& service, const ServicePort& port) const {
    std::vector<Backend> backends;
    for (const ServiceBackend& backend : service_backends_.Of(service, port))
      if (backend.pod && backend.address)
        backends.push_back({*backend.pod, *backend.address, backend.port});
    return backends;
  }

  void AddService(const Service& service) {
    const bool dns = service.ns == "kube-system" && service.name == "kube-dns";
    const bool api = service.ns == "default" && service.name == "kubernetes";
    std::vector<IpAddress> addresses = service.cluster_ips;
    addresses.insert(addresses.end(), service.external_ips.begin(), service.external_ips.end());
    for (const IpAddress& address : addresses) {
      const PlaceId place = AddPlace({.kind = dns ? TargetKind::kDns : TargetKind::kService,
                                      .address = address,
                                      .ns = service.ns,
                                      .workload = service.ns + "/" + service.name + " (Service)",
                                      .name = service.ns + "/" + service.name});
      for (const ServicePort& port : service.ports) {
        const auto id =
            Add(place, port.protocol, port.port, true, dns || api ? From::kEverywhere : Alike());
        if (id) plan_.backends[*id] = BackendsOf(service, port);
      }
    }
    for (const ServicePort& port : service.ports) {
      if (port.node_port) AddNodePort(service, port);
    }
  }

  void AddNodePort(const Service& service, const ServicePort& port) {
    const auto backends = BackendsOf(service, port);
    for (const Node* node : NodesInTurn()) {
      for (const IpAddress& address : node->internal_ips) {
        const PlaceId place =
            AddPlace({.kind = TargetKind::kNodePort,
                      .address = address,
                      .ns = service.ns,
                      .workload = service.ns + "/" + service.name + " (Service)",
                      .name = service.ns + "/" + service.name + ":" +
                              std::to_string(port.port.number()) + " NodePort on " + node->name,
                      .node = node->name});
        const auto id = Add(place, port.protocol, *port.node_port, true, Alike());
        if (id) plan_.backends[*id] = backends;
      }
    }
  }

  void AddPlaces() {
    for (const Node* node : NodesInTurn()) AddNode(*node);
    AddControlPlane();
    if (options_.metadata) AddMetadata();
    for (const Endpoint& canary : options_.egress_canaries) AddExternal(canary);
  }

  /// All nodes of a small cluster; of a large one some that have their turn.
  [[nodiscard]] std::vector<const Node*> NodesInTurn() const {
    std::vector<const Node*> nodes;
    const std::size_t count = snapshot_.nodes.size();
    const std::size_t taken = plan_.enumerated ? count : std::min(count, kAlikeNodes);
    for (std::size_t i = 0; i < taken; ++i)
      nodes.push_back(&snapshot_.nodes[(options_.rotation % count * taken + i) % count]);
    return nodes;
  }

  void AddNode(const Node& node) {
    for (const IpAddress& address : node.internal_ips) {
      const PlaceId place = AddPlace({.kind = TargetKind::kNode,
                                      .address = address,
                                      .workload = node.name,
                                      .name = node.name,
                                      .node = node.name});
      for (const std::uint16_t port : Numbers(NodePorts()))
        Add(place, Protocol::kTcp, P(port), port == 10250 || port == 10256, From::kEverywhere);
    }
  }

  /// The addresses behind the Service default/kubernetes are API servers (kube-apiserver's endpoint
  /// reconciler).
  void AddControlPlane() {
    std::size_t servers = 0;
    for (const EndpointSlice& slice : snapshot_.endpoint_slices) {
      if (slice.ns != "default" || slice.service != "kubernetes") continue;
      for (const ServiceEndpoint& endpoint : slice.endpoints) {
        if (!plan_.enumerated && ++servers > kAlikeNodes) return;
        const PlaceId place = AddPlace({.kind = TargetKind::kControlPlane,
                                        .address = endpoint.address,
                                        .workload = "control plane",
                                        .name = endpoint.address.ToString()});
        for (const auto& port : slice.ports) {
          if (!port.port) continue;
          const auto id = Add(place, Protocol::kTcp, *port.port, true, From::kEverywhere);
          if (id) plan_.targets[Index(*id)].service = "API server";
        }
        for (const std::uint16_t port : Numbers(ControlPlanePorts()))
          Add(place, Protocol::kTcp, P(port), false, From::kEverywhere);
      }
    }
  }

  void AddMetadata() {
    const PlaceId place = AddPlace({.kind = TargetKind::kMetadata,
                                    .address = IpAddress::V4(0xA9FEA9FE),
                                    .workload = "cloud metadata",
                                    .name = "cloud metadata"});
    const auto id = Add(place, Protocol::kTcp, P(80), true, From::kEverywhere);
    if (!id) return;
    plan_.targets[Index(*id)].service = "cloud metadata";
    plan_.targets[Index(*id)].sensitive = true;
  }

  void AddExternal(const Endpoint& canary) {
    const PlaceId place = AddPlace({.kind = TargetKind::kExternal,
                                    .address = canary.address,
                                    .workload = "outside",
                                    .name = "egress canary " + canary.ToString()});
    Add(place, canary.protocol, canary.port, true, From::kEverywhere);
  }

  /// By address, then TCP before UDP, then port: as a probe's report goes.
  [[nodiscard]] TargetList Sorted(std::vector<TargetId> targets) const {
    std::ranges::sort(targets, {},
                      [&](TargetId id) { return EndpointOf(plan_.place(id), plan_.target(id)); });
    return std::make_shared<const std::vector<TargetId>>(std::move(targets));
  }

  void MakeAsks() {
    std::vector<TargetId> all = everywhere_;
    all.insert(all.end(), bare_.begin(), bare_.end());
    const TargetList of_bare = Sorted(all);
    const TargetList of_twins = bare_.empty() ? of_bare : Sorted(everywhere_);
    plan_.asks.assign(plan_.vantages.size(), nullptr);
    std::vector<VantageId> nodes;
    for (const Vantage& vantage : plan_.vantages) {
      if (vantage.kind == VantageKind::kCanaryTarget) continue;
      if (vantage.kind == VantageKind::kNode) nodes.push_back(vantage.id);
      plan_.asks[Index(vantage.id)] = vantage.kind == VantageKind::kTwin ? of_twins : of_bare;
    }
    if (!plan_.enumerated) ShareAmongNodes(*of_bare, nodes);
  }

  /// In a large cluster a node is the control of its own pods, and of its share of all the rest.
  void ShareAmongNodes(const std::vector<TargetId>& all, const std::vector<VantageId>& nodes) {
    if (nodes.empty()) return;
    std::map<std::string_view, std::size_t> by_name;
    for (std::size_t i = 0; i < nodes.size(); ++i) by_name[plan_.vantage(nodes[i]).node] = i;
    std::vector<std::vector<TargetId>> shares(nodes.size());
    for (const TargetId id : all) {
      const Place& place = plan_.place(id);
      const auto own = by_name.find(place.node);
      const bool is_pod = place.kind == TargetKind::kPod;
      shares[is_pod && own != by_name.end() ? own->second : Index(id) % nodes.size()].push_back(id);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
      plan_.asks[Index(nodes[i])] =
          std::make_shared<const std::vector<TargetId>>(std::move(shares[i]));
  }

  const Evaluator& evaluator_;
  const Snapshot& snapshot_;
  const PlanOptions& options_;
  const Listening& listening_;
  ScanPlan& plan_;
  const Scope scope_;
  ServiceBackends service_backends_;
  std::set<Endpoint> seen_;
  std::vector<TargetId> everywhere_;
  std::vector<TargetId> bare_;
};

}  // namespace

void PlanTargets(const Evaluator& evaluator, const PlanOptions& options, const Listening& listening,
                 ScanPlan& plan) {
  TargetPlanner(evaluator, options, listening, plan).Run();
}

}  // namespace podreach
