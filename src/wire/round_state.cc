#include "wire/round_state.h"

#include <algorithm>
#include <array>
#include <string>

namespace podreach::wire {
namespace {

// Bounds the work of finding a port that comes twice. States and ICMP senders are few.
constexpr std::size_t kMaxGroupsPerHost = 1024;
constexpr std::uint64_t kBytesOfHost = 192;      // an entry of its own
constexpr std::uint64_t kBytesOfGroup = 192;     // with an ICMP error
constexpr std::uint64_t kBytesOfPort = 6;        // "65535,"
constexpr std::uint64_t kBytesOfService = 8192;  // a frame
constexpr std::uint64_t kBytesOfFrame = 192;     // what a frame takes besides its payload

Error Corrupt(std::string why) { return MakeError(ErrorKind::kCorrupt, std::move(why)); }

// Without a copy of either set: a forged report may bring many pairs of large ones.
bool Overlap(const PortSet& a, const PortSet& b) {
  const auto& few = a.ranges().size() <= b.ranges().size() ? a.ranges() : b.ranges();
  const auto& many = a.ranges().size() <= b.ranges().size() ? b.ranges() : a.ranges();
  return std::ranges::any_of(few, [&many](const PortRange& range) {
    const auto next = std::ranges::lower_bound(many, range.first, {}, &PortRange::last);
    return next != many.end() && next->first <= range.last;
  });
}

const PortSet& AskedOf(const HostOrder& host, Protocol protocol) {
  static const PortSet kNone;
  switch (protocol) {
    case Protocol::kTcp:
      return host.tcp;
    case Protocol::kUdp:
      return host.udp;
    case Protocol::kSctp:
      return kNone;
  }
  return kNone;
}

/// Whether two groups of one host claim the same port.
Result<void> CheckApart(const std::vector<PortGroup>& groups) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (groups[i].protocol != groups[j].protocol) continue;
      if (groups[i].all || groups[j].all || Overlap(groups[i].ports, groups[j].ports))
        return Corrupt("groups: a port comes twice");
    }
  }
  return {};
}

bool AlikeButForPorts(const PortGroup& a, const PortGroup& b) {
  return a.protocol == b.protocol && a.state == b.state && a.icmp == b.icmp &&
         a.error_number == b.error_number && a.unsure == b.unsure && !a.all && !b.all;
}

}  // namespace

std::uint64_t MaxRoundBytes(const RoundTerms& terms) {
  std::uint64_t payload = kBytesOfFrame;  // the closing frame
  if (!terms.hosts) return payload;
  for (const HostOrder& host : *terms.hosts) {
    const std::uint64_t ports = host.tcp.size() + host.udp.size();
    const std::uint64_t groups = std::min<std::uint64_t>(ports, kMaxGroupsPerHost);
    payload += kBytesOfHost + kBytesOfGroup * groups + kBytesOfPort * ports;
    if (terms.identify) payload += kBytesOfService * ports;
  }
  // A frame may be no more than half full; and a little for the first ones.
  return 2 * payload + 16 * 1024;
}

void RoundState::Begin() {
  begun_ = true;
  came_.assign(hosts(), false);
}

Result<void> RoundState::Claim(const std::vector<HostRun>& runs) {
  for (const HostRun& run : runs) {
    if (run.first >= hosts() || run.count > hosts() - run.first)
      return Corrupt("hosts: a host that wasn't asked");
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      if (came_[i]) return Corrupt("hosts: a host comes twice in a round");
      came_[i] = true;
    }
  }
  return {};
}

Result<void> RoundState::CheckPorts(const HostRun& run, const std::vector<PortGroup>& groups) {
  for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
    const HostOrder& host = (*terms_.hosts)[i];
    for (const PortGroup& group : groups) {
      const PortSet& asked = AskedOf(host, group.protocol);
      const bool in_order = group.all ? !asked.empty() : asked.Contains(group.ports);
      if (!in_order) return Corrupt("groups: a port that wasn't asked");
      ports_ += group.all ? asked.size() : group.ports.size();
    }
  }
  return {};
}

Result<void> RoundState::AddPart(HostsEntry entry, RoundListener& listener) {
  if (entry.runs.size() != 1 || entry.runs[0].count != 1)
    return Corrupt("more: only a single host can go on");
  const HostRun& host = entry.runs[0];
  if (!open_host_) {
    if (auto claimed = Claim(entry.runs); !claimed) return claimed;
    open_host_ = host.first;
  } else if (*open_host_ != host.first) {
    return Corrupt("more: another host came");
  }
  // The ports are within what was asked, so what is kept is, too.
  if (auto checked = CheckPorts(host, entry.groups); !checked) return checked;
  for (PortGroup& group : entry.groups) {
    if (!open_groups_.empty() && AlikeButForPorts(open_groups_.back(), group)) {
      if (Overlap(open_groups_.back().ports, group.ports))
        return Corrupt("groups: a port comes twice");
      open_groups_.back().ports.Add(group.ports);
    } else if (open_groups_.size() == kMaxGroupsPerHost) {
      return Corrupt("groups: more than 1024 of one host");
    } else {
      open_groups_.push_back(std::move(group));
    }
  }
  if (entry.more) return {};
  if (auto apart = CheckApart(open_groups_); !apart) return apart;
  listener.OnHosts(host, open_groups_);
  open_host_.reset();
  open_groups_ = {};
  return {};
}

Result<void> RoundState::AddHosts(HostsEntry entry, RoundListener& listener) {
  if (entry.more || open_host_) return AddPart(std::move(entry), listener);
  if (auto apart = CheckApart(entry.groups); !apart) return apart;
  if (auto claimed = Claim(entry.runs); !claimed) return claimed;
  for (const HostRun& run : entry.runs) {
    if (auto checked = CheckPorts(run, entry.groups); !checked) return checked;
  }
  for (const HostRun& run : entry.runs) listener.OnHosts(run, entry.groups);
  return {};
}

Result<void> RoundState::AddService(const ServicePayload& service, RoundListener& listener) {
  if (!terms_.identify) return Corrupt("a service comes in a round that doesn't identify");
  if (service.host >= hosts()) return Corrupt("host: a host that wasn't asked");
  const HostOrder& host = (*terms_.hosts)[service.host];
  if (!AskedOf(host, service.protocol).Contains(service.port))
    return Corrupt("port: a port that wasn't asked");
  if (!services_.emplace(service.host, service.protocol, service.port).second)
    return Corrupt("a service comes twice in a round");
  listener.OnService({{host.address, service.protocol, service.port}, service.service});
  return {};
}

Result<void> RoundState::Close(const SweepTotals& totals) {
  if (open_host_) return Corrupt("a host goes on, and the round is closed");
  if (totals.ports != ports_) {
    return Corrupt("ports: the closing frame counts " + std::to_string(totals.ports) + ", " +
                   std::to_string(ports_) + " came");
  }
  closed_ = true;
  totals_ = totals;
  came_ = {};
  services_ = {};
  terms_.hosts.reset();
  return {};
}

}  // namespace podreach::wire
