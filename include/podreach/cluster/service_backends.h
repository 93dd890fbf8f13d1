#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "podreach/cluster/snapshot.h"

namespace podreach {

/// One place behind a Service's port: where a packet goes after DNAT.
struct ServiceBackend {
  std::optional<std::size_t> pod;    ///< index into Snapshot::pods; absent: an address without one
  std::optional<IpAddress> address;  ///< absent: the pod has none yet
  Port port;
  friend bool operator==(const ServiceBackend&, const ServiceBackend&) = default;
};

/// What stands behind Services by the EndpointSlices (discovery.k8s.io/v1). Keeps the snapshot.
class ServiceBackends {
 public:
  explicit ServiceBackends(const Snapshot& snapshot);
  /// The ready endpoints of a Service's port. Those of pods that the snapshot lacks are left out.
  [[nodiscard]] std::vector<ServiceBackend> Of(const Service& service,
                                               const ServicePort& port) const;

 private:
  std::unordered_map<std::string, std::size_t> pod_by_uid_;
  std::map<std::pair<std::string, std::string>, std::vector<const EndpointSlice*>> slices_;
};

/// What will stand behind a Service's port where no EndpointSlice says it, as in manifests: the
/// pods that its selector selects and that are ready, or not there yet. A target port's name is
/// looked up in the pod's containers; a pod without it is no backend.
[[nodiscard]] std::vector<ServiceBackend> SelectedBackends(const Snapshot& snapshot,
                                                           const Service& service,
                                                           const ServicePort& port);

}  // namespace podreach
