#include "policy/ends.h"

#include <algorithm>

namespace podreach::policy {

NodeLabels NodeLabelsOf(const Snapshot& snapshot) {
  NodeLabels labels;
  for (const auto& node : snapshot.nodes) labels.emplace(node.name, node.labels);
  return labels;
}

namespace {

bool Overlap(const Cidr& one, const Cidr& other) {
  return one.Contains(other) || other.Contains(one);
}

bool HoldsNone(const IpBlock& block, const Cidr& pods) {
  return !Overlap(block.cidr, pods) ||
         std::ranges::any_of(block.except, [&](const Cidr& out) { return out.Contains(pods); });
}

bool HoldsAll(const IpBlock& block, const Cidr& pods) {
  return block.cidr.Contains(pods) &&
         std::ranges::none_of(block.except, [&](const Cidr& out) { return Overlap(out, pods); });
}

}  // namespace

bool MatchesByAddress(EndKind kind, const EnforcerProfile& profile) {
  switch (kind) {
    case EndKind::kPod:
      return profile.ip_blocks_match_pods;
    case EndKind::kNode:
      return profile.ip_blocks_match_nodes;
    case EndKind::kOutside:
      return true;
  }
  return true;
}

PeerMatch MatchUnplaced(const std::vector<IpBlock>& blocks, const std::vector<Cidr>& cidrs,
                        Family family) {
  static const std::array kWhole = {*Cidr::Parse("0.0.0.0/0"), *Cidr::Parse("::/0")};
  bool none = true;
  bool all = true;
  bool any_cidr = false;
  const auto meet = [&](const Cidr& where) {
    none = none && std::ranges::all_of(blocks, [&](const auto& b) { return HoldsNone(b, where); });
    all = all && std::ranges::any_of(blocks, [&](const auto& b) { return HoldsAll(b, where); });
  };
  for (const auto& cidr : cidrs) {
    if (cidr.network().family() != family) continue;
    any_cidr = true;
    meet(cidr);
  }
  if (!any_cidr) meet(kWhole.at(IndexOf(family)));
  return none ? PeerMatch::kNo : all ? PeerMatch::kYes : PeerMatch::kNeedsAddress;
}

Ends::Ends(const ClassTable& classes, const EnforcerProfile& profile, const NodeLabels& nodes,
           Direction direction, const PolicyPeer& subject, const PolicyPeer& other, Family family)
    : classes_(classes),
      profile_(profile),
      nodes_(nodes),
      direction_(direction),
      subject_(subject),
      other_(other),
      family_(family),
      subject_kind_(KindOf(subject)),
      other_kind_(KindOf(other)) {}

EndKind Ends::KindOf(const PolicyPeer& peer) const {
  if (peer.is_node) return EndKind::kNode;
  if (!peer.pod_class) return EndKind::kOutside;
  return classes_.Get(*peer.pod_class).host_network ? EndKind::kNode : EndKind::kPod;
}

bool Ends::OtherIsOwnNode() const {
  return other_kind_ == EndKind::kNode && !other_.node.empty() && other_.node == subject_.node;
}

PeerMatch Ends::MatchBlocks(const std::vector<IpBlock>& blocks, const PolicyPeer& end,
                            EndKind kind) const {
  const bool by_profile = MatchesByAddress(kind, profile_);
  if (!end.address && !by_profile) return PeerMatch::kNo;
  if (!end.address) {
    static const std::vector<Cidr> kAnywhere;
    return MatchUnplaced(blocks, kind == EndKind::kPod ? profile_.pod_cidrs : kAnywhere, family_);
  }
  const bool holds = std::any_of(blocks.begin(), blocks.end(), [&](const IpBlock& block) {
    return block.Contains(*end.address);
  });
  if (!holds) return PeerMatch::kNo;
  return by_profile ? PeerMatch::kYes : PeerMatch::kNotByProfile;
}

PeerMatch Ends::MatchNode(const RulePeer& peer, const PolicyPeer& end) const {
  if (peer.which_nodes != RulePeer::Which::kAny) {
    if (end.node.empty() || subject_.node.empty()) return PeerMatch::kMaybe;
    const bool own = end.node == subject_.node;
    if (own != (peer.which_nodes == RulePeer::Which::kOwn)) return PeerMatch::kNo;
  }
  if (!peer.node_labels) return PeerMatch::kYes;
  const auto node = nodes_.find(end.node);
  if (node == nodes_.end()) return peer.node_labels->empty() ? PeerMatch::kYes : PeerMatch::kMaybe;
  return peer.node_labels->Matches(node->second) ? PeerMatch::kYes : PeerMatch::kNo;
}

PeerMatch Ends::MatchEnd(const RulePeer& peer, const PolicyPeer& end, EndKind kind) const {
  PeerMatch match = PeerMatch::kYes;
  switch (kind) {
    case EndKind::kPod:
      if (!peer.pods) return PeerMatch::kNo;
      if (peer.any_of &&
          std::none_of(peer.any_of->begin(), peer.any_of->end(), [&](const PodPeer& pods) {
            return classes_.Matches(pods.set, *end.pod_class);
          })) {
        return PeerMatch::kNo;
      }
      break;
    case EndKind::kNode:
      if (!peer.nodes) return PeerMatch::kNo;
      match = MatchNode(peer, end);
      break;
    case EndKind::kOutside:
      if (!peer.outside) return PeerMatch::kNo;
      break;
  }
  if (match == PeerMatch::kNo) return match;
  if (peer.blocks) {
    const auto by_address = MatchBlocks(*peer.blocks, end, kind);
    if (by_address != PeerMatch::kYes) return by_address;
  }
  return peer.doubt.empty() ? match : PeerMatch::kMaybe;
}

PeerMatch Ends::MatchPeer(const Rule& rule, const RulePeer& peer) const {
  auto match = MatchEnd(peer, other_, other_kind_);
  if (match == PeerMatch::kNo || match == PeerMatch::kNotByProfile) return match;
  if (!rule.own.empty()) {
    const auto own = MatchOneOf(
        rule.own, [&](const RulePeer& one) { return MatchEnd(one, subject_, subject_kind_); });
    if (own == PeerMatch::kNo || own == PeerMatch::kNotByProfile) return own;
    if (own != PeerMatch::kYes) match = own;
  }
  return match == PeerMatch::kYes && !rule.doubt.empty() ? PeerMatch::kMaybe : match;
}

/// A port's name is looked up on the destination pod. An ipBlock is no pod, even where it holds a
/// pod's address, and a node has no named ports.
PortSet Ends::PortsFor(const Rule& rule, const RulePeer& peer, Protocol protocol) const {
  const std::vector<ContainerPort>* names = nullptr;
  if (direction_ == Direction::kIngress) {
    if (subject_kind_ == EndKind::kPod)
      names = &classes_.NamedPorts(classes_.KindOf(*subject_.pod_class));
  } else if (other_kind_ == EndKind::kPod && peer.looks_up_names) {
    names = &classes_.NamedPorts(classes_.KindOf(*other_.pod_class));
  }
  return rule.ports.Resolve(protocol, names);
}

RuleMatch Ends::Match(const PolicyRules& /*policy*/, const Rule& rule) const {
  RuleMatch match;
  for (const auto& peer : rule.peers) {
    const auto matched = MatchPeer(rule, peer);
    if (matched == PeerMatch::kNo || matched == PeerMatch::kNotByProfile) continue;
    (matched == PeerMatch::kYes ? match.yes : match.maybe).Add(PortsFor(rule, peer, protocol_));
  }
  return match;
}

}  // namespace podreach::policy
