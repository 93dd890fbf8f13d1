#include <algorithm>
#include <tuple>

#include "plan/groups.h"
#include "podreach/net/service_catalog.h"

namespace podreach {
namespace {

constexpr std::size_t kAllPorts = 65'535;
constexpr std::size_t kNextShown = 5;

/// TCP ports that are worth a look on a pod: what it declares, and what the catalogue has.
PortSet WorthALook(const Pod& pod, const PlanOptions& options) {
  if (options.ports) return *options.ports;
  PortSet ports = DeclaredPorts(pod, Protocol::kTcp);
  if (!options.sensitive_ports) return ports;
  for (const CatalogPort& port : PortCatalog()) {
    if (port.protocol == Protocol::kTcp) ports.Add(port.port);
  }
  return ports;
}

class DiscoveryPlanner {
 public:
  DiscoveryPlanner(const Snapshot& snapshot, const ScanPlan& plan, const PlanOptions& options)
      : snapshot_(snapshot), plan_(plan), options_(options) {
    for (const Vantage& vantage : plan.vantages) {
      if (vantage.kind == VantageKind::kNode) node_vantages_[vantage.node] = Index(vantage.id);
    }
    found_.hosts.resize(plan.vantages.size());
    found_.groups = plan.groups.size();
  }

  DiscoveryPlan Run() {
    if (!plan_.enumerated && options_.depth != Depth::kFull) LookAtEveryPod();
    if (options_.depth != Depth::kQuick && !options_.ports) SweepSomeGroups();
    for (auto& hosts : found_.hosts) {
      std::ranges::sort(hosts, {}, &DiscoveryPlan::Host::address);
      const auto same = std::ranges::unique(hosts, {}, &DiscoveryPlan::Host::address);
      hosts.erase(same.begin(), same.end());
    }
    return std::move(found_);
  }

 private:
  std::vector<DiscoveryPlan::Host>* HostsFrom(const Pod& pod) {
    const auto vantage = node_vantages_.find(pod.node);
    return vantage == node_vantages_.end() ? nullptr : &found_.hosts[vantage->second];
  }

  void LookAtEveryPod() {
    for (const TargetGroup& group : plan_.groups) {
      for (const std::size_t index : group.pods) {
        const Pod& pod = snapshot_.pods[index];
        auto* hosts = HostsFrom(pod);
        if (hosts == nullptr) continue;
        hosts->push_back({index, pod.ips.front(), WorthALook(pod, options_), false});
      }
    }
  }

  /// A pod that may have its turn on its node.
  struct Candidate {
    std::size_t rank = 0;  // among the members of its group: first members have their turn first
    std::size_t group = 0;
    std::size_t pod = 0;
  };

  void SweepSomeGroups() {
    std::set<std::size_t> swept;
    options_.depth == Depth::kFull ? SweepEveryGroup(swept) : SweepWithinBudgets(swept);
    found_.swept_groups = swept.size();
  }

  /// One member of each group; which one goes round from scan to scan.
  void SweepEveryGroup(std::set<std::size_t>& swept) {
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      const std::size_t pod = InTurn(plan_.groups[g].pods, options_.rotation);
      if (!node_vantages_.contains(snapshot_.pods[pod].node)) continue;
      Sweep({0, g, pod});
      swept.insert(g);
    }
  }

  /// Every node takes as many pods as its budget allows, and one at least. With each scan its turn
  /// moves on by as many, so that in the end every pod of it was swept.
  void SweepWithinBudgets(std::set<std::size_t>& swept) {
    std::map<std::string, std::vector<Candidate>> of_node;
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      const auto& pods = plan_.groups[g].pods;
      for (std::size_t rank = 0; rank < pods.size(); ++rank) {
        const std::string& node = snapshot_.pods[pods[rank]].node;
        if (node_vantages_.contains(node)) of_node[node].push_back({rank, g, pods[rank]});
      }
    }
    const std::size_t a_node = std::max<std::size_t>(1, options_.flows_per_node / kAllPorts);
    std::vector<std::size_t> next;
    for (auto& [node, candidates] : of_node) {
      std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
        return std::tie(a.rank, a.group) < std::tie(b.rank, b.group);
      });
      const std::size_t count = candidates.size();
      const std::size_t turns = std::min(count, a_node);
      const std::size_t begin = options_.rotation % count * turns % count;
      for (std::size_t i = 0; i < turns; ++i) {
        const Candidate& candidate = candidates[(begin + i) % count];
        swept.insert(candidate.group);
        Sweep(candidate);
      }
      for (std::size_t i = turns; i < std::min(count, turns + kNextShown); ++i)
        next.push_back(candidates[(begin + i) % count].group);
    }
    for (const std::size_t group : next) {
      const std::string& workload = plan_.groups[group].workload;
      const bool known = swept.contains(group) || std::ranges::count(found_.next, workload) > 0;
      if (!known && found_.next.size() < kNextShown) found_.next.push_back(workload);
    }
  }

  void Sweep(const Candidate& candidate) {
    const Pod& pod = snapshot_.pods[candidate.pod];
    auto& hosts = *HostsFrom(pod);
    std::erase_if(hosts, [&](const auto& host) { return host.address == pod.ips.front(); });
    hosts.push_back({candidate.pod, pod.ips.front(), PortSet::All(), true});
  }

  const Snapshot& snapshot_;
  const ScanPlan& plan_;
  const PlanOptions& options_;
  std::map<std::string, std::size_t> node_vantages_;
  DiscoveryPlan found_;
};

}  // namespace

DiscoveryPlan PlanDiscovery(const Snapshot& snapshot, const ScanPlan& plan,
                            const PlanOptions& options) {
  return DiscoveryPlanner(snapshot, plan, options).Run();
}

}  // namespace podreach
