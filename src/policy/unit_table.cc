#include "policy/unit_table.h"

#include <algorithm>
#include <utility>

namespace podreach::policy {
namespace {

template <class Visitor>
void EachPeer(const std::vector<PolicyRules>& policies, const Visitor& visit) {
  for (const auto& policy : policies) {
    for (const auto* rules : {&policy.ingress_rules, &policy.egress_rules}) {
      for (const auto& rule : *rules) {
        for (const auto& own : rule.own) visit(own);
        for (const auto& peer : rule.peers) visit(peer);
      }
    }
  }
}

AddressSpace CutBy(const std::vector<PolicyRules>& policies, bool ipv6) {
  std::vector<const IpBlock*> blocks;
  EachPeer(policies, [&](const RulePeer& peer) {
    if (!peer.blocks) return;
    for (const auto& block : *peer.blocks) blocks.push_back(&block);
  });
  return {blocks, ipv6};
}

FamilySet PlacedIn(UnitTable::Ipv6 ipv6, bool has_ipv6) {
  FamilySet families;
  if (ipv6 == UnitTable::Ipv6::kOutsideAlone) return families;
  families.Add(Family::kV4);
  if (has_ipv6 || ipv6 == UnitTable::Ipv6::kAlso) families.Add(Family::kV6);
  return families;
}

}  // namespace

UnitTable::UnitTable(const Snapshot& snapshot, const ClassTable& classes,
                     const EnforcerProfile& profile, const std::vector<PolicyRules>& policies,
                     Ipv6 ipv6)
    : UnitTable(snapshot, classes, profile, policies, ipv6, HasIpv6(snapshot, policies, profile)) {}

UnitTable::UnitTable(const Snapshot& snapshot, const ClassTable& classes,
                     const EnforcerProfile& profile, const std::vector<PolicyRules>& policies,
                     Ipv6 ipv6, bool has_ipv6)
    : snapshot_(snapshot),
      classes_(classes),
      profile_(profile),
      node_labels_(NodeLabelsOf(snapshot)),
      unplaced_(UnplacedFamilies(profile, has_ipv6)),
      addresses_(CutBy(policies, has_ipv6 || ipv6 != Ipv6::kWhereUsed)),
      placed_in_(PlacedIn(ipv6, has_ipv6)) {
  EachPeer(policies, [&](const RulePeer& peer) {
    if (peer.node_labels) node_selectors_.push_back(*peer.node_labels);
  });
  for (const auto& policy : policies) {
    if (policy.nodes) node_selectors_.push_back(*policy.nodes);
  }
  std::sort(node_selectors_.begin(), node_selectors_.end());
  node_selectors_.erase(std::unique(node_selectors_.begin(), node_selectors_.end()),
                        node_selectors_.end());
  by_address_.resize(addresses_.class_count());
  units_of_.resize(snapshot.pods.size());
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) Place(i, Because::kAnother);
  std::vector<Family> families(addresses_.class_count());
  for (std::size_t range = 0; range < addresses_.ranges().size(); ++range)
    families[addresses_.ClassOfRange(range)] = addresses_.ranges()[range].first.family();
  for (AddressClass i = 0; i < addresses_.class_count(); ++i) {
    Unit unit;
    unit.kind = EndKind::kOutside;
    unit.family = families[i];
    unit.addresses = i;
    outside_.push_back(Add(std::move(unit)));
  }
}

UnitId UnitTable::Add(Unit unit) {
  const auto id = static_cast<UnitId>(units_.size());
  (unit.addresses ? by_address_[*unit.addresses] : without_address_).push_back(id);
  switch (unit.kind) {
    case EndKind::kPod:
      if (of_kind_.size() <= unit.pods) of_kind_.resize(unit.pods + 1);
      of_kind_[unit.pods].push_back(id);
      pods_.push_back(id);
      break;
    case EndKind::kNode:
      nodes_.at(static_cast<std::size_t>(unit.relation)).units.push_back(id);
      node_units_.push_back(id);
      break;
    case EndKind::kOutside:
      break;
  }
  units_.push_back(std::move(unit));
  return id;
}

UnitTable::Where UnitTable::WhereIs(const std::vector<IpAddress>& addresses, Family family) const {
  Where where{family, std::nullopt};
  const auto at = std::ranges::find(addresses, family, &IpAddress::family);
  if (at != addresses.end()) where.addresses = addresses_.ClassOf(*at);
  return where;
}

void UnitTable::Place(std::size_t i, Because because) {
  if (units_of_.size() <= i) units_of_.resize(i + 1);
  const auto& pod = snapshot_.pods[i];
  const auto pod_class = classes_.ClassOf(i);
  if (!pod_class) return;
  EndUnits units;
  units.families = FamiliesOf(pod.ips, unplaced_);
  for (const auto family : kFamilies) {
    if (!placed_in_.Has(family) && !units.families.may.Has(family)) continue;
    const auto old = units_of_[i].of.at(IndexOf(family));
    const bool parted = because == Because::kParted && old != EndUnits::kNone;
    const auto part_of = parted ? std::optional(old) : std::nullopt;
    const auto where = WhereIs(pod.ips, family);
    units.of.at(IndexOf(family)) = pod.host_network
                                       ? AddNode(pod.node, where, part_of)
                                       : AddPods(classes_.KindOf(*pod_class), where, part_of);
  }
  units_of_[i] = units;
}

UnitId UnitTable::UnitOf(const PolicyPeer& end, Family family) {
  Where where{family, std::nullopt};
  if (const auto address = AddressIn(family, end)) where.addresses = addresses_.ClassOf(*address);
  const bool node = end.is_node || (end.pod_class && classes_.Get(*end.pod_class).host_network);
  if (node) return AddNode(end.node, where, std::nullopt);
  if (end.pod_class) return AddPods(classes_.KindOf(*end.pod_class), where, std::nullopt);
  if (where.addresses) return outside_[*where.addresses];
  auto& nowhere = nowhere_.at(IndexOf(family));
  if (!nowhere) {
    Unit unit;
    unit.kind = EndKind::kOutside;
    unit.family = family;
    nowhere = Add(std::move(unit));
  }
  return *nowhere;
}

EndUnits UnitTable::UnitsOf(const PolicyPeer& end) {
  EndUnits units;
  units.families = FamiliesOf(end, unplaced_);
  for (const auto family : kFamilies) {
    if (units.families.may.Has(family)) units.of.at(IndexOf(family)) = UnitOf(end, family);
  }
  return units;
}

UnitId UnitTable::AddPods(KindId kind, const Where& where, std::optional<UnitId> part_of) {
  const auto [found, added] =
      known_pods_.try_emplace({kind, where}, static_cast<UnitId>(units_.size()));
  if (!added) return found->second;
  Unit unit;
  unit.pods = kind;
  unit.family = where.family;
  unit.addresses = where.addresses;
  unit.part_of = part_of;
  return Add(std::move(unit));
}

/// A node's three units stand one behind the other; gives that of another node.
UnitId UnitTable::AddNode(const std::string& node, const Where& where,
                          std::optional<UnitId> part_of) {
  Unit unit;
  unit.kind = EndKind::kNode;
  unit.family = where.family;
  unit.addresses = where.addresses;
  const auto labels = node_labels_.find(node);
  unit.node_known = labels != node_labels_.end();
  for (std::size_t i = 0; unit.node_known && i < node_selectors_.size(); ++i) {
    if (node_selectors_[i].Matches(labels->second)) unit.matching_nodes.push_back(i);
  }
  const auto other = static_cast<UnitId>(units_.size()) + static_cast<UnitId>(NodeRelation::kOther);
  const auto [found, added] =
      known_nodes_.try_emplace({where, unit.node_known, unit.matching_nodes}, other);
  if (!added) return found->second;
  for (const auto relation : kNodeRelations) {
    unit.relation = relation;
    if (part_of) unit.part_of = Related(*part_of, relation);
    Add(unit);
  }
  return other;
}

std::vector<std::size_t> UnitTable::Cut(const IpBlock& block) {
  const auto parted = addresses_.Cut(block);
  if (parted.empty()) return {};
  by_address_.resize(addresses_.class_count());
  for (const auto& [old, added] : parted) {
    Unit unit;
    unit.kind = EndKind::kOutside;
    unit.family = block.cidr.network().family();
    unit.addresses = added;
    unit.part_of = outside_[old];
    outside_.push_back(Add(std::move(unit)));
  }
  std::vector<std::size_t> moved;
  for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
    const auto& pod = snapshot_.pods[i];
    const bool inside = std::ranges::any_of(
        pod.ips, [&](const IpAddress& address) { return block.Contains(address); });
    if (!classes_.ClassOf(i) || !inside) continue;
    const auto before = units_of_[i];
    Place(i, Because::kParted);
    if (units_of_[i] != before) moved.push_back(i);
  }
  return moved;
}

std::span<const UnitId> UnitTable::UnitsOfKind(KindId kind) const {
  if (kind >= of_kind_.size()) return {};  // of pods that were made up
  return of_kind_[kind];
}

UnitId UnitTable::UnitOfRange(std::size_t range) const {
  return outside_[addresses_.ClassOfRange(range)];
}

PeerMatch UnitTable::MatchBlocks(const RulePeer& peer, const Unit& unit) const {
  if (!MatchesByAddress(unit.kind, profile_)) return PeerMatch::kNo;
  if (!unit.addresses) {
    static const std::vector<Cidr> kAnywhere;
    return MatchUnplaced(*peer.blocks,
                         unit.kind == EndKind::kPod ? profile_.pod_cidrs : kAnywhere, unit.family);
  }
  const bool holds =
      std::any_of(peer.blocks->begin(), peer.blocks->end(), [&](const IpBlock& block) {
        const auto in = addresses_.ClassesIn(block);
        return std::binary_search(in.begin(), in.end(), *unit.addresses);
      });
  return holds ? PeerMatch::kYes : PeerMatch::kNo;
}

PeerMatch UnitTable::MatchNode(const RulePeer& peer, const Unit& unit) const {
  if (peer.which_nodes != RulePeer::Which::kAny) {
    if (unit.relation == NodeRelation::kUnknown) return PeerMatch::kMaybe;
    const bool own = unit.relation == NodeRelation::kOwn;
    if (own != (peer.which_nodes == RulePeer::Which::kOwn)) return PeerMatch::kNo;
  }
  return peer.node_labels ? MatchNodeLabels(*peer.node_labels, unit) : PeerMatch::kYes;
}

PeerMatch UnitTable::MatchNodeLabels(const LabelSelector& selector, const Unit& unit) const {
  if (selector.empty()) return PeerMatch::kYes;
  if (!unit.node_known) return PeerMatch::kMaybe;
  const auto at = std::lower_bound(node_selectors_.begin(), node_selectors_.end(), selector) -
                  node_selectors_.begin();
  return std::binary_search(unit.matching_nodes.begin(), unit.matching_nodes.end(),
                            static_cast<std::size_t>(at))
             ? PeerMatch::kYes
             : PeerMatch::kNo;
}

PeerMatch UnitTable::MatchOne(const RulePeer& peer, const Unit& unit) const {
  auto match = PeerMatch::kYes;
  switch (unit.kind) {
    case EndKind::kPod:
      if (!peer.pods) return PeerMatch::kNo;
      if (peer.any_of &&
          std::none_of(peer.any_of->begin(), peer.any_of->end(), [&](const PodPeer& pods) {
            return classes_.Matches(pods.set, unit.pods);
          })) {
        return PeerMatch::kNo;
      }
      break;
    case EndKind::kNode:
      if (!peer.nodes) return PeerMatch::kNo;
      match = MatchNode(peer, unit);
      break;
    case EndKind::kOutside:
      if (!peer.outside) return PeerMatch::kNo;
      break;
  }
  if (match == PeerMatch::kNo) return match;
  if (peer.blocks) {
    const auto by_address = MatchBlocks(peer, unit);
    if (by_address != PeerMatch::kYes) return by_address;
  }
  return peer.doubt.empty() ? match : PeerMatch::kMaybe;
}

UnitSet UnitTable::Complemented(std::vector<UnitId> units) const {
  if (units.size() <= units_.size() / 2) return {false, std::move(units)};
  UnitSet set;
  set.all_but = true;
  auto in = units.begin();
  for (UnitId id = 0; id < units_.size(); ++id) {
    if (in != units.end() && *in == id) {
      ++in;
    } else {
      set.units.push_back(id);
    }
  }
  return set;
}

/// Every unit that may match, and some more.
std::vector<UnitId> UnitTable::Candidates(const RulePeer& peer) const {
  std::vector<UnitId> candidates;
  const auto add = [&](std::span<const UnitId> units) {
    candidates.insert(candidates.end(), units.begin(), units.end());
  };
  if (peer.blocks && !peer.any_of) {
    for (const auto& block : *peer.blocks) {
      for (const auto addresses : addresses_.ClassesIn(block)) add(by_address_[addresses]);
    }
    add(without_address_);
  } else {
    if (peer.pods && !peer.any_of) add(pods_);
    if (peer.pods && peer.any_of) {
      for (const auto& pods : *peer.any_of) {
        for (const auto kind : classes_.KindsIn(pods.set)) add(UnitsOfKind(kind));
      }
    }
    if (peer.nodes) add(node_units_);
    if (peer.outside) add(outside_);
    for (const auto& nowhere : nowhere_)
      if (peer.outside && nowhere) candidates.push_back(*nowhere);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

UnitTable::Matched UnitTable::Match(const RulePeer& peer) const {
  const auto candidates = Candidates(peer);
  std::vector<UnitId> yes;
  std::vector<UnitId> maybe;
  // Without blocks the candidates are the matches.
  const bool plain = !peer.blocks && peer.doubt.empty();
  for (const auto id : candidates) {
    const auto match =
        plain && units_[id].kind != EndKind::kNode ? PeerMatch::kYes : MatchOne(peer, units_[id]);
    if (match == PeerMatch::kYes) {
      yes.push_back(id);
    } else if (match != PeerMatch::kNo && match != PeerMatch::kNotByProfile) {
      maybe.push_back(id);
    }
  }
  return {Complemented(std::move(yes)), Complemented(std::move(maybe))};
}

}  // namespace podreach::policy
