#include "podreach/policy/intended_matrix.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace podreach {
namespace {

constexpr std::array kProtocols = {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp};

IpAddress Before(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes{};
  const auto from = address.bytes();
  std::copy(from.begin(), from.end(), bytes.begin());
  for (std::size_t i = from.size(); i-- > 0;) {
    if (bytes[i]-- != 0) break;
  }
  return *IpAddress::FromBytes({bytes.data(), from.size()});
}

bool HasV6(const Snapshot& snapshot, const std::set<IpAddress>& starts) {
  const auto v6 = [](const IpAddress& address) { return !address.is_v4(); };
  return std::any_of(starts.begin(), starts.end(), v6) ||
         std::any_of(snapshot.pods.begin(), snapshot.pods.end(), [&](const Pod& pod) {
           return std::any_of(pod.ips.begin(), pod.ips.end(), v6);
         });
}

/// Where a range begins for an ipBlock: at its parts, and right behind them.
void AddStarts(const IpBlock& block, std::set<IpAddress>& starts) {
  const auto add = [&](const Cidr& cidr) {
    starts.insert(cidr.network());
    if (const auto next = cidr.last().Next()) starts.insert(*next);
  };
  add(block.cidr);
  for (const Cidr& except : block.except) add(except);
}

std::string EndOf(const Pod& pod, GroupBy group_by) {
  switch (group_by) {
    case GroupBy::kWorkload:
      return pod.workload.ToString();
    case GroupBy::kPod:
      return pod.from_template ? pod.workload.ToString() : pod.ns + "/" + pod.name + "[Pod]";
    case GroupBy::kNamespace:
      return pod.ns;
  }
  return {};
}

bool IsNothing(const IntendedConnection& connection) {
  return connection.because.empty() &&
         std::all_of(connection.ports.begin(), connection.ports.end(),
                     [](const PortSet& ports) { return ports.empty(); });
}

}  // namespace

IntendedMatrix::IntendedMatrix(const Evaluator& evaluator, GroupBy group_by)
    : evaluator_(evaluator) {
  CutRanges();
  AddEnds(group_by);
}

void IntendedMatrix::CutRanges() {
  std::set<IpAddress> starts;
  for (const NetworkPolicy& policy : evaluator_.snapshot().network_policies) {
    for (const auto* rules : {&policy.ingress, &policy.egress}) {
      for (const NetworkPolicyRule& rule : *rules) {
        for (const NetworkPolicyPeer& peer : rule.peers) {
          if (peer.ip_block) AddStarts(*peer.ip_block, starts);
        }
      }
    }
  }
  const bool v6 = HasV6(evaluator_.snapshot(), starts);
  starts.insert(IpAddress::V4(0));
  if (v6) starts.insert(*IpAddress::Parse("::"));
  for (auto start = starts.begin(); start != starts.end(); ++start) {
    if (!v6 && !start->is_v4()) continue;
    const auto next = std::next(start);
    const bool last = next == starts.end() || next->family() != start->family();
    const IpAddress end =
        !last ? Before(*next)
              : *IpAddress::Parse(start->is_v4() ? "255.255.255.255"
                                                 : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    ranges_.push_back({*start, end});
  }
}

std::size_t IntendedMatrix::RangeOf(const IpAddress& address) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](const IpAddress& a, const Range& range) { return a < range.first; });
  return static_cast<std::size_t>(after - ranges_.begin());
}

void IntendedMatrix::AddEnds(GroupBy group_by) {
  const Snapshot& snapshot = evaluator_.snapshot();
  using Key = std::tuple<std::optional<ClassId>, std::size_t, std::string, bool>;
  std::map<Key, std::size_t> known;
  std::map<std::string, std::map<std::size_t, bool>> ends;  // peers, and whether of several pods
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    const Pod& pod = snapshot.pods[i];
    if (!pod.IsLive()) continue;
    PolicyPeer peer{evaluator_.ClassOf(i), std::nullopt, pod.node, pod.host_network};
    if (!pod.ips.empty()) peer.address = pod.ips.front();
    const std::size_t range = peer.address ? 1 + RangeOf(*peer.address) : 0;
    // Each pod is an end of its own, so each is a peer of its own.
    const std::string apart = group_by == GroupBy::kPod ? "/" + pod.ns + "/" + pod.name : "";
    const auto [found, added] = known.try_emplace(
        {peer.pod_class, range, pod.node + apart, pod.host_network}, peers_.size());
    if (added) {
      peers_.push_back({peer, std::nullopt});
      if (pod.from_template) peers_.back().another = peer;
    } else if (!peers_[found->second].another) {
      peers_[found->second].another = peer;
    }
    const auto [member, first] = ends[EndOf(pod, group_by)].try_emplace(found->second, false);
    member->second = !first || pod.from_template;
  }
  for (auto& [name, members] : ends) {
    ends_.push_back(name);
    auto& list = members_.emplace_back();
    for (const auto& [peer, several] : members) list.push_back({peer, several});
  }
}

IntendedMatrix::Answer IntendedMatrix::Ask(const PolicyPeer& source,
                                           const PolicyPeer& destination) const {
  Answer answer;
  for (const Protocol protocol : kProtocols) {
    auto& ports = answer.ports[static_cast<std::size_t>(protocol)];
    if (auto allowed = evaluator_.AllowedPorts(source, destination, protocol)) {
      ports = *std::move(allowed);
      continue;
    }
    if (!answer.because.empty()) continue;
    answer.because = "a port of " + std::string(ToString(protocol)) + " can't be judged";
    for (const unsigned number : {80U, 443U, 53U, 1U, 65535U, 8080U, 5432U}) {
      const Judgement judgement = evaluator_.Judge(source, destination, protocol,
                                                   *Port::From(static_cast<std::uint16_t>(number)));
      if (judgement.expectation != Expectation::kUnknown) continue;
      answer.because = judgement.rules.front().text;
      break;
    }
  }
  return answer;
}

void IntendedMatrix::GivePods(std::size_t source, const Give& give) const {
  std::map<std::pair<std::size_t, std::size_t>, Answer> asked;  // of this source's peers
  for (std::size_t destination = 0; destination < members_.size(); ++destination) {
    IntendedConnection connection{source, destination, {}, {}};
    for (const auto& [from, several] : members_[source]) {
      for (const auto& [to, ignored] : members_[destination]) {
        // One pod's connection to itself is none.
        if (source == destination && from == to && !several) continue;
        auto [answer, added] = asked.try_emplace({from, to});
        if (added)
          answer->second =
              Ask(peers_[from].one, from == to ? *peers_[from].another : peers_[to].one);
        for (std::size_t i = 0; i < connection.ports.size(); ++i)
          connection.ports[i].Add(answer->second.ports[i]);
        if (connection.because.empty()) connection.because = answer->second.because;
      }
    }
    if (!IsNothing(connection)) give(connection);
  }
}

std::size_t IntendedMatrix::NameRange(std::size_t first, std::size_t last) {
  const auto [found, added] = range_ends_.try_emplace({first, last}, ends_.size());
  if (added) ends_.push_back(ranges_[first].first.ToString() + "-" + ranges_[last].last.ToString());
  return found->second;
}

void IntendedMatrix::GiveRanges(std::size_t inside, bool inward, const Give& give) {
  const auto ask = [&](const Range& range) {
    Answer joined;
    for (const Member& member : members_[inside]) {
      const PolicyPeer& pod = peers_[member.peer].one;
      // The pod's own address is no address outside.
      PolicyPeer outside{std::nullopt, range.first, {}, false};
      if (pod.address == range.first) outside.address = range.last;
      if (pod.address == outside.address) continue;
      const Answer answer = inward ? Ask(outside, pod) : Ask(pod, outside);
      for (std::size_t i = 0; i < joined.ports.size(); ++i) joined.ports[i].Add(answer.ports[i]);
      if (joined.because.empty()) joined.because = answer.because;
    }
    return joined;
  };
  for (std::size_t first = 0; first < ranges_.size();) {
    const Answer answer = ask(ranges_[first]);
    std::size_t last = first;
    while (last + 1 < ranges_.size() &&
           ranges_[last + 1].first.family() == ranges_[first].first.family() &&
           ask(ranges_[last + 1]) == answer)
      ++last;
    IntendedConnection connection{inside, inside, answer.ports, answer.because};
    if (!IsNothing(connection)) {
      (inward ? connection.source : connection.destination) = NameRange(first, last);
      give(connection);
    }
    first = last + 1;
  }
}

void IntendedMatrix::ForEach(const Give& give) {
  for (std::size_t source = 0; source < members_.size(); ++source) {
    GivePods(source, give);
    GiveRanges(source, false, give);
  }
  for (std::size_t inside = 0; inside < members_.size(); ++inside) GiveRanges(inside, true, give);
}

}  // namespace podreach
