#include "plan/vantages.h"

#include <algorithm>
#include <map>
#include <set>

namespace podreach {
namespace {

/// A listener on this port is known to be there for every probe, whatever the policies name.
constexpr std::uint16_t kResponderPort = 7471;

/// Why a namespace takes no vantage; empty where it does.
std::string ExclusionOf(const PlanOptions& options, const Namespace& ns) {
  if (ns.terminating) return "it is being deleted";
  if (ns.name == options.own_namespace) return "it is podreach's own";
  const auto& excluded = options.exclude_namespaces;
  return std::find(excluded.begin(), excluded.end(), ns.name) != excluded.end()
             ? "excluded by --exclude-namespaces"
             : std::string();
}

std::vector<WorkloadRef> Workloads(const Snapshot& snapshot, const PolicyClass& pod_class) {
  std::set<WorkloadRef> workloads;
  for (const std::size_t pod : pod_class.pods) workloads.insert(snapshot.pods[pod].workload);
  return {workloads.begin(), workloads.end()};
}

/// Where most pods of the class run: what a pod meets may depend on what else is on its node.
std::string UsualNode(const Snapshot& snapshot, const PolicyClass& pod_class) {
  std::map<std::string, std::size_t> pods;
  for (const std::size_t pod : pod_class.pods) ++pods[snapshot.pods[pod].node];
  const auto most = std::max_element(
      pods.begin(), pods.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == pods.end() ? std::string() : most->first;
}

std::string Text(const std::vector<WorkloadRef>& workloads) {
  std::string text = workloads.front().ToString();
  if (workloads.size() > 1) text += " and " + std::to_string(workloads.size() - 1) + " more";
  return text;
}

class VantagePlanner {
 public:
  VantagePlanner(Evaluator& evaluator, const PlanOptions& options, ScanPlan& plan)
      : evaluator_(evaluator), options_(options), snapshot_(evaluator.snapshot()), plan_(plan) {}

  void Run() {
    // Classify below adds classes: those of the snapshot are the first ones.
    const std::vector<PolicyClass> classes(evaluator_.classes().begin(),
                                           evaluator_.classes().end());
    for (const Namespace& ns : snapshot_.namespaces) {
      if (std::string reason = ExclusionOf(options_, ns); !reason.empty()) {
        plan_.not_covered.push_back({"namespace " + ns.name, std::move(reason)});
        continue;
      }
      const auto bare = AddBare(ns);
      for (const PolicyClass& pod_class : classes) {
        if (pod_class.ns == ns.name && !pod_class.host_network && !pod_class.pods.empty()) {
          AddTwin(ns, pod_class, bare);
        }
      }
    }
    AddNodes();
    AddCanary();
  }

 private:
  Vantage& Add(Vantage vantage) {
    vantage.id = VantageId{static_cast<std::uint32_t>(plan_.vantages.size())};
    vantage.pod_name = "podreach-" + options_.scan_id + "-" + std::to_string(plan_.vantages.size());
    vantage.listen_tcp.Add(*Port::From(kResponderPort));
    plan_.vantages.push_back(std::move(vantage));
    return plan_.vantages.back();
  }

  [[nodiscard]] Labels Worn(const Labels& labels) const {
    Labels worn = ProbeLabels(options_.scan_id);
    worn.insert(labels.begin(), labels.end());
    return worn;
  }

  std::optional<std::size_t> AddBare(const Namespace& ns) {
    const std::string refusal = RefusalOf(snapshot_, ns, Worn({}));
    if (!refusal.empty()) {
      plan_.not_covered.push_back({"namespace " + ns.name, refusal});
      return std::nullopt;
    }
    Vantage bare;
    bare.kind = VantageKind::kBare;
    bare.ns = ns.name;
    bare.name = ns.name + " (bare)";
    bare.pod_class = evaluator_.Classify({ns.name, Worn({}), false, {}});
    return Index(Add(std::move(bare)).id);
  }

  void AddTwin(const Namespace& ns, const PolicyClass& pod_class, std::optional<std::size_t> bare) {
    auto workloads = Workloads(snapshot_, pod_class);
    if (bare && plan_.vantages[*bare].pod_class == pod_class.id) {
      plan_.vantages[*bare].stands_for = std::move(workloads);
      plan_.vantages[*bare].prefer_node = UsualNode(snapshot_, pod_class);
      return;
    }
    Labels labels = pod_class.labels;
    const bool more = std::erase_if(labels, [](const auto& l) { return l.first.starts_with(':'); });
    const Labels worn = Worn(labels);
    std::string refusal = RefusalOf(snapshot_, ns, worn);
    if (refusal.empty() &&
        evaluator_.Classify({ns.name, worn, false, pod_class.named_ports}) != pod_class.id) {
      refusal =
          more ? "policies look at its service account or mesh, which a probe doesn't share"
               : "a policy looks at podreach's own labels, so no probe can stand for this class";
    }
    if (!refusal.empty()) {
      plan_.not_covered.push_back({Text(workloads), refusal});
      return;
    }
    Vantage twin;
    twin.kind = VantageKind::kTwin;
    twin.ns = ns.name;
    twin.name = Text(workloads) + " (twin)";
    twin.labels = labels;
    twin.ports = pod_class.named_ports;
    twin.pod_class = pod_class.id;
    twin.prefer_node = UsualNode(snapshot_, pod_class);
    twin.stands_for = std::move(workloads);
    for (const ContainerPort& port : pod_class.named_ports) Listen(twin, port.protocol, port.port);
    ListenWherePoliciesSay(twin, pod_class.id);
    Add(std::move(twin));
  }

  static void Listen(Vantage& vantage, Protocol protocol, Port port) {
    if (protocol == Protocol::kTcp) vantage.listen_tcp.Add(port);
    if (protocol == Protocol::kUdp) vantage.listen_udp.Add(port);
  }

  /// Where policies that govern the class's ingress say that they look at a port.
  void ListenWherePoliciesSay(Vantage& vantage, ClassId id) const {
    const auto asked = evaluator_.PortsAskedOf(id);
    for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp}) {
      for (const PortRange& range : asked.at(static_cast<std::size_t>(protocol)).ranges()) {
        for (int port = range.first.number(); port <= range.last.number(); ++port)
          Listen(vantage, protocol, *Port::From(static_cast<std::uint16_t>(port)));
      }
    }
  }

  void AddNodes() {
    if (!options_.node_vantages) return;
    for (const Node& node : snapshot_.nodes) {
      if (!node.ready || node.unschedulable) {
        plan_.not_covered.push_back({node.name, node.ready ? "cordoned" : "not Ready"});
        continue;
      }
      Vantage vantage;
      vantage.kind = VantageKind::kNode;
      vantage.ns = options_.own_namespace;
      vantage.name = node.name + " (node)";
      vantage.node = node.name;
      Vantage& added = Add(std::move(vantage));
      added.listen_tcp = {};  // nothing is opened on a node
    }
  }

  void AddCanary() {
    Vantage source;
    source.kind = VantageKind::kCanarySource;
    source.ns = options_.own_namespace;
    source.name = "canary source";
    Add(std::move(source));
    Vantage target;
    target.kind = VantageKind::kCanaryTarget;
    target.ns = options_.own_namespace;
    target.name = "canary target";
    target.labels = {{"podreach.io/canary", "denied"}};
    Add(std::move(target));
  }

  Evaluator& evaluator_;
  const PlanOptions& options_;
  const Snapshot& snapshot_;
  ScanPlan& plan_;
};

}  // namespace

std::string RefusalOf(const Snapshot& snapshot, const Namespace& ns, const Labels& labels) {
  for (const PodDisruptionBudget& budget : snapshot.disruption_budgets) {
    if (budget.ns == ns.name && budget.selector && budget.selector->Matches(labels)) {
      return "the PodDisruptionBudget " + budget.ns + "/" + budget.name + " would count the probe";
    }
  }
  for (const Service& service : snapshot.services) {
    if (service.ns == ns.name && service.publish_not_ready && service.selector &&
        service.selector->Matches(labels)) {
      return "the Service " + service.ns + "/" + service.name +
             " has publishNotReadyAddresses and would send traffic to the probe";
    }
  }
  for (const PodWebhook& webhook : snapshot.pod_webhooks) {
    if (webhook.namespace_selector.Matches(ns.labels) && webhook.object_selector.Matches(labels)) {
      return "the mutating webhook " + webhook.configuration + "/" + webhook.name +
             " would change the probe";
    }
  }
  return {};
}

void PlanVantages(Evaluator& evaluator, const PlanOptions& options, ScanPlan& plan) {
  VantagePlanner(evaluator, options, plan).Run();
}

}  // namespace podreach
