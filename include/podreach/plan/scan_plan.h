#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "podreach/net/endpoint.h"
#include "podreach/net/port_set.h"
#include "podreach/policy/evaluator.h"
#include "podreach/reach/reach_matrix.h"
#include "podreach/reach/target.h"

namespace podreach {

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
  std::optional<IpAddress> address;  ///< of its pod, once that runs; of a node from the snapshot
  std::vector<WorkloadRef> stands_for;  ///< workloads with pods of the same class
  PortSet listen_tcp;
  PortSet listen_udp;
};

/// How much a scan asks.
enum class Depth : std::uint8_t {
  kQuick,     ///< one question for each pair of policy classes, and the sensitive ports that listen
  kStandard,  ///< the same, and undeclared listeners of some groups; all of a small cluster
  kFull,      ///< every port of every pod from every vantage; undeclared listeners of all groups
};
/// "quick", "standard", "full".
[[nodiscard]] std::string_view ToString(Depth depth);
[[nodiscard]] std::optional<Depth> ParseDepth(std::string_view word);

/// One place behind a Service's port: the pod that a packet reaches after DNAT.
struct Backend {
  std::size_t pod = 0;  ///< index into Snapshot::pods
  IpAddress address;
  Port port;
};

/// Pods of one workload, one policy class and the same declared ports. What is learnt of some
/// members is taken to hold for all.
struct TargetGroup {
  std::string ns;
  std::string workload;
  ClassId pod_class{};
  std::vector<std::size_t> pods;  ///< indices into Snapshot::pods, in order of their names
};

/// A class or a namespace that no probe stands for, and why.
struct NotCovered {
  enum class Why : std::uint8_t {
    kExcluded,     ///< the user said so
    kOwn,          ///< it is podreach's own namespace
    kTerminating,  ///< it is being deleted
    kNoticed,      ///< a PodDisruptionBudget, a Service or a webhook would notice the probe
    kIdentity,     ///< policies look at what a probe can't share
    kNode,         ///< a node that is cordoned or not Ready
    kRotation,     ///< another scan's turn
    kFailed,       ///< its probe couldn't be made, or didn't start
  };
  std::string what;    ///< "team-a/peer[StatefulSet]", "namespace quota", "node2"
  std::string reason;  ///< the planner's or the API server's own words
  Why why = Why::kFailed;
  friend bool operator==(const NotCovered&, const NotCovered&) = default;
};

/// Which targets one vantage is asked about in the sweep, and in which order; shared by the
/// vantages that are asked the same. Positions go by address, then TCP before UDP, then port.
struct ScanPlan {
  std::vector<Vantage> vantages;
  std::vector<TargetGroup> groups;
  std::vector<Place> places;
  std::vector<Target> targets;  ///< a place's targets stand together
  /// Index into Snapshot::pods of a place that is a pod; by place.
  std::vector<std::optional<std::size_t>> pod_of_place;
  /// Of targets that lead to pods by address translation; ready ones alone.
  std::map<TargetId, std::vector<Backend>> backends;
  std::vector<TargetList> asks;  ///< by vantage; null where it is asked nothing
  std::vector<NotCovered> not_covered;
  bool canary_policy_made = true;    ///< the policy that denies the canary's connection
  bool enumerated = false;           ///< every pod is asked, not one for each class
  std::set<std::string> namespaces;  ///< in the scope, those with a vantage or without
  std::uint64_t twins_missing = 0;   ///< policy classes that no twin stands for

  [[nodiscard]] const Place& place(TargetId id) const {
    return places[Index(targets[Index(id)].place)];
  }
  [[nodiscard]] const Target& target(TargetId id) const { return targets[Index(id)]; }
  [[nodiscard]] const Vantage& vantage(VantageId id) const { return vantages[Index(id)]; }
};

/// What a plan is made to.
struct PlanOptions {
  std::string scan_id;  ///< [a-z0-9]{1,20}; part of every name
  std::string own_namespace = "podreach";
  bool node_vantages = true;
  std::vector<std::string> exclude_namespaces = {};  ///< for vantages and targets
  std::vector<std::string> namespaces = {};          ///< these alone; empty: all
  std::vector<std::string> from = {};  ///< vantages of "NS" or "NS/WORKLOAD" alone; empty: all
  std::vector<std::string> to = {};    ///< targets of "NS" or "NS/WORKLOAD" alone; empty: all
  std::optional<LabelSelector> selector = {};  ///< target pods that it matches alone
  std::vector<Endpoint> egress_canaries = {};  ///< kExternal targets
  bool metadata = true;                        ///< probe 169.254.169.254
  bool sensitive_ports = true;                 ///< the catalogue's ports on every pod
  /// TCP ports to ask of every pod instead of the declared and the catalogue's.
  std::optional<PortSet> ports = {};
  Depth depth = Depth::kStandard;
  /// Which members and groups have their turn: one more for each scan.
  std::uint64_t rotation = 0;
  /// Of more cells than this, `standard` asks one pod for each policy class.
  std::size_t enumerate_below = 200'000;
  /// The most cells that `quick` and `standard` ask; twins of some classes wait for their turn.
  std::size_t most_cells = 60'000'000;
  /// New flows a node may see in two minutes; a full sweep of one pod takes 65,535 of them.
  std::size_t flows_per_node = 65'536;
};

/// The pods and ports that the node vantages look at first: which ports listen. Every pod is asked
/// by the node that it runs on, which policies can't keep out.
struct DiscoveryPlan {
  struct Host {
    std::size_t pod = 0;  ///< index into Snapshot::pods
    IpAddress address;
    PortSet tcp;
    bool all_ports = false;  ///< looks for undeclared listeners
  };
  std::vector<std::vector<Host>> hosts;  ///< by vantage, by address
  std::size_t swept_groups = 0;          ///< whose undeclared listeners are looked for in this scan
  std::size_t groups = 0;                ///< that there are
  std::vector<std::string> next;  ///< workloads whose turn comes with the next scan; at most 5
};

/// TCP ports that were found listening, by pod (index into Snapshot::pods).
using Listening = std::map<std::size_t, PortSet>;

/// Plans where probes stand: bare vantages in every namespace, twins for every other class, node
/// vantages as controls, the canary. Refuses a twin that a PodDisruptionBudget, a Service with
/// publishNotReadyAddresses or a mutating webhook would notice. Fills vantages, groups and
/// not_covered. Adds the probes' classes to `evaluator`.
[[nodiscard]] ScanPlan PlanVantages(Evaluator& evaluator, const PlanOptions& options);

[[nodiscard]] DiscoveryPlan PlanDiscovery(const Snapshot& snapshot, const ScanPlan& plan,
                                          const PlanOptions& options);

/// Plans what is asked: fills places, targets, backends and asks, but for the responders.
void PlanTargets(const Evaluator& evaluator, const PlanOptions& options, const Listening& listening,
                 ScanPlan& plan);

/// Once a wave's probes run and their vantages have addresses: their responders become targets of
/// the vantages that run with them, and the asks of those are complete. `present`: the vantages
/// that run now.
void PlanResponders(const std::vector<VantageId>& present, ScanPlan& plan);

/// The labels that every probe pod wears, and nothing else does.
[[nodiscard]] Labels ProbeLabels(const std::string& scan_id);

}  // namespace podreach
