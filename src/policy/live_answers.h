#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "podreach/policy/live_matrix.h"
#include "policy/matrix_ends.h"
#include "policy/ports_change.h"
#include "policy/side_profile.h"

namespace podreach::policy {

/// How things stood before a change, where they are another way since.
struct Formerly {
  std::map<std::pair<UnitId, Direction>, ProfileId> profiles;
  std::map<std::size_t, std::vector<EndMember>> members;  ///< by end
};

/// Answers between ends of a matrix that changes, before and after a change.
class LiveAnswers {
 public:
  /// All must outlive this.
  LiveAnswers(const UnitTable& units, SideProfiles& profiles, PortsPool& pool,
              const MatrixEnds& ends)
      : units_(units), profiles_(profiles), pool_(pool), ends_(ends) {}

  [[nodiscard]] ProfileId ProfileOf(UnitId unit, Direction direction);
  /// Other policies govern the unit by now.
  void Forget(UnitId unit, Direction direction);

  /// The units to which a unit's answer is another one since, those that nobody is of any more
  /// included. `formerly` has the answer of before.
  [[nodiscard]] std::vector<UnitId> Differing(UnitId unit, Direction direction,
                                              const Formerly& formerly);
  /// Gives what changed from one end to another.
  void ComparePair(std::size_t source, std::size_t destination, const Formerly& formerly,
                   const LiveMatrix::Give& give, MatrixDiff& diff);
  /// Gives what changed between an end and the addresses outside.
  void CompareRanges(std::size_t inside, Direction direction, const Formerly& formerly,
                     const LiveMatrix::Give& give, MatrixDiff& diff);

 private:
  [[nodiscard]] ProfileId ProfileOf(UnitId unit, Direction direction, const Formerly* formerly);
  [[nodiscard]] const std::vector<EndMember>& MembersOf(std::size_t end,
                                                        const Formerly* formerly) const;
  /// `formerly`: how it was; null: how it is.
  [[nodiscard]] PortsId Between(std::size_t source, std::size_t destination,
                                const Formerly* formerly);
  [[nodiscard]] PortsId BetweenUnits(UnitId source, UnitId destination, const Formerly* formerly);
  [[nodiscard]] PortsId BetweenMembers(const EndMember& from, const EndMember& to,
                                       const Formerly* formerly);
  [[nodiscard]] PortsId ToRange(std::size_t inside, Direction direction, std::size_t range,
                                const Formerly* formerly);
  [[nodiscard]] bool DeniesAnyway(UnitId far, UnitId unit, Direction direction,
                                  const Formerly& formerly);
  [[nodiscard]] std::vector<PortsId> Row(ProfileId profile);
  /// Null where no port changes.
  [[nodiscard]] const PortsChange* Compare(PortsId before, PortsId after);

  const UnitTable& units_;
  SideProfiles& profiles_;
  PortsPool& pool_;
  const MatrixEnds& ends_;
  std::vector<std::optional<ProfileId>> egress_;  // by unit
  std::vector<std::optional<ProfileId>> ingress_;
  std::map<std::pair<PortsId, PortsId>, std::unique_ptr<PortsChange>> changes_;
};

}  // namespace podreach::policy
