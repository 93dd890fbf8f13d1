#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "podreach/plan/scan_plan.h"
#include "tests/oracle/network_policy.h"

namespace podreach {

inline Port PortOf(std::uint16_t number) { return *Port::From(number); }

inline LabelSelector App(const std::string& value) {
  return {{{"app", LabelRequirement::Operator::kIn, {value}}}};
}

/// A cluster, a line a thing. Pods without a policy share their namespace's class.
class Cluster {
 public:
  Cluster& Namespace(const std::string& name) {
    snapshot_.namespaces.push_back({name, "", {{"kubernetes.io/metadata.name", name}}, false});
    return *this;
  }

  Cluster& Node(const std::string& name) {
    podreach::Node node;
    node.name = name;
    node.internal_ips = {
        IpAddress::V4(0xC0A80001U + static_cast<std::uint32_t>(snapshot_.nodes.size()))};
    node.ready = true;
    snapshot_.nodes.push_back(std::move(node));
    return *this;
  }

  /// A pod for each of `nodes`: "shop/web-0", "shop/web-1", ...
  Cluster& Deployment(const std::string& ns, const std::string& name,
                      const std::vector<std::string>& nodes,
                      const std::vector<std::uint16_t>& ports = {80}) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      Pod pod;
      pod.ns = ns;
      pod.name = name + "-" + std::to_string(i);
      pod.uid = "uid-" + ns + "-" + pod.name;
      pod.labels = {{"app", name}, {"pod-template-hash", "x"}};
      pod.workload = {"Deployment", ns, name};
      pod.phase = PodPhase::kRunning;
      pod.ready = true;
      pod.node = nodes[i];
      const auto number = static_cast<std::uint32_t>(snapshot_.pods.size());
      pod.ips = {IpAddress::V4(0x0A010001U + number)};
      for (const std::uint16_t port : ports)
        pod.ports.push_back({"", Protocol::kTcp, PortOf(port), std::nullopt});
      snapshot_.pods.push_back(std::move(pod));
    }
    return *this;
  }

  /// A policy that selects the pods of one name, so that they have a class of their own.
  Cluster& Isolate(const std::string& ns, const std::string& app) {
    oracle::NetworkPolicy policy;
    policy.ns = ns;
    policy.name = app;
    policy.pod_selector = App(app);
    snapshot_.policy_documents.push_back(policy);
    return *this;
  }

  /// A Service of the pods of one name.
  Cluster& Service(const std::string& ns, const std::string& app, std::uint16_t port,
                   std::optional<std::uint16_t> node_port = {}) {
    podreach::Service service;
    service.ns = ns;
    service.name = app;
    service.selector = App(app);
    service.cluster_ips = {
        IpAddress::V4(0x0A600001U + static_cast<std::uint32_t>(snapshot_.services.size()))};
    ServicePort of{.name = {}, .port = PortOf(port), .target_port = PortOf(80), .node_port = {}};
    if (node_port) of.node_port = PortOf(*node_port);
    service.ports = {of};
    snapshot_.services.push_back(service);
    EndpointSlice slice;
    slice.ns = ns;
    slice.name = app + "-1";
    slice.service = app;
    for (const Pod& pod : snapshot_.pods) {
      if (pod.ns == ns && pod.workload.name == app)
        slice.endpoints.push_back({pod.ips.front(), true, pod.uid});
    }
    slice.ports = {{"", Protocol::kTcp, PortOf(80)}};
    snapshot_.endpoint_slices.push_back(std::move(slice));
    return *this;
  }

  [[nodiscard]] Snapshot& snapshot() { return snapshot_; }

  [[nodiscard]] std::size_t Find(const std::string& name) const {
    for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
      if (snapshot_.pods[i].ns + "/" + snapshot_.pods[i].name == name) return i;
    }
    throw std::runtime_error("no pod " + name);
  }

 private:
  Snapshot snapshot_;
};

/// What is planned of a cluster, step by step.
struct Planned {
  Planned(const Snapshot& snapshot, const PlanOptions& options, const Listening& listening = {})
      : evaluator(std::make_shared<const Snapshot>(snapshot), {}),
        plan(PlanVantages(evaluator, options)),
        discovery(PlanDiscovery(evaluator.snapshot(), plan, options)) {
    PlanTargets(evaluator, options, listening, plan);
  }

  /// Every probe runs, the first ones at 10.9.0.0 and after; and the responders are planned.
  void Start() {
    std::vector<VantageId> all;
    for (Vantage& vantage : plan.vantages) {
      const auto number = static_cast<std::uint32_t>(Index(vantage.id));
      if (vantage.kind != VantageKind::kNode) vantage.address = IpAddress::V4(0x0A090000U + number);
      all.push_back(vantage.id);
    }
    PlanResponders(all, plan);
  }

  [[nodiscard]] const Vantage* Find(VantageKind kind, const std::string& ns = "") const {
    for (const Vantage& vantage : plan.vantages) {
      if (vantage.kind == kind && (ns.empty() || vantage.ns == ns)) return &vantage;
    }
    return nullptr;
  }

  /// "shop/web-0 80/TCP" for each cell of the vantage; targets of `kind` alone.
  [[nodiscard]] std::set<std::string> Asked(const Vantage* vantage,
                                            TargetKind kind = TargetKind::kPod) const {
    std::set<std::string> asked;
    if (vantage == nullptr || plan.asks[Index(vantage->id)] == nullptr) return asked;
    for (const TargetId id : *plan.asks[Index(vantage->id)]) {
      if (plan.place(id).kind == kind)
        asked.insert(plan.place(id).name + " " + PortText(plan.target(id)));
    }
    return asked;
  }

  /// The pods among them.
  [[nodiscard]] std::set<std::string> AskedPods(const Vantage* vantage) const {
    std::set<std::string> pods;
    for (const std::string& cell : Asked(vantage)) pods.insert(cell.substr(0, cell.find(' ')));
    return pods;
  }

  Evaluator evaluator;
  ScanPlan plan;
  DiscoveryPlan discovery;
};

inline PlanOptions Options(Depth depth, std::uint64_t rotation = 0) {
  return {.scan_id = "s1", .depth = depth, .rotation = rotation};
}

}  // namespace podreach
