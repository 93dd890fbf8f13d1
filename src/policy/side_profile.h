#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/grounds.h"
#include "policy/tier_walk.h"
#include "policy/unit_table.h"

namespace podreach::policy {

/// What may become of every port of every protocol.
struct Ports {
  std::array<Possible, 3> of;  ///< by Protocol
  std::string because;         ///< why some are unknown; else empty
  // Only of profiles with grounds, which have no `because`:
  std::array<Grounds, 3> grounds = {};  ///< by Protocol
  bool own_node = false;                ///< what no rule decides is let in from the own node
};

/// Index of distinct Ports.
using PortsId = std::uint32_t;
inline constexpr PortsId kNothing = 0;     ///< all denied
inline constexpr PortsId kEverything = 1;  ///< all allowed

/// Each distinct Ports once. Those with grounds are interned alone: And() and Or() drop them.
class PortsPool {
 public:
  PortsPool();
  [[nodiscard]] PortsId Intern(Ports ports);
  [[nodiscard]] const Ports& Get(PortsId id) const { return *all_[id]; }
  /// What both allow.
  [[nodiscard]] PortsId And(PortsId one, PortsId other);
  /// What one of them allows; for ends of several units.
  [[nodiscard]] PortsId Or(PortsId one, PortsId other);
  /// Which of them counts isn't known; of a connection in IPv4 and in IPv6.
  [[nodiscard]] PortsId Either(PortsId one, PortsId other);

 private:
  using Ranges = std::vector<PortRange>;
  using Key = std::tuple<std::array<Ranges, 6>, std::string, std::array<Ranges, 9>, bool>;
  std::map<Key, PortsId> ids_;
  std::vector<std::unique_ptr<Ports>> all_;
  std::unordered_map<std::uint64_t, PortsId> ands_;
  std::unordered_map<std::uint64_t, PortsId> ors_;
  std::unordered_map<std::uint64_t, PortsId> eithers_;
};

/// One side's answers for every far end: the usual one, and that of the exceptions.
struct SideProfile {
  PortsId usual = kEverything;
  std::vector<std::pair<UnitId, PortsId>> others;  ///< by unit, ascending; none of them usual
  UnitId known = 0;  ///< how many units there were; of later ones nothing is said

  [[nodiscard]] PortsId Of(UnitId far_end) const;
};

/// Index of a profile.
using ProfileId = std::uint32_t;

/// The answers of every unit's egress and ingress. Units that the same policies govern share them.
///
/// For each set of policies the units are parted by the peers that match them, and the tiers are
/// walked once for each part: so the work grows with the matches, never with pairs.
class SideProfiles {
 public:
  enum class Detail : std::uint8_t { kPorts, kGrounds };
  SideProfiles(const std::vector<PolicyRules>& policies, const ClassTable& classes,
               const UnitTable& units, const std::vector<std::uint32_t>& node_policies,
               PortsPool& pool, Detail detail = Detail::kPorts);

  [[nodiscard]] ProfileId Of(UnitId subject, Direction direction);
  /// Whether a policy that governs pods makes a difference to them.
  [[nodiscard]] bool Changes(UnitId subject, Direction direction, std::uint32_t policy);
  [[nodiscard]] const SideProfile& Get(ProfileId id) const { return profiles_[id]->profile; }
  /// A profile's answer for any unit, those that came after the profile included.
  [[nodiscard]] PortsId Ask(ProfileId id, UnitId far_end);

 private:
  /// What a peer matches, kept up as units are added.
  struct MatchedPeer {
    RulePeer peer;  ///< without its words
    UnitTable::Matched units;
    UnitId known = 0;
  };
  /// Units that stand together in an answer: those of a relation, that a peer matches, or of
  /// these those with other names of ports.
  struct Column {
    const UnitSet* units = nullptr;
    MatchedPeer* of_peer = nullptr;  ///< whose set it is, the whole
  };
  /// A rule's peer as this subject meets it: the units, and the ports of each protocol.
  struct Entry {
    std::size_t column = 0;  ///< of the sets that part the units
    const Rule* rule = nullptr;
    const RulePeer* peer = nullptr;
    bool maybe = false;
    std::array<PortSet, 3> ports;
  };
  struct Plan {
    std::vector<Column> columns;
    std::vector<std::unique_ptr<UnitSet>> split;  ///< of peers whose pods' names differ
    bool by_names = false;                        ///< there are such peers
    std::vector<Entry> entries;
    std::unordered_map<const Rule*, std::pair<std::size_t, std::size_t>> of_rule;
  };
  /// What a profile was made of, so that units that come later find their answers.
  struct Entity {
    SideProfile profile;
    UnitId subject = 0;
    Direction direction = Direction::kIngress;
    std::vector<PolicyIndex> policies;
    std::vector<Column> columns;
    std::vector<std::unique_ptr<UnitSet>> split;  ///< of columns by names
    bool by_names = false;
    std::map<std::vector<bool>, PortsId> parts;  ///< by the columns that hold them
  };
  class PartMatcher;
  class FirstDoubt;
  using Key = std::tuple<Direction, EndKind, std::vector<std::uint32_t>, std::vector<ContainerPort>,
                         std::optional<UnitId>>;

  [[nodiscard]] ProfileId OfPolicies(UnitId subject, Direction direction,
                                     const std::vector<std::uint32_t>& policies);
  [[nodiscard]] MatchedPeer& MatchOf(const RulePeer& peer);
  void KeepUp(MatchedPeer& matched) const;
  void KeepUp(Entity& entity);
  [[nodiscard]] Plan MakePlan(const Unit& subject, Direction direction,
                              const std::vector<std::uint32_t>& policies);
  void AddRule(const Unit& subject, Direction direction, const Rule& rule, Plan& plan);
  void AddEntry(Entry entry, Column column, const std::vector<ContainerPort>* names, Plan& plan);
  void AddByNames(const Entry& entry, const UnitSet& units, Plan& plan);
  void Compute(Entity& entity);
  [[nodiscard]] PortsId WalkPart(const Unit& subject, Direction direction,
                                 const std::vector<std::uint32_t>& policies, const Plan& plan,
                                 const std::vector<bool>& in);

  const std::vector<PolicyRules>& policies_;
  const ClassTable& classes_;
  const UnitTable& units_;
  const std::vector<std::uint32_t>& node_policies_;
  PortsPool& pool_;
  const Detail detail_;
  using PeerKey = std::tuple<int, std::vector<PodSetId>, std::string, LabelSelector>;
  std::map<PeerKey, std::unique_ptr<MatchedPeer>> matches_;
  std::map<Key, ProfileId> known_;
  std::vector<std::unique_ptr<Entity>> profiles_;
};

}  // namespace podreach::policy
