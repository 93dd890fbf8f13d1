#include "policy/live_answers.h"

#include <algorithm>

namespace podreach::policy {

ProfileId LiveAnswers::ProfileOf(UnitId unit, Direction direction) {
  auto& known = direction == Direction::kIngress ? ingress_ : egress_;
  if (known.size() <= unit) known.resize(units_.size());
  if (!known[unit]) known[unit] = profiles_.Of(unit, direction);
  return *known[unit];
}

void LiveAnswers::Forget(UnitId unit, Direction direction) {
  auto& known = direction == Direction::kIngress ? ingress_ : egress_;
  if (unit < known.size()) known[unit].reset();
}

ProfileId LiveAnswers::ProfileOf(UnitId unit, Direction direction, const Formerly* formerly) {
  if (formerly != nullptr && !formerly->profiles.empty()) {
    const auto old = formerly->profiles.find({unit, direction});
    if (old != formerly->profiles.end()) return old->second;
  }
  return ProfileOf(unit, direction);
}

const std::vector<EndMember>& LiveAnswers::MembersOf(std::size_t end,
                                                     const Formerly* formerly) const {
  if (formerly != nullptr) {
    const auto old = formerly->members.find(end);
    if (old != formerly->members.end()) return old->second;
  }
  return ends_.ends()[end].members;
}

std::vector<PortsId> LiveAnswers::Row(ProfileId id) {
  const auto& profile = profiles_.Get(id);
  const auto known = std::min<std::size_t>(profile.known, units_.size());
  std::vector<PortsId> row(units_.size(), profile.usual);
  for (const auto& [unit, ports] : profile.others) row[unit] = ports;
  for (auto unit = known; unit < row.size(); ++unit)
    row[unit] = profiles_.Ask(id, static_cast<UnitId>(unit));
  return row;
}

/// Whether the far end's own policies denied all of it before, and still do.
bool LiveAnswers::DeniesAnyway(UnitId far, UnitId unit, Direction direction,
                               const Formerly& formerly) {
  if (units_.Get(far).kind != EndKind::kPod || units_.Get(unit).kind != EndKind::kPod) return false;
  const auto other = direction == Direction::kIngress ? Direction::kEgress : Direction::kIngress;
  const auto now = ProfileOf(far, other);
  if (profiles_.Ask(now, unit) != kNothing) return false;
  const auto before = ProfileOf(far, other, &formerly);
  return before == now || profiles_.Ask(before, unit) == kNothing;
}

std::vector<UnitId> LiveAnswers::Differing(UnitId unit, Direction direction,
                                           const Formerly& formerly) {
  std::vector<UnitId> differing;
  const auto before = ProfileOf(unit, direction, &formerly);
  const auto after = ProfileOf(unit, direction);
  if (before == after) return differing;
  const auto old = Row(before);
  const auto now = Row(after);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto far = static_cast<UnitId>(i);
    if (old[i] != now[i] && !DeniesAnyway(far, unit, direction, formerly)) differing.push_back(far);
  }
  return differing;
}

PortsId LiveAnswers::BetweenUnits(UnitId source, UnitId destination, const Formerly* formerly) {
  const auto out = profiles_.Ask(ProfileOf(source, Direction::kEgress, formerly), destination);
  if (out == kNothing) return out;
  return pool_.And(out,
                   profiles_.Ask(ProfileOf(destination, Direction::kIngress, formerly), source));
}

/// Nodes are each other's others; between a pod and a node each relation that there may be counts.
/// What one's node is to the other is the same in both families.
PortsId LiveAnswers::BetweenMembers(const EndMember& from, const EndMember& to,
                                    const Formerly* formerly) {
  const bool from_node = units_.Get(from.units.first()).kind == EndKind::kNode;
  const bool to_node = units_.Get(to.units.first()).kind == EndKind::kNode;
  const auto families = FamiliesBetween(from.units.families, to.units.families);
  const auto in_families = [&](const auto& in) {
    if (!families.is_both()) return in(families.one());
    const auto v4 = in(Family::kV4);
    return pool_.Either(v4, in(Family::kV6));
  };
  if (from_node == to_node) {
    return in_families([&](Family family) {
      return BetweenUnits(from.units.In(family), to.units.In(family), formerly);
    });
  }
  PortsId ports = kNothing;
  for (const auto relation : kNodeRelations) {
    if (!MayRelate(from, to, relation)) continue;
    const auto seen = [&](UnitId unit, bool node) {
      return node ? UnitTable::Related(unit, relation) : unit;
    };
    ports = pool_.Or(ports, in_families([&](Family family) {
      return BetweenUnits(seen(from.units.In(family), from_node),
                          seen(to.units.In(family), to_node), formerly);
    }));
  }
  return ports;
}

PortsId LiveAnswers::Between(std::size_t source, std::size_t destination,
                             const Formerly* formerly) {
  PortsId ports = kNothing;
  for (const auto& from : MembersOf(source, formerly)) {
    for (const auto& to : MembersOf(destination, formerly)) {
      // One pod's connection to itself is none.
      if (source == destination && from.units == to.units && !from.several) continue;
      ports = pool_.Or(ports, BetweenMembers(from, to, formerly));
    }
  }
  return ports;
}

PortsId LiveAnswers::ToRange(std::size_t inside, Direction direction, std::size_t range,
                             const Formerly* formerly) {
  PortsId ports = kNothing;
  const auto family = units_.addresses().ranges()[range].first.family();
  for (const auto& member : MembersOf(inside, formerly)) {
    const auto profile = ProfileOf(member.units.In(family), direction, formerly);
    ports = pool_.Or(ports, profiles_.Ask(profile, units_.UnitOfRange(range)));
  }
  return ports;
}

const PortsChange* LiveAnswers::Compare(PortsId before, PortsId after) {
  if (before == after) return nullptr;
  const auto [known, added] = changes_.try_emplace({before, after});
  if (added) {
    const auto answer = [&](PortsId id) {
      PortsAnswer of;
      for (std::size_t i = 0; i < of.allowed.size(); ++i) {
        of.allowed.at(i) = pool_.Get(id).of.at(i).Allowed();
        of.unknown.at(i) = pool_.Get(id).of.at(i).Unknown();
      }
      of.because = pool_.Get(id).because;
      return of;
    };
    auto change = std::make_unique<PortsChange>();
    if (CompareAnswers(answer(before), answer(after), *change)) known->second = std::move(change);
  }
  return known->second.get();
}

void LiveAnswers::ComparePair(std::size_t source, std::size_t destination, const Formerly& formerly,
                              const LiveMatrix::Give& give, MatrixDiff& diff) {
  const auto before = Between(source, destination, &formerly);
  const auto after = Between(source, destination, nullptr);
  const auto* change = Compare(before, after);
  if (change == nullptr) return;
  ++diff.changes;
  give(ends_.ends()[source].name, ends_.ends()[destination].name, *change);
}

void LiveAnswers::CompareRanges(std::size_t inside, Direction direction, const Formerly& formerly,
                                const LiveMatrix::Give& give, MatrixDiff& diff) {
  const auto all = units_.addresses().ranges();
  const auto answers = [&](std::size_t range) {
    return std::pair(ToRange(inside, direction, range, &formerly),
                     ToRange(inside, direction, range, nullptr));
  };
  const std::string& pods = ends_.ends()[inside].name;
  for (std::size_t first = 0; first < all.size();) {
    const auto both = answers(first);
    auto last = first;
    while (last + 1 < all.size() && all[last + 1].first.family() == all[first].first.family() &&
           answers(last + 1) == both) {
      ++last;
    }
    if (const auto* change = Compare(both.first, both.second)) {
      ++diff.changes;
      const auto range = all[first].first.ToString() + "-" + all[last].last.ToString();
      if (direction == Direction::kIngress) {
        give(range, pods, *change);
      } else {
        give(pods, range, *change);
      }
    }
    first = last + 1;
  }
}

}  // namespace podreach::policy
