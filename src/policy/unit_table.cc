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

AddressSpace CutBy(const std::vector<PolicyRules>& policies, const Snapshot& snapshot, bool ipv6) {
  std::vector<const IpBlock*> blocks;
  EachPeer(policies, [&](const RulePeer& peer) {
    if (!peer.blocks) return;
    for (const auto& block : *peer.blocks) blocks.push_back(&block);
  });
  const bool v6 =
      ipv6 || std::any_of(snapshot.pods.begin(), snapshot.pods.end(), [](const Pod& pod) {
        return std::any_of(pod.ips.begin(), pod.ips.end(),
                           [](const IpAddress& address) { return !address.is_v4(); });
      });
  return {blocks, v6};
}

}  // namespace

UnitTable::UnitTable(const Snapshot& snapshot, const ClassTable& classes,
                     const EnforcerProfile& profile, const std::vector<PolicyRules>& policies,
                     bool ipv6)
    : snapshot_(snapshot),
      classes_(classes),
      profile_(profile),
      node_labels_(NodeLabelsOf(snapshot)),
      addresses_(CutBy(policies, snapshot, ipv6)) {
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
  unit_of_.resize(snapshot.pods.size());
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) Place(i, Because::kAnother);
  for (AddressClass i = 0; i < addresses_.class_count(); ++i) {
    Unit unit;
    unit.kind = EndKind::kOutside;
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

void UnitTable::Place(std::size_t i, Because because) {
  if (unit_of_.size() <= i) unit_of_.resize(i + 1);
  const auto& pod = snapshot_.pods[i];
  const auto pod_class = classes_.ClassOf(i);
  if (!pod_class) return;
  std::optional<AddressClass> addresses;
  if (!pod.ips.empty()) addresses = addresses_.ClassOf(pod.ips.front());
  const auto part_of = because == Because::kParted ? std::optional(unit_of_[i]) : std::nullopt;
  if (pod.host_network) {
    unit_of_[i] = AddNode(pod.node, addresses, part_of);
    return;
  }
  unit_of_[i] = AddPods(classes_.KindOf(*pod_class), addresses, part_of);
}

UnitId UnitTable::UnitOf(const PolicyPeer& end) {
  std::optional<AddressClass> addresses;
  if (end.address) addresses = addresses_.ClassOf(*end.address);
  const bool node = end.is_node || (end.pod_class && classes_.Get(*end.pod_class).host_network);
  if (node) return AddNode(end.node, addresses, std::nullopt);
  if (end.pod_class) return AddPods(classes_.KindOf(*end.pod_class), addresses, std::nullopt);
  if (addresses) return outside_[*addresses];
  if (!nowhere_) {
    Unit unit;
    unit.kind = EndKind::kOutside;
    nowhere_ = Add(std::move(unit));
  }
  return *nowhere_;
}

UnitId UnitTable::AddPods(KindId kind, std::optional<AddressClass> addresses,
                          std::optional<UnitId> part_of) {
  const auto [found, added] =
      known_pods_.try_emplace({kind, addresses}, static_cast<UnitId>(units_.size()));
  if (!added) return found->second;
  Unit unit;
  unit.pods = kind;
  unit.addresses = addresses;
  unit.part_of = part_of;
  return Add(std::move(unit));
}

/// A node's three units stand one behind the other; gives that of another node.
UnitId UnitTable::AddNode(const std::string& node, const std::optional<AddressClass>& addresses,
                          std::optional<UnitId> part_of) {
  Unit unit;
  unit.kind = EndKind::kNode;
  unit.addresses = addresses;
  const auto labels = node_labels_.find(node);
  unit.node_known = labels != node_labels_.end();
  for (std::size_t i = 0; unit.node_known && i < node_selectors_.size(); ++i) {
    if (node_selectors_[i].Matches(labels->second)) unit.matching_nodes.push_back(i);
  }
  const auto other = static_cast<UnitId>(units_.size()) + static_cast<UnitId>(NodeRelation::kOther);
  const auto [found, added] =
      known_nodes_.try_emplace({addresses, unit.node_known, unit.matching_nodes}, other);
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
    unit.addresses = added;
    unit.part_of = outside_[old];
    outside_.push_back(Add(std::move(unit)));
  }
  std::vector<std::size_t> moved;
  for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
    const auto& pod = snapshot_.pods[i];
    if (!classes_.ClassOf(i) || pod.ips.empty() || !block.Contains(pod.ips.front())) continue;
    const auto before = unit_of_[i];
    Place(i, Because::kParted);
    if (unit_of_[i] != before) moved.push_back(i);
  }
  return moved;
}

std::span<const UnitId> UnitTable::UnitsOf(KindId kind) const {
  if (kind >= of_kind_.size()) return {};  // of pods that were made up
  return of_kind_[kind];
}

UnitId UnitTable::UnitOfRange(std::size_t range) const {
  return outside_[addresses_.ClassOfRange(range)];
}

PeerMatch UnitTable::MatchBlocks(const RulePeer& peer, const Unit& unit) const {
  if (!MatchesByAddress(unit.kind, profile_)) return PeerMatch::kNo;
  if (!unit.addresses && unit.kind == EndKind::kPod)
    return MatchUnplaced(*peer.blocks, profile_.pod_cidrs);
  if (!unit.addresses) return PeerMatch::kNeedsAddress;
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
        for (const auto kind : classes_.KindsIn(pods.set)) add(UnitsOf(kind));
      }
    }
    if (peer.nodes) add(node_units_);
    if (peer.outside) add(outside_);
    if (peer.outside && nowhere_) candidates.push_back(*nowhere_);
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
