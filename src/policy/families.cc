#include "policy/families.h"

#include <algorithm>

namespace podreach::policy {
namespace {

bool IsV6(const Cidr& cidr) { return !cidr.network().is_v4(); }

bool NamesIpv6(const RulePeer& peer) {
  return peer.blocks && std::ranges::any_of(*peer.blocks, [](const IpBlock& block) {
           return IsV6(block.cidr) || std::ranges::any_of(block.except, IsV6);
         });
}

bool NamesIpv6(const Rule& rule) {
  const auto names = [](const RulePeer& peer) { return NamesIpv6(peer); };
  return std::ranges::any_of(rule.own, names) || std::ranges::any_of(rule.peers, names);
}

EndFamilies Of(FamilySet has, FamilySet unplaced) {
  return {has.empty() ? unplaced : has, !has.empty(), false};
}

}  // namespace

EndFamilies FamiliesOf(const PolicyPeer& end, FamilySet unplaced) {
  FamilySet has;
  if (end.address) has.Add(end.address->family());
  if (end.alternate) has.Add(end.alternate->family());
  auto families = Of(has, unplaced);
  families.is_fixed = families.known && !end.pod_class && !end.is_node;
  return families;
}

EndFamilies FamiliesOf(const std::vector<IpAddress>& addresses, FamilySet unplaced) {
  FamilySet has;
  for (const auto& address : addresses) has.Add(address.family());
  return Of(has, unplaced);
}

std::optional<IpAddress> AddressIn(Family family, const PolicyPeer& end) {
  for (const auto& address : {end.address, end.alternate})
    if (address && address->family() == family) return address;
  return std::nullopt;
}

PolicyPeer SeenIn(Family family, const PolicyPeer& end) {
  PolicyPeer seen = end;
  seen.address = AddressIn(family, end);
  seen.alternate.reset();
  return seen;
}

bool HasIpv6(const PolicyRules& policy) {
  const auto names = [](const Rule& rule) { return NamesIpv6(rule); };
  return std::ranges::any_of(policy.ingress_rules, names) ||
         std::ranges::any_of(policy.egress_rules, names);
}

bool HasIpv6(const Pod& pod) {
  return pod.IsLive() && std::ranges::any_of(pod.ips, [](const IpAddress& address) { return !address.is_v4(); });
}

bool HasIpv6(const Snapshot& snapshot, const std::vector<PolicyRules>& policies,
             const EnforcerProfile& profile) {
  return std::ranges::any_of(profile.pod_cidrs, IsV6) ||
         std::ranges::any_of(snapshot.pods, [](const Pod& pod) { return HasIpv6(pod); }) ||
         std::ranges::any_of(policies, [](const PolicyRules& policy) { return HasIpv6(policy); });
}

FamilySet UnplacedFamilies(const EnforcerProfile& profile, bool has_ipv6) {
  FamilySet families;
  for (const auto& cidr : profile.pod_cidrs) families.Add(cidr.network().family());
  if (!families.empty()) return families;
  families.Add(Family::kV4);
  if (has_ipv6) families.Add(Family::kV6);
  return families;
}

}  // namespace podreach::policy
