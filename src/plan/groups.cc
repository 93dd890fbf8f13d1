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

std::size_t Turn(std::uint64_t rotation, std::size_t count, TurnOf what) {
  const std::uint64_t times_through = rotation / count;
  if (times_through == 0 || what == TurnOf::kPlain)
    return static_cast<std::size_t>(rotation % count);
  // SplitMix64: what follows each other is far apart.
  std::uint64_t mixed =
      (times_through * 4 + static_cast<std::uint64_t>(what)) * 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  mixed ^= mixed >> 31U;
  return static_cast<std::size_t>((rotation % count + mixed % count) % count);
}

}  // namespace podreach
