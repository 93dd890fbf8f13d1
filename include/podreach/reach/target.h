#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "podreach/net/endpoint.h"
#include "podreach/reach/ids.h"

namespace podreach {

/// How a probe stands in the cluster.
enum class VantageKind : std::uint8_t {
  kBare,          ///< no labels of the workloads
  kTwin,          ///< the smallest set of labels of a policy class
  kNode,          ///< hostNetwork: the control
  kCanarySource,  ///< in podreach's namespace, denied to the other
  kCanaryTarget,
};

/// "bare", "twin", "node", "canary-source", "canary-target".
[[nodiscard]] std::string_view ToString(VantageKind kind);
[[nodiscard]] std::optional<VantageKind> ParseVantageKind(std::string_view word);

/// Whether the vantage stands for pods of the cluster, so that its cells are judged for people.
[[nodiscard]] constexpr bool StandsForPods(VantageKind kind) {
  return kind == VantageKind::kBare || kind == VantageKind::kTwin;
}
/// The canary is a control alone: it has no cells.
[[nodiscard]] constexpr bool IsCanary(VantageKind kind) {
  return kind == VantageKind::kCanarySource || kind == VantageKind::kCanaryTarget;
}

/// What stands at a place.
enum class TargetKind : std::uint8_t {
  kPod,
  kHostNetworkPod,
  kService,
  kNode,
  kNodePort,
  kControlPlane,
  kDns,
  kMetadata,
  kExternal,
  kProbe,  ///< another probe's responder: a listener known to be there
};

/// "pod", "host-network-pod", "service", "node", "node-port", "control-plane", "dns", "metadata",
/// "external", "probe".
[[nodiscard]] std::string_view ToString(TargetKind kind);
[[nodiscard]] std::optional<TargetKind> ParseTargetKind(std::string_view word);

/// What stands at one address. Its targets are its ports.
struct Place {
  TargetKind kind = TargetKind::kPod;
  IpAddress address = {};     ///< unspecified while a responder's pod has none
  std::string ns = {};        ///< empty outside namespaces
  std::string workload = {};  ///< what people fold by: "shop/redis[Deployment]", "shop/redis
                              ///< (Service)", "node1", "cloud metadata"
  std::string name = {};      ///< "shop/redis-7d9-x2", "shop/redis", "node1"
  std::string node = {};      ///< where it is or runs; may be empty
  std::optional<GroupId> group = {};    ///< of a pod: the target group that it is a member of
  std::optional<VantageId> probe = {};  ///< of a responder: whose
  friend bool operator==(const Place&, const Place&) = default;
};

/// One address, port and protocol, and what stands there.
struct Target {
  PlaceId place{};
  Protocol protocol = Protocol::kTcp;
  Port port;
  std::string service = {};  ///< the catalogue's word for the port: "redis"; may be empty
  bool declared = false;     ///< a container's port, a Service's port or a known daemon's: not one
                             ///< that is tried on a pod because the catalogue has it
  bool sensitive = false;    ///< the catalogue calls it so
  bool undeclared = false;   ///< it listens, and the pod doesn't declare it
  friend bool operator==(const Target&, const Target&) = default;
};

/// How reports call a target: "shop/redis-7d9-x2", "shop/redis:6379", "node1 kubelet".
[[nodiscard]] std::string NameOf(const Place& place, const Target& target);
/// "10.0.0.1:80/TCP".
[[nodiscard]] inline Endpoint EndpointOf(const Place& place, const Target& target) {
  return {place.address, target.protocol, target.port};
}
/// "80/TCP".
[[nodiscard]] std::string PortText(const Target& target);

}  // namespace podreach
