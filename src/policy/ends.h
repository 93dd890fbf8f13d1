#pragma once

#include <map>
#include <string>
#include <string_view>

#include "policy/families.h"
#include "policy/policy_class.h"
#include "policy/rule.h"
#include "policy/tier_walk.h"

namespace podreach::policy {

enum class EndKind : std::uint8_t { kPod, kNode, kOutside };

/// The nodes' labels, by name.
using NodeLabels = std::map<std::string, Labels, std::less<>>;
[[nodiscard]] NodeLabels NodeLabelsOf(const Snapshot& snapshot);

enum class PeerMatch : std::uint8_t {
  kNo,
  kYes,
  kMaybe,         ///< the peer's own doubt
  kNeedsAddress,  ///< an address that isn't known would tell
  kNotByProfile,  ///< it would match, but for the enforcer's known deviation
};

/// Whether the enforcer matches ends of the kind by their addresses.
[[nodiscard]] bool MatchesByAddress(EndKind kind, const EnforcerProfile& profile);

/// Whether blocks hold an end whose address isn't known, in a connection of one family: by the
/// CIDRs of that family in which it may be, or all of the family where there are none. Any block
/// that touches one of them without holding all of it leaves that open.
[[nodiscard]] PeerMatch MatchUnplaced(const std::vector<IpBlock>& blocks,
                                      const std::vector<Cidr>& cidrs, Family family);

/// One of them must hold; none: nothing is asked.
template <class MatchFunction>
PeerMatch MatchOneOf(const std::vector<RulePeer>& peers, const MatchFunction& match) {
  PeerMatch best = peers.empty() ? PeerMatch::kYes : PeerMatch::kNo;
  for (const auto& peer : peers) {
    const PeerMatch one = match(peer);
    if (one == PeerMatch::kYes) return one;
    if (best == PeerMatch::kNo || best == PeerMatch::kNotByProfile) best = one;
  }
  return best;
}

/// Two ends of a connection, seen from one of them: the source's egress, or the destination's
/// ingress.
class Ends final : public RuleMatcher {
 public:
  /// `subject` is whose policies are asked, `other` the far end, both as a connection of the family
  /// meets them. All must outlive this.
  Ends(const ClassTable& classes, const EnforcerProfile& profile, const NodeLabels& nodes,
       Direction direction, const PolicyPeer& subject, const PolicyPeer& other, Family family);

  [[nodiscard]] EndKind subject_kind() const { return subject_kind_; }
  [[nodiscard]] EndKind other_kind() const { return other_kind_; }
  [[nodiscard]] bool OtherIsOwnNode() const;
  /// How the far end matches, the rule's doubts included.
  [[nodiscard]] PeerMatch MatchPeer(const Rule& rule, const RulePeer& peer) const;
  /// The numbers that the rule means for this peer.
  [[nodiscard]] PortSet PortsFor(const Rule& rule, const RulePeer& peer, Protocol protocol) const;

  void Ask(Protocol protocol) { protocol_ = protocol; }
  [[nodiscard]] RuleMatch Match(const PolicyRules& policy, const Rule& rule) const override;

 private:
  [[nodiscard]] EndKind KindOf(const PolicyPeer& peer) const;
  [[nodiscard]] PeerMatch MatchEnd(const RulePeer& peer, const PolicyPeer& end, EndKind kind) const;
  [[nodiscard]] PeerMatch MatchBlocks(const std::vector<IpBlock>& blocks, const PolicyPeer& end,
                                      EndKind kind) const;
  [[nodiscard]] PeerMatch MatchNode(const RulePeer& peer, const PolicyPeer& end) const;

  const ClassTable& classes_;
  const EnforcerProfile& profile_;
  const NodeLabels& nodes_;
  Direction direction_;
  const PolicyPeer& subject_;
  const PolicyPeer& other_;
  Family family_;
  EndKind subject_kind_;
  EndKind other_kind_;
  Protocol protocol_ = Protocol::kTcp;
};

}  // namespace podreach::policy
