#include <algorithm>
#include <map>
#include <set>

#include "plan/groups.h"
#include "plan/scope.h"
#include "podreach/net/service_catalog.h"
#include "podreach/plan/scan_plan.h"

namespace podreach {
namespace {

/// A listener on this port is known to be there for every probe, whatever the policies name.
constexpr std::uint16_t kResponderPort = 7471;

/// Why a namespace takes no vantage; nothing where it does.
std::optional<NotCovered> ExclusionOf(const PlanOptions& options, const Namespace& ns) {
  const std::string what = "namespace " + ns.name;
  if (ns.terminating) return NotCovered{what, "it is being deleted", NotCovered::Why::kTerminating};
  if (ns.name == options.own_namespace)
    return NotCovered{what, "it is podreach's own", NotCovered::Why::kOwn};
  const auto& excluded = options.exclude_namespaces;
  if (std::find(excluded.begin(), excluded.end(), ns.name) != excluded.end())
    return NotCovered{what, "excluded by --exclude-namespaces", NotCovered::Why::kExcluded};
  return std::nullopt;
}

/// Why somebody would notice a pod with these labels; empty where nobody would.
std::string RefusalOf(const Snapshot& snapshot, const Namespace& ns, const Labels& labels);

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
      : evaluator_(evaluator),
        options_(options),
        snapshot_(evaluator.snapshot()),
        scope_(options),
        plan_(plan) {}

  void Run() {
    // Classify below adds classes: those of the snapshot are the first ones.
    const std::vector<PolicyClass> classes(evaluator_.classes().begin(),
                                           evaluator_.classes().end());
    std::map<std::string_view, std::vector<const PolicyClass*>> by_namespace;
    for (const PolicyClass& pod_class : classes) {
      if (!pod_class.host_network && !pod_class.pods.empty())
        by_namespace[pod_class.ns].push_back(&pod_class);
    }
    for (const Namespace& ns : snapshot_.namespaces) {
      if (!IsListed(ns.name)) continue;
      if (ns.name != options_.own_namespace) plan_.namespaces.insert(ns.name);
      if (auto reason = ExclusionOf(options_, ns)) {
        plan_.not_covered.push_back(*std::move(reason));
        continue;
      }
      const auto bare = AddBare(ns);
      for (const PolicyClass* pod_class : by_namespace[ns.name]) AddTwin(ns, *pod_class, bare);
    }
    plan_.groups = GroupPods(evaluator_, options_);
    plan_.enumerated = IsSmall();
    if (!plan_.enumerated) LetTwinsWait();
    AddNodes();
    AddCanary();
    Number();
  }

 private:
  Vantage& Add(Vantage vantage) {
    vantage.listen_tcp.Add(*Port::From(kResponderPort));
    plan_.vantages.push_back(std::move(vantage));
    return plan_.vantages.back();
  }

  [[nodiscard]] Labels Worn(const Labels& labels) const {
    Labels worn = ProbeLabels(options_.scan_id);
    worn.insert(labels.begin(), labels.end());
    return worn;
  }

  /// Whether the user asked for the namespace, though he may have excluded it, too.
  [[nodiscard]] bool IsListed(const std::string& ns) const {
    const auto& listed = options_.namespaces;
    return listed.empty() || std::find(listed.begin(), listed.end(), ns) != listed.end();
  }

  std::optional<std::size_t> AddBare(const Namespace& ns) {
    if (!scope_.TakesVantage(ns.name, {})) return std::nullopt;
    std::string refusal = RefusalOf(snapshot_, ns, Worn({}));
    if (!refusal.empty()) {
      plan_.not_covered.push_back(
          {"namespace " + ns.name, std::move(refusal), NotCovered::Why::kNoticed});
      return std::nullopt;
    }
    Vantage bare;
    bare.kind = VantageKind::kBare;
    bare.ns = ns.name;
    bare.name = ns.name + " (bare)";
    bare.pod_class = evaluator_.Classify({ns.name, Worn({}), false, {}});
    Add(std::move(bare));
    return plan_.vantages.size() - 1;
  }

  void AddTwin(const Namespace& ns, const PolicyClass& pod_class, std::optional<std::size_t> bare) {
    auto workloads = Workloads(snapshot_, pod_class);
    const bool in_scope = std::ranges::any_of(workloads, [&](const WorkloadRef& workload) {
      return scope_.TakesVantage(ns.name, workload.name);
    });
    if (!in_scope) return;
    if (bare && plan_.vantages[*bare].pod_class == pod_class.id) {
      plan_.vantages[*bare].stands_for = std::move(workloads);
      plan_.vantages[*bare].prefer_node = UsualNode(snapshot_, pod_class);
      return;
    }
    Labels labels = pod_class.labels;
    const bool more = std::erase_if(labels, [](const auto& l) { return l.first.starts_with(':'); });
    const Labels worn = Worn(labels);
    std::string refusal = RefusalOf(snapshot_, ns, worn);
    NotCovered::Why why = NotCovered::Why::kNoticed;
    if (refusal.empty() &&
        evaluator_.Classify({ns.name, worn, false, pod_class.named_ports}) != pod_class.id) {
      why = NotCovered::Why::kIdentity;
      refusal =
          more ? "policies look at its service account or mesh, which a probe doesn't share"
               : "a policy looks at podreach's own labels, so no probe can stand for this class";
    }
    if (!refusal.empty()) {
      plan_.not_covered.push_back({Text(workloads), std::move(refusal), why});
      ++plan_.twins_missing;
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
        plan_.not_covered.push_back(
            {node.name, node.ready ? "cordoned" : "not Ready", NotCovered::Why::kNode});
        continue;
      }
      Vantage vantage;
      vantage.kind = VantageKind::kNode;
      vantage.ns = options_.own_namespace;
      vantage.name = node.name + " (node)";
      vantage.node = node.name;
      if (!node.internal_ips.empty()) vantage.address = node.internal_ips.front();
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

  /// Whether every pod and port is asked, and not one for each class.
  [[nodiscard]] bool IsSmall() const {
    if (options_.depth != Depth::kStandard) return options_.depth == Depth::kFull;
    std::size_t ports = 0;
    for (const TargetGroup& group : plan_.groups) {
      const Pod& pod = snapshot_.pods[group.pods.front()];
      const std::size_t each =
          options_.ports ? options_.ports->size() : pod.ports.size() + PortCatalog().size();
      ports += group.pods.size() * pod.ips.size() * each;
    }
    return ports * plan_.vantages.size() <= options_.enumerate_below;
  }

  /// Where all twins together would ask more than the scan may, some have their turn and the others
  /// wait for the next scans. Bare vantages never wait.
  void LetTwinsWait() {
    std::set<ClassId> classes;
    for (const TargetGroup& group : plan_.groups) classes.insert(group.pod_class);
    constexpr std::size_t kAsked = 3;  // ports a class
    const std::size_t room =
        options_.most_cells / std::max<std::size_t>(1, classes.size() * kAsked);
    std::vector<Vantage> twins;
    std::vector<Vantage> kept;
    for (Vantage& vantage : plan_.vantages)
      (vantage.kind == VantageKind::kTwin ? twins : kept).push_back(std::move(vantage));
    const std::size_t places = room > kept.size() ? room - kept.size() : 0;
    const std::size_t taken = std::min(twins.size(), std::max<std::size_t>(places, kFewestTwins));
    for (std::size_t i = 0; i < taken; ++i) {
      const std::size_t turn = options_.rotation % twins.size() * taken + i;
      kept.push_back(std::move(twins[turn % twins.size()]));
    }
    if (taken < twins.size()) {
      plan_.not_covered.push_back({std::to_string(twins.size() - taken) + " of " +
                                       std::to_string(twins.size()) + " policy classes",
                                   "their twins wait for their turn in the next scans",
                                   NotCovered::Why::kRotation});
      plan_.twins_missing += twins.size() - taken;
    }
    plan_.vantages = std::move(kept);
    std::ranges::stable_sort(plan_.vantages, {}, &Vantage::ns);
  }

  void Number() {
    for (std::size_t i = 0; i < plan_.vantages.size(); ++i) {
      plan_.vantages[i].id = VantageId{static_cast<std::uint32_t>(i)};
      plan_.vantages[i].pod_name = "podreach-" + options_.scan_id + "-" + std::to_string(i);
    }
  }

  static constexpr std::size_t kFewestTwins = 200;

  Evaluator& evaluator_;
  const PlanOptions& options_;
  const Snapshot& snapshot_;
  const Scope scope_;
  ScanPlan& plan_;
};

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

}  // namespace

ScanPlan PlanVantages(Evaluator& evaluator, const PlanOptions& options) {
  ScanPlan plan;
  VantagePlanner(evaluator, options, plan).Run();
  return plan;
}

}  // namespace podreach
