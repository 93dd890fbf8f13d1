#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "podreach/cluster/label_selector.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port.h"
#include "podreach/net/protocol.h"

namespace podreach {

/// The top owner of pods; a pod without owner is a workload of kind "Pod".
struct WorkloadRef {
  std::string kind;
  std::string ns;
  std::string name;

  /// "shop/web[Deployment]".
  [[nodiscard]] std::string ToString() const { return ns + "/" + name + "[" + kind + "]"; }
  friend auto operator<=>(const WorkloadRef&, const WorkloadRef&) = default;
};

/// A port that a container declares (core/v1 ContainerPort); init containers with restartPolicy
/// Always count.
struct ContainerPort {
  std::string name;  ///< empty where unnamed
  Protocol protocol = Protocol::kTcp;
  Port port;
  std::optional<Port> host_port;
  friend auto operator<=>(const ContainerPort&, const ContainerPort&) = default;
};

enum class PodPhase : std::uint8_t { kPending, kRunning, kSucceeded, kFailed, kUnknown };

/// core/v1 Pod, as far as it bears on reachability.
struct Pod {
  std::string ns;
  std::string name;
  std::string uid;
  Labels labels;
  WorkloadRef workload;
  std::string node;  ///< empty while unscheduled
  bool host_network = false;
  PodPhase phase = PodPhase::kUnknown;
  bool ready = false;
  bool terminating = false;
  std::vector<IpAddress> ips;  ///< status.podIPs; the first is the primary one
  std::vector<ContainerPort> ports;
  std::string service_account = "default";
  std::vector<std::string> proxies;  ///< of its containers' names those of a mesh's proxy
  Labels mesh_hints;                 ///< annotations that meshes look at
  /// A workload's template, which stands for the replicas, or a Pod of manifests that no cluster
  /// has seen: what admission adds isn't there yet, and its address isn't known.
  bool from_template = false;

  [[nodiscard]] bool StandsForSeveral() const { return from_template && workload.kind != "Pod"; }

  /// Has an address that is its own to use: neither Succeeded nor Failed, and with an IP; or stands
  /// for pods that will have one.
  /// Terminated pods keep labels and address in the API, and another pod may own that address by
  /// now.
  [[nodiscard]] bool IsLive() const {
    return phase != PodPhase::kSucceeded && phase != PodPhase::kFailed &&
           (from_template || !ips.empty());
  }
};

}  // namespace podreach
