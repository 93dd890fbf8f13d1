#include "podreach/cluster/service_backends.h"

#include <algorithm>

namespace podreach {
namespace {

std::optional<Port> TargetPort(const ServicePort& port, const Pod& pod) {
  if (const auto* number = std::get_if<Port>(&port.target_port)) return *number;
  const auto& name = std::get<std::string>(port.target_port);
  const auto found = std::ranges::find_if(pod.ports, [&](const ContainerPort& declared) {
    return declared.name == name && declared.protocol == port.protocol;
  });
  return found == pod.ports.end() ? std::nullopt : std::optional(found->port);
}

}  // namespace

ServiceBackends::ServiceBackends(const Snapshot& snapshot) {
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (!snapshot.pods[i].uid.empty()) pod_by_uid_.emplace(snapshot.pods[i].uid, i);
  }
  for (const EndpointSlice& slice : snapshot.endpoint_slices)
    slices_[{slice.ns, slice.service}].push_back(&slice);
}

std::vector<ServiceBackend> ServiceBackends::Of(const Service& service,
                                                const ServicePort& port) const {
  std::vector<ServiceBackend> backends;
  const auto slices = slices_.find({service.ns, service.name});
  if (slices == slices_.end()) return backends;
  for (const EndpointSlice* slice : slices->second) {
    for (const auto& slice_port : slice->ports) {
      if (slice_port.name != port.name || slice_port.protocol != port.protocol || !slice_port.port)
        continue;
      for (const ServiceEndpoint& endpoint : slice->endpoints) {
        if (!endpoint.ready) continue;
        ServiceBackend backend{{}, endpoint.address, *slice_port.port};
        if (!endpoint.pod_uid.empty()) {
          const auto pod = pod_by_uid_.find(endpoint.pod_uid);
          if (pod == pod_by_uid_.end()) continue;
          backend.pod = pod->second;
        }
        backends.push_back(backend);
      }
    }
  }
  return backends;
}

std::vector<ServiceBackend> SelectedBackends(const Snapshot& snapshot, const Service& service,
                                             const ServicePort& port) {
  std::vector<ServiceBackend> backends;
  if (!service.selector) return backends;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    const Pod& pod = snapshot.pods[i];
    if (pod.ns != service.ns || !pod.IsLive() || !service.selector->Matches(pod.labels)) continue;
    if (!pod.from_template && !pod.ready && !service.publish_not_ready) continue;
    const auto target = TargetPort(port, pod);
    if (!target) continue;
    backends.push_back(
        {i, pod.ips.empty() ? std::nullopt : std::optional(pod.ips.front()), *target});
  }
  return backends;
}

}  // namespace podreach
