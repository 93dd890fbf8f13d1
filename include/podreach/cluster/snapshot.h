#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/label_selector.h"
#include "podreach/cluster/pod.h"
#include "podreach/cluster/policy_document.h"
#include "podreach/cluster/service.h"
#include "podreach/cluster/snapshot_gap.h"
#include "podreach/net/cidr.h"
#include "podreach/net/ip_address.h"

namespace podreach {

/// core/v1 Namespace.
struct Namespace {
  std::string name;
  std::string uid;
  Labels labels;  ///< kubernetes.io/metadata.name is always there: added where the source lacks it
  bool terminating = false;
  Labels mesh_hints = {};  ///< annotations that meshes look at
};

/// core/v1 Node.
struct Node {
  std::string name;
  std::string uid;
  Labels labels;
  std::vector<IpAddress> internal_ips;
  std::vector<Cidr> pod_cidrs;
  bool ready = false;
  bool unschedulable = false;
  std::vector<std::string>
      no_schedule_taints;  ///< "key=value:effect", NoSchedule and NoExecute alone
};

/// policy/v1 PodDisruptionBudget.
struct PodDisruptionBudget {
  std::string ns;
  std::string name;
  std::optional<LabelSelector> selector;  ///< absent selects nothing, empty everything (policy/v1)
};

/// One webhook of an admissionregistration.k8s.io/v1 MutatingWebhookConfiguration that asks for pod
/// creations.
struct PodWebhook {
  std::string configuration;
  std::string name;
  LabelSelector namespace_selector;
  LabelSelector object_selector;
};

/// The cluster's objects that bear on reachability at one moment. An immutable value, from a live
/// API server or from manifests alike.
struct Snapshot {
  std::string cluster;         ///< what the user calls it: the kubeconfig's context, or the folder
  std::string server_version;  ///< "v1.34.4"; empty from manifests
  bool cilium = false;         ///< Cilium runs on its nodes
  std::vector<Namespace> namespaces;
  std::vector<Pod> pods;
  std::vector<Service> services;
  std::vector<EndpointSlice> endpoint_slices;
  std::vector<Node> nodes;
  std::vector<PolicyDocument> policy_documents;
  std::vector<PodDisruptionBudget> disruption_budgets;
  std::vector<PodWebhook> pod_webhooks;
  std::vector<SnapshotGap> gaps;
  /// Labels that controllers will put on pods of manifests, and of which nobody knows the values
  /// yet. A policy that selects by one of them can't be evaluated.
  std::vector<std::string> labels_to_come;

  [[nodiscard]] const Namespace* FindNamespace(std::string_view name) const;
};

}  // namespace podreach
