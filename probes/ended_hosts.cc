#include "ended_hosts.h"

#include <algorithm>
#include <utility>

namespace podreach::probe {
namespace {

constexpr std::size_t kBytesOfHost = 4;
constexpr std::size_t kBytesOfGroups = 160;

bool Fits(const PortGroup& group, Protocol protocol, const Verdict& verdict) {
  return group.protocol == protocol && group.state == verdict.state && group.icmp == verdict.icmp &&
         group.error_number == verdict.error_number && group.unsure != verdict.sure;
}

/// A text that two lists of groups share where they say the same.
std::string KeyOf(const std::vector<PortGroup>& groups) {
  std::string key;
  for (const PortGroup& group : groups) {
    key += std::string(ToString(group.protocol)) + " " + std::string(ToString(group.state)) + " " +
           std::to_string(group.error_number) + (group.unsure ? "?" : "!") +
           (group.all ? "-" : group.ports.ToString());
    if (group.icmp) {
      key += " " + group.icmp->from.ToString() + " " + std::to_string(group.icmp->type) + " " +
             std::to_string(group.icmp->code);
    }
    key += ";";
  }
  return key;
}

std::vector<HostRun> RunsOf(std::vector<std::uint32_t> hosts) {
  std::sort(hosts.begin(), hosts.end());
  std::vector<HostRun> runs;
  for (const std::uint32_t host : hosts) {
    if (!runs.empty() && runs.back().first + runs.back().count == host) {
      ++runs.back().count;
    } else {
      runs.push_back({host, 1});
    }
  }
  return runs;
}

}  // namespace

std::uint32_t EndedHosts::IndexOf(const IpAddress& address) const {
  const auto found = std::ranges::lower_bound(hosts_, address, {}, &HostOrder::address);
  return static_cast<std::uint32_t>(found - hosts_.begin());
}

void EndedHosts::Add(const Endpoint& target, const Verdict& verdict) {
  const std::uint32_t index = IndexOf(target.address);
  const HostOrder& host = hosts_[index];
  const auto [entry, is_new] = under_way_.try_emplace(index);
  UnderWay& under_way = entry->second;
  if (is_new) under_way.left = host.tcp.size() + host.udp.size();
  auto group = std::ranges::find_if(under_way.groups, [&](const PortGroup& known) {
    return Fits(known, target.protocol, verdict);
  });
  if (group == under_way.groups.end()) {
    under_way.groups.push_back(
        {target.protocol, verdict.state, {}, verdict.icmp, verdict.error_number, !verdict.sure});
    group = std::prev(under_way.groups.end());
  }
  group->ports.Add(target.port);
  if (--under_way.left > 0) return;
  auto groups = std::move(under_way.groups);
  under_way_.erase(entry);
  End(index, std::move(groups));
}

void EndedHosts::End(std::uint32_t host, std::vector<PortGroup> groups) {
  for (PortGroup& group : groups) {
    if (group.ports != (group.protocol == Protocol::kUdp ? hosts_[host].udp : hosts_[host].tcp))
      continue;
    group.all = true;
    group.ports = {};
  }
  // Ports end in any order; groups that say the same must look the same.
  std::ranges::sort(groups, {}, [](const PortGroup& group) {
    return std::pair(group.protocol,
                     group.ports.empty() ? 0 : int{group.ports.ranges().front().first.number()});
  });
  Alike& alike = ended_[KeyOf(groups)];
  if (alike.hosts.empty()) {
    for (const PortGroup& group : groups)
      ended_bytes_ += kBytesOfGroups + kBytesOfHost * group.ports.ranges().size();
    alike.groups = std::move(groups);
  }
  alike.hosts.push_back(host);
  ended_bytes_ += kBytesOfHost;
}

std::vector<AlikeHosts> EndedHosts::TakeEnded() {
  std::vector<AlikeHosts> taken;
  for (auto& [key, alike] : std::exchange(ended_, {}))
    taken.push_back({RunsOf(std::move(alike.hosts)), std::move(alike.groups)});
  ended_bytes_ = 0;
  return taken;
}

std::vector<AlikeHosts> EndedHosts::TakeAll() {
  for (auto& [host, under_way] : std::exchange(under_way_, {}))
    End(host, std::move(under_way.groups));
  return TakeEnded();
}

}  // namespace podreach::probe
