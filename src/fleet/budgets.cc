#include "fleet/budgets.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace podreach {
namespace {

using Hosts = std::vector<HostOrder>;

// Beyond this, whether two probes ask the same host isn't looked up: they are taken to do so.
constexpr std::size_t kMostLookedUp = 4'000'000;

/// The smaller one, where 0 is no limit.
std::uint32_t Tighter(std::uint32_t a, std::uint64_t b) {
  const auto bounded = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(b, 1, std::numeric_limits<std::uint32_t>::max()));
  return a == 0 ? bounded : std::min(a, bounded);
}

struct AddressHash {
  std::size_t operator()(const IpAddress& address) const {
    std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
    for (const std::uint8_t byte : address.bytes()) hash = (hash ^ byte) * 0x100000001B3U;
    return hash;
  }
};

/// For each distinct list, by how many probes the host of it is asked that most ask.
std::map<const Hosts*, std::uint64_t> MostAskers(
    const std::map<const Hosts*, std::uint64_t>& users) {
  std::uint64_t all = 0;
  std::size_t hosts = 0;
  for (const auto& [list, probes] : users) {
    all += probes;
    hosts += list->size();
  }
  std::map<const Hosts*, std::uint64_t> most;
  if (hosts > kMostLookedUp) {
    for (const auto& [list, probes] : users) most[list] = all;
    return most;
  }
  std::unordered_map<IpAddress, std::uint64_t, AddressHash> askers;
  for (const auto& [list, probes] : users) {
    for (const HostOrder& host : *list) askers[host.address] += probes;
  }
  for (const auto& [list, probes] : users) {
    for (const HostOrder& host : *list) most[list] = std::max(most[list], askers[host.address]);
  }
  return most;
}

void ShareFlows(const SharedBudgets& budgets, const std::vector<ProbeWork>& works,
                const std::map<const Hosts*, std::uint64_t>& ports,
                std::vector<SweepLimits>& limits) {
  std::map<std::string, std::uint64_t> of_node;
  for (const ProbeWork& work : works) of_node[work.node] += ports.at(work.hosts.get());
  for (std::size_t i = 0; i < works.size(); ++i) {
    const std::uint64_t budget = budgets.FlowsOf(works[i].node);
    if (budget == 0) continue;
    const std::uint64_t share = budget * ports.at(works[i].hosts.get()) /
                                std::max<std::uint64_t>(1, of_node.at(works[i].node));
    limits[i].flows_per_two_minutes = Tighter(limits[i].flows_per_two_minutes, share);
  }
}

void ShareTargets(std::uint32_t budget, const std::vector<ProbeWork>& works,
                  std::vector<SweepLimits>& limits) {
  std::map<const Hosts*, std::uint64_t> users;
  for (const ProbeWork& work : works) ++users[work.hosts.get()];
  const auto askers = MostAskers(users);
  for (std::size_t i = 0; i < works.size(); ++i) {
    const std::uint64_t probes = std::max<std::uint64_t>(1, askers.at(works[i].hosts.get()));
    limits[i].rate = Tighter(limits[i].rate, budget * works[i].hosts->size() / probes);
    limits[i].rate_per_host = Tighter(limits[i].rate_per_host, budget / probes);
  }
}

}  // namespace

std::uint64_t PortsOf(const Hosts& hosts) {
  std::uint64_t ports = 0;
  for (const HostOrder& host : hosts) ports += host.tcp.size() + host.udp.size();
  return ports;
}

std::uint32_t SharedBudgets::FlowsOf(const std::string& node) const {
  const auto own = flows_of_node.find(node);
  return own == flows_of_node.end() ? flows_per_node_in_two_minutes : own->second;
}

void FlowLedger::Add(const std::string& node, Time now, std::uint64_t flows) {
  auto& entries = of_node_[node];
  while (!entries.empty() && entries.front().until + kFlowWindow <= now) entries.pop_front();
  if (flows > 0) entries.push_back({now, flows});
}

std::uint64_t FlowLedger::Lately(const std::string& node, Time now) const {
  const auto found = of_node_.find(node);
  if (found == of_node_.end()) return 0;
  std::uint64_t flows = 0;
  for (const Entry& entry : found->second) {
    if (entry.until + kFlowWindow > now) flows += entry.flows;
  }
  return flows;
}

FlowLedger::Time FlowLedger::WhenAtMost(const std::string& node, Time now,
                                        std::uint64_t most) const {
  std::uint64_t left = Lately(node, now);
  if (left <= most) return now;
  for (const Entry& entry : of_node_.at(node)) {
    if (entry.until + kFlowWindow <= now) continue;
    left -= entry.flows;
    if (left <= most) return entry.until + kFlowWindow;
  }
  return now;
}

std::vector<SweepLimits> ShareBudgets(const SweepLimits& each, const SharedBudgets& budgets,
                                      const std::vector<ProbeWork>& works) {
  std::vector<SweepLimits> limits(works.size(), each);
  std::map<const Hosts*, std::uint64_t> ports;
  for (const ProbeWork& work : works) {
    const auto [entry, is_new] = ports.try_emplace(work.hosts.get());
    if (is_new) entry->second = PortsOf(*work.hosts);
  }
  ShareFlows(budgets, works, ports, limits);
  if (budgets.rate_per_target_host > 0) ShareTargets(budgets.rate_per_target_host, works, limits);
  return limits;
}

}  // namespace podreach
