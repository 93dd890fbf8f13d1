#include "policy/unit_table.h"

#include <algorithm>
#include <numeric>

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
    : classes_(classes),
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
  AddPods(snapshot, classes);
  first_range_ = static_cast<UnitId>(units_.size());
  for (AddressClass i = 0; i < addresses_.class_count(); ++i) {
    auto& unit = units_.emplace_back();
    unit.kind = EndKind::kOutside;
    unit.addresses = i;
  }
  by_address_.resize(addresses_.class_count());
  for (UnitId id = 0; id < units_.size(); ++id) {
    (units_[id].addresses ? by_address_[*units_[id].addresses] : without_address_).push_back(id);
  }
}

void UnitTable::AddPods(const Snapshot& snapshot, const ClassTable& classes) {
  of_sight_.resize(classes.kind_count());
  unit_of_.resize(snapshot.pods.size());
  std::map<std::pair<std::uint32_t, std::optional<AddressClass>>, UnitId> known;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    const auto& pod = snapshot.pods[i];
    const auto pod_class = classes.ClassOf(i);
    if (!pod_class) continue;
    std::optional<AddressClass> addresses;
    if (!pod.ips.empty()) addresses = addresses_.ClassOf(pod.ips.front());
    if (pod.host_network) {
      unit_of_[i] = AddNode(pod, addresses);
      continue;
    }
    const auto sight = classes.KindOf(*pod_class);
    const auto [found, added] =
        known.try_emplace({sight, addresses}, static_cast<UnitId>(units_.size()));
    unit_of_[i] = found->second;
    if (!added) continue;
    auto& unit = units_.emplace_back();
    unit.pods = &classes.Get(*pod_class);
    unit.sight = sight;
    unit.addresses = addresses;
    of_sight_[sight].push_back(found->second);
    pods_.push_back(found->second);
  }
}

UnitId UnitTable::AddNode(const Pod& pod, const std::optional<AddressClass>& addresses) {
  Unit unit;
  unit.kind = EndKind::kNode;
  unit.addresses = addresses;
  const auto labels = node_labels_.find(pod.node);
  unit.node_known = labels != node_labels_.end();
  for (std::size_t i = 0; unit.node_known && i < node_selectors_.size(); ++i) {
    if (node_selectors_[i].Matches(labels->second)) unit.matching_nodes.push_back(i);
  }
  const auto other = static_cast<UnitId>(units_.size()) + static_cast<UnitId>(NodeRelation::kOther);
  const auto [found, added] =
      known_nodes_.try_emplace({addresses, unit.node_known, unit.matching_nodes}, other);
  if (!added) return found->second;
  for (const auto relation : kNodeRelations) {
    const auto id = static_cast<UnitId>(units_.size());
    nodes_.at(static_cast<std::size_t>(relation)).units.push_back(id);
    node_units_.push_back(id);
    unit.relation = relation;
    units_.push_back(unit);
  }
  return other;
}

UnitId UnitTable::UnitOfRange(std::size_t range) const {
  return first_range_ + addresses_.ClassOfRange(range);
}

PeerMatch UnitTable::MatchBlocks(const RulePeer& peer, const Unit& unit) const {
  const bool by_profile = unit.kind == EndKind::kPod    ? profile_.ip_blocks_match_pods
                          : unit.kind == EndKind::kNode ? profile_.ip_blocks_match_nodes
                                                        : true;
  if (!by_profile) return PeerMatch::kNo;
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
            return classes_.Matches(pods.set, unit.pods->id);
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
  const auto add = [&](const std::vector<UnitId>& units) {
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
        // A kind of pods that were made up has no unit.
        for (const auto sight : classes_.KindsIn(pods.set)) {
          if (sight < of_sight_.size()) add(of_sight_[sight]);
        }
      }
    }
    if (peer.nodes) add(node_units_);
    for (UnitId id = first_range_; peer.outside && id < units_.size(); ++id)
      candidates.push_back(id);
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
