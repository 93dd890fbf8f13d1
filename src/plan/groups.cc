#include "plan/groups.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "plan/scope.h"

namespace podreach {

bool IsAsked(const Pod& pod) {
  return pod.IsLive() && pod.phase == PodPhase::kRunning && !pod.ips.empty();
}

std::vector<TargetGroup> GroupPods(const Evaluator& evaluator, const PlanOptions& options) {
  const Snapshot& snapshot = evaluator.snapshot();
  const Scope scope(options);
  using Key = std::tuple<std::string, WorkloadRef, ClassId, std::vector<ContainerPort>>;
  std::map<Key, TargetGroup> groups;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    const Pod& pod = snapshot.pods[i];
    const auto pod_class = evaluator.ClassOf(i);
    if (!IsAsked(pod) || pod.host_network || !pod_class || !scope.TakesTarget(pod)) continue;
    TargetGroup& group = groups[{pod.ns, pod.workload, *pod_class, pod.ports}];
    group.ns = pod.ns;
    group.workload = pod.workload.ToString();
    group.pod_class = *pod_class;
    group.pods.push_back(i);
  }
  std::vector<TargetGroup> list;
  list.reserve(groups.size());
  for (auto& [key, group] : groups) {
    std::ranges::sort(
        group.pods, {}, [&](std::size_t pod) -> const auto& { return snapshot.pods[pod].name; });
    list.push_back(std::move(group));
  }
  return list;
}

PortSet DeclaredPorts(const Pod& pod, Protocol protocol) {
  PortSet ports;
  for (const ContainerPort& port : pod.ports) {
    if (port.protocol == protocol) ports.Add(port.port);
  }
  return ports;
}

}  // namespace podreach
