#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "policy/address_space.h"
#include "policy/ends.h"
#include "policy/policy_class.h"
#include "policy/rule.h"

namespace podreach::policy {

using UnitId = std::uint32_t;

/// What one node is to a pod: its own, another, or one of which it isn't known.
enum class NodeRelation : std::uint8_t { kOwn, kOther, kUnknown };
inline constexpr std::array kNodeRelations = {NodeRelation::kOwn, NodeRelation::kOther,
                                              NodeRelation::kUnknown};

/// Ends that no policy can tell apart, by labels, names of ports or address, wherever they are, in
/// connections of one family of addresses.
struct Unit {
  EndKind kind = EndKind::kPod;
  KindId pods = 0;  ///< which, where it is pods
  Family family = Family::kV4;
  std::optional<AddressClass> addresses;  ///< of that family; nothing: it isn't known
  NodeRelation relation = NodeRelation::kOther;  ///< of nodes
  bool node_known = true;
  std::vector<std::size_t> matching_nodes;  ///< indices of the node selectors that match
  /// What it was a part of, until a policy came that tells it apart.
  std::optional<UnitId> part_of = {};
};

/// What an end is in connections of each family. Where there is no IPv6 it has one unit.
struct EndUnits {
  static constexpr UnitId kNone = ~UnitId{0};
  std::array<UnitId, 2> of{kNone, kNone};  ///< by family
  EndFamilies families;

  /// That of the family that an end of one family is of; else IPv4's.
  [[nodiscard]] UnitId first() const { return of[0] != kNone ? of[0] : of[1]; }
  [[nodiscard]] UnitId In(Family family) const {
    const auto unit = of.at(IndexOf(family));
    return unit != kNone ? unit : first();
  }
  friend bool operator==(const EndUnits& one, const EndUnits& other) {
    return one.of == other.of && one.families == other.families;
  }
};

/// Some of the units, or all but some.
struct UnitSet {
  bool all_but = false;
  std::vector<UnitId> units;  ///< ascending
};

/// Every unit of a snapshot, and which of them a rule's peer matches.
class UnitTable {
 public:
  enum class Ipv6 : std::uint8_t {
    kWhereUsed,     ///< only where the snapshot or its policies have any
    kAlso,          ///< as if something had
    kOutsideAlone,  ///< the outside's, and of pods those of the families that they are in
  };
  UnitTable(const Snapshot& snapshot, const ClassTable& classes, const EnforcerProfile& profile,
            const std::vector<PolicyRules>& policies, Ipv6 ipv6 = Ipv6::kWhereUsed);

  [[nodiscard]] std::size_t size() const { return units_.size(); }
  [[nodiscard]] const Unit& Get(UnitId id) const { return units_[id]; }
  /// Of a live pod; a hostNetwork pod's are those of its node as another node.
  [[nodiscard]] const EndUnits& UnitsOf(std::size_t pod) const { return units_of_[pod]; }
  [[nodiscard]] static UnitId Related(UnitId node, NodeRelation relation) {
    return node - static_cast<UnitId>(NodeRelation::kOther) + static_cast<UnitId>(relation);
  }
  /// What UnitsOf says of the pods that a unit stands for: a node stands as another node.
  [[nodiscard]] UnitId PlaceOf(UnitId id) const {
    return units_[id].kind != EndKind::kNode ? id
                                             : id - static_cast<UnitId>(units_[id].relation) +
                                                   static_cast<UnitId>(NodeRelation::kOther);
  }
  [[nodiscard]] UnitId UnitOfRange(std::size_t range) const;
  [[nodiscard]] const AddressSpace& addresses() const { return addresses_; }
  [[nodiscard]] const UnitSet& Nodes(NodeRelation relation) const {
    return nodes_.at(static_cast<std::size_t>(relation));
  }

  /// The units of pods that are of a kind.
  [[nodiscard]] std::span<const UnitId> UnitsOfKind(KindId kind) const;

  // What follows adds units, along with the ClassTable; none goes away.

  /// Tells addresses apart by one more block, of a family that is there. Gives the pods that are of
  /// other units since.
  [[nodiscard]] std::vector<std::size_t> Cut(const IpBlock& block);
  /// Asks for a pod's units anew. `parted`: they are the old ones, told apart further.
  enum class Because : std::uint8_t { kParted, kAnother };
  void Place(std::size_t pod, Because because);
  /// The unit of any end in a family, which needs no pod in the snapshot; a node's is that of
  /// another node. Its address must be of a family that is there.
  [[nodiscard]] UnitId UnitOf(const PolicyPeer& end, Family family);
  /// The same in each family that it may be of.
  [[nodiscard]] EndUnits UnitsOf(const PolicyPeer& end);
  [[nodiscard]] FamilySet unplaced() const { return unplaced_; }

  struct Matched {
    UnitSet yes;
    UnitSet maybe;
  };
  [[nodiscard]] Matched Match(const RulePeer& peer) const;
  /// A selector of a rule or a policy, and a unit that is a node.
  [[nodiscard]] PeerMatch MatchNodeLabels(const LabelSelector& selector, const Unit& unit) const;
  /// Whether the peer is this unit.
  [[nodiscard]] PeerMatch MatchOne(const RulePeer& peer, const Unit& unit) const;

 private:
  UnitTable(const Snapshot& snapshot, const ClassTable& classes, const EnforcerProfile& profile,
            const std::vector<PolicyRules>& policies, Ipv6 ipv6, bool has_ipv6);
  UnitId Add(Unit unit);
  /// Where an end's address is, in one family; nothing where it has none of it.
  struct Where {
    Family family = Family::kV4;
    std::optional<AddressClass> addresses;
    friend auto operator<=>(const Where&, const Where&) = default;
  };
  [[nodiscard]] Where WhereIs(const std::vector<IpAddress>& addresses, Family family) const;
  UnitId AddPods(KindId kind, const Where& where, std::optional<UnitId> part_of);
  UnitId AddNode(const std::string& node, const Where& where, std::optional<UnitId> part_of);
  [[nodiscard]] PeerMatch MatchBlocks(const RulePeer& peer, const Unit& unit) const;
  [[nodiscard]] PeerMatch MatchNode(const RulePeer& peer, const Unit& unit) const;
  [[nodiscard]] std::vector<UnitId> Candidates(const RulePeer& peer) const;
  [[nodiscard]] UnitSet Complemented(std::vector<UnitId> units) const;

  const Snapshot& snapshot_;
  const ClassTable& classes_;
  const EnforcerProfile& profile_;
  NodeLabels node_labels_;
  std::vector<LabelSelector> node_selectors_;
  const FamilySet unplaced_;  // the families of ends without an address
  AddressSpace addresses_;
  const FamilySet placed_in_;  // the families in which every pod has a unit
  std::vector<Unit> units_;
  std::vector<EndUnits> units_of_;            // by pod
  std::vector<std::vector<UnitId>> of_kind_;  // pods' units
  std::vector<UnitId> pods_;
  std::vector<std::vector<UnitId>> by_address_;
  std::vector<UnitId> without_address_;
  std::vector<UnitId> node_units_;
  std::array<UnitSet, 3> nodes_;
  std::vector<UnitId> outside_;                    // by address class
  std::array<std::optional<UnitId>, 2> nowhere_;   // an address outside that isn't known, by family
  std::map<std::pair<KindId, Where>, UnitId> known_pods_;
  using NodeKey = std::tuple<Where, bool, std::vector<std::size_t>>;
  std::map<NodeKey, UnitId> known_nodes_;
};

}  // namespace podreach::policy
