#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "podreach/net/endpoint.h"
#include "podreach/net/service_catalog.h"
#include "podreach/net/port_set.h"
#include "podreach/policy/evaluator.h"
#include "podreach/reach/reach_matrix.h"

namespace podreach {

enum class VantageKind : std::uint8_t {
  kBare,          ///< no labels of the workloads
  kTwin,          ///< the smallest set of labels of a policy class
  kNode,          ///< hostNetwork: the control
  kCanarySource,  ///< in podreach's namespace, denied to the other
  kCanaryTarget,
};

/// "bare", "twin", "node", "canary-source", "canary-target".
[[nodiscard]] std::string_view ToString(VantageKind kind);

/// Where a probe stands.
struct Vantage {
  VantageId id{};
  VantageKind kind = VantageKind::kBare;
  std::string ns;  ///< the namespace that the probe pod is made in
  std::string
      name;  ///< how reports call it: "shop (bare)", "bank/api[Deployment] (twin)", "node1 (node)"
  std::string pod_name;
  Labels labels;                     ///< beyond podreach's own
  std::vector<ContainerPort> ports;  ///< named ports to declare
  std::string node;                  ///< for kNode: where it must run; for the others: where it ran
  std::string prefer_node;           ///< where most pods that it stands for run; may be empty
  std::optional<ClassId> pod_class;  ///< absent for kNode
  std::vector<WorkloadRef> stands_for;  ///< workloads with pods of the same class
  PortSet listen_tcp;
  PortSet listen_udp;
};

enum class TargetKind : std::uint8_t {
  kPod,
  kHostNetworkPod,
  kService,
  kNode,
  kControlPlane,
  kDns,
  kMetadata,
  kExternal,
  kProbe,  ///< another probe's responder: a listener known to be there
};

/// "pod", "host-network-pod", "service", "node", "control-plane", "dns", "metadata", "external",
/// "probe".
[[nodiscard]] std::string_view ToString(TargetKind kind);

/// One place behind a target: the pod that a packet reaches after DNAT.
struct Backend {
  std::size_t pod = 0;  ///< index into Snapshot::pods
  IpAddress address;
  Port port;
};

/// One (address, port, protocol) and what it is.
struct Target {
  TargetId id{};
  TargetKind kind = TargetKind::kPod;
  Endpoint endpoint;
  std::string ns;        ///< empty outside namespaces
  std::string workload;  ///< what the matrix folds by: "shop/redis[Deployment]", "shop/redis
                         ///< (Service)", "node1", "metadata"
  std::string name;      ///< "shop/redis-7d9-x2", "shop/redis:6379", "node1 kubelet"
  std::string
      service;  ///< the catalogue's word for the port: "redis", "kubelet read-only"; may be empty
  bool declared = false;   ///< a container port, service port or known daemon, not just a catalogue
                           ///< port tried on a pod
  bool sensitive = false;  ///< the catalogue calls it so
  std::optional<std::size_t> pod;  ///< index into Snapshot::pods
  std::string node;                ///< node name for kNode and kHostNetworkPod
  std::vector<Backend> backends;   ///< of a Service; ready ones alone
  std::optional<VantageId> probe;  ///< for kProbe; the address is set once the pod has one
};

/// A class or a namespace that no probe stands for, and why.
struct NotCovered {
  std::string what;    ///< "team-a/peer[StatefulSet]", "namespace quota", "node2"
  std::string reason;  ///< the planner's or the API server's own words
};

struct ScanPlan {
  std::vector<Vantage> vantages;
  std::vector<Target> targets;
  std::vector<NotCovered> not_covered;
};

/// What a plan is made to.
struct PlanOptions {
  std::string scan_id;  ///< [a-z0-9]{1,20}; part of every name
  std::string own_namespace = "podreach";
  bool node_vantages = true;
  std::vector<std::string> exclude_namespaces = {};
  std::vector<Endpoint> egress_canaries = {};  ///< kExternal targets
  bool metadata = true;                        ///< probe 169.254.169.254
  bool sensitive_ports = true;                 ///< the catalogue's ports on every pod
};

/// Plans a scan: bare vantages in every namespace, twins for every other class, node vantages as
/// controls, the canary; and all targets. Refuses a twin that a PodDisruptionBudget, a Service with
/// publishNotReadyAddresses or a mutating webhook would notice. Adds the probes' classes to
/// `evaluator`.
[[nodiscard]] ScanPlan MakePlan(Evaluator& evaluator, const PlanOptions& options);

/// The labels that every probe pod wears, and nothing else does.
[[nodiscard]] Labels ProbeLabels(const std::string& scan_id);

}  // namespace podreach
