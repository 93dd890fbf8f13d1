#include "podreach/policy/intended_matrix.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "policy/evaluator_state.h"
#include "policy/matrix_ends.h"
#include "policy/side_profile.h"
#include "policy/unit_table.h"

namespace podreach {
namespace {

using policy::Direction;
using policy::EndKind;
using policy::EndMember;
using policy::Family;
using policy::NodeRelation;
using policy::PortsId;
using policy::ProfileId;
using policy::UnitId;

/// Neighbouring ranges with one answer.
struct Run {
  std::size_t first = 0;
  std::size_t last = 0;
  PortsId ports = policy::kNothing;
};

}  // namespace

struct IntendedMatrix::Impl {
  template <class Grouping>
  Impl(const Evaluator::State& of, const Grouping& grouping, bool ipv6 = false)
      : state(of),
        units(*of.snapshot, of.table, of.profile, of.rules,
              ipv6 ? policy::UnitTable::Ipv6::kAlso : policy::UnitTable::Ipv6::kWhereUsed),
        profiles(of.rules, of.table, units, of.node_policies, pool),
        ends(*of.snapshot, units, grouping) {
    for (const auto& end : ends.ends()) names.push_back(end.name);
    AskUnits();
    joined.resize(ends.ends().size(), policy::kNothing);
    leaving.resize(units.size());
    entering.resize(of_profile.size());
  }

  using Give = std::function<void(const IntendedConnection&)>;
  using Visit = std::function<void(UnitId, PortsId)>;

  void AskUnits();
  void EachDestination(UnitId source, const std::function<void(UnitId, PortsId)>& visit);
  void Join(std::size_t source, const EndMember& from, UnitId to, PortsId ports,
            std::optional<NodeRelation> as);
  void Take(std::size_t end, PortsId ports);
  void TakeHalves();
  void GivePods(std::size_t source, const Give& give);
  void GiveRanges(std::size_t inside, bool inward, const Give& give);
  [[nodiscard]] std::vector<Run> RunsOf(std::size_t inside, bool inward);
  [[nodiscard]] std::size_t NameRange(std::size_t first, std::size_t last);
  void GiveOne(std::size_t source, std::size_t destination, PortsId ports, const Give& give);

  const Evaluator::State& state;
  policy::UnitTable units;
  policy::PortsPool pool;
  policy::SideProfiles profiles;
  policy::MatrixEnds ends;
  std::vector<std::string> names;  ///< the ends', then those of ranges
  using RangeKey = std::pair<std::size_t, std::size_t>;
  std::map<RangeKey, std::size_t> range_ends;
  std::vector<RangeKey> named_ranges;  ///< those of names behind the ends'

  std::vector<ProfileId> egress;                ///< by unit
  std::vector<ProfileId> ingress;               ///< by unit
  std::vector<std::vector<UnitId>> of_profile;  ///< whose ingress it is
  std::vector<ProfileId> open;                  ///< ingress that isn't denied to the usual unit
  std::vector<std::vector<std::pair<ProfileId, PortsId>>> special;  ///< by source, its exceptions

  // Of the source at hand.
  std::vector<std::pair<std::size_t, PortsId>> leaving;   ///< by unit: of which source, the answer
  std::vector<std::pair<std::size_t, PortsId>> entering;  ///< by ingress profile
  std::size_t turn = 0;
  std::vector<PortsId> joined;  ///< by end
  std::vector<std::size_t> touched;
  /// What a member of the source reaches in each of two families, where a connection may be of
  /// either: by the end's member, and by what one's node is to the other.
  using PairKey = std::tuple<std::size_t, std::size_t, int>;
  std::map<PairKey, std::array<PortsId, 2>> halves;
  std::map<std::tuple<ProfileId, ProfileId, bool>, std::vector<Run>> runs;
};

/// Each unit's profiles; and for each source, the ingress that makes an exception of it.
void IntendedMatrix::Impl::AskUnits() {
  egress.resize(units.size());
  ingress.resize(units.size());
  for (UnitId id = 0; id < units.size(); ++id) {
    const auto& unit = units.Get(id);
    if (unit.kind == EndKind::kOutside) continue;
    egress[id] = profiles.Of(id, Direction::kEgress);
    const auto in = ingress[id] = profiles.Of(id, Direction::kIngress);
    if (of_profile.size() <= in) of_profile.resize(in + 1);
    of_profile[in].push_back(id);
  }
  special.resize(units.size());
  for (ProfileId id = 0; id < of_profile.size(); ++id) {
    if (of_profile[id].empty()) continue;
    const auto& profile = profiles.Get(id);
    if (profile.usual != policy::kNothing) open.push_back(id);
    for (const auto& [source, ports] : profile.others) special[source].emplace_back(id, ports);
  }
}

/// Every pod or node that the source may reach in its unit's family, but for itself.
void IntendedMatrix::Impl::EachDestination(UnitId source, const Visit& visit) {
  const auto& out = profiles.Get(egress[source]);
  const auto family = units.Get(source).family;
  const auto is_near = [&](const policy::Unit& to) {
    return to.kind != EndKind::kOutside && to.family == family;
  };
  if (out.usual == policy::kNothing) {
    for (const auto& [to, ports] : out.others) {
      if (ports == policy::kNothing || !is_near(units.Get(to))) continue;
      const auto both = pool.And(ports, profiles.Get(ingress[to]).Of(source));
      if (both != policy::kNothing) visit(to, both);
    }
    return;
  }
  ++turn;
  for (const auto& [to, ports] : out.others) leaving[to] = {turn, ports};
  for (const auto& [profile, ports] : special[source]) entering[profile] = {turn, ports};
  const bool any_family = units.addresses().has_v6();
  const auto visit_all = [&](ProfileId profile, PortsId in) {
    if (in == policy::kNothing) return;
    for (const auto to : of_profile[profile]) {
      if (any_family && !is_near(units.Get(to))) continue;
      const auto both = pool.And(leaving[to].first == turn ? leaving[to].second : out.usual, in);
      if (both != policy::kNothing) visit(to, both);
    }
  };
  for (const auto profile : open) {
    if (entering[profile].first != turn) visit_all(profile, profiles.Get(profile).usual);
  }
  for (const auto& [profile, ports] : special[source]) visit_all(profile, ports);
}

void IntendedMatrix::Impl::Take(std::size_t end, PortsId ports) {
  if (joined[end] == policy::kNothing) touched.push_back(end);
  joined[end] = pool.Or(joined[end], ports);
}

/// Adds what a member reaches to the ends that have pods of that unit. `as` is what the source's
/// node is to the destination, where the source is a node.
void IntendedMatrix::Impl::Join(std::size_t source, const EndMember& from, UnitId to, PortsId ports,
                                std::optional<NodeRelation> as) {
  const auto& unit = units.Get(to);
  const bool to_node = unit.kind == EndKind::kNode;
  // Between nodes it makes no difference: they are each other's others.
  if (to_node && as && (*as != NodeRelation::kOther || unit.relation != NodeRelation::kOther))
    return;
  for (const auto& [end, member] : ends.PlacesOf(units.PlaceOf(to))) {
    const auto& into = ends.ends()[end].members[member];
    const auto relation = as ? *as : unit.relation;
    if (to_node != as.has_value() && !MayRelate(from, into, relation)) continue;
    // One pod's connection to itself is none.
    if (end == source && from.units == into.units && !from.several) continue;
    const auto families = policy::FamiliesBetween(from.units.families, into.units.families);
    if (families.is_both()) {
      const int of_node = to_node != as.has_value() ? static_cast<int>(relation) : -1;
      auto [half, added] = halves.try_emplace({end, member, of_node});
      if (added) half->second.fill(policy::kNothing);
      half->second.at(policy::IndexOf(unit.family)) = ports;
    } else if (families.Has(unit.family)) {
      Take(end, ports);
    }
  }
}

/// Of two families it isn't known which a connection will have.
void IntendedMatrix::Impl::TakeHalves() {
  for (const auto& [pair, ports] : halves) {
    const auto either = pool.Either(ports[0], ports[1]);
    if (either != policy::kNothing) Take(std::get<0>(pair), either);
  }
  halves.clear();
}

void IntendedMatrix::Impl::GiveOne(std::size_t source, std::size_t destination, PortsId ports,
                                   const Give& give) {
  IntendedConnection connection{source, destination, {}, {}, pool.Get(ports).because};
  bool any = !connection.because.empty();
  for (std::size_t i = 0; i < connection.ports.size(); ++i) {
    connection.ports.at(i) = pool.Get(ports).of.at(i).Allowed();
    connection.unknown.at(i) = pool.Get(ports).of.at(i).Unknown();
    any = any || !connection.ports.at(i).empty();
  }
  if (any) give(connection);
}

void IntendedMatrix::Impl::GivePods(std::size_t source, const Give& give) {
  for (const auto& member : ends.ends()[source].members) {
    for (const auto id : member.units.of) {
      if (id == policy::EndUnits::kNone) continue;
      if (units.Get(id).kind == EndKind::kPod) {
        EachDestination(
            id, [&](UnitId to, PortsId ports) { Join(source, member, to, ports, std::nullopt); });
        continue;
      }
      for (const auto relation : policy::kNodeRelations) {
        EachDestination(
            policy::UnitTable::Related(id, relation),
            [&](UnitId to, PortsId ports) { Join(source, member, to, ports, relation); });
      }
    }
    TakeHalves();
  }
  std::sort(touched.begin(), touched.end());
  for (const auto end : touched) {
    GiveOne(source, end, joined[end], give);
    joined[end] = policy::kNothing;
  }
  touched.clear();
}

std::size_t IntendedMatrix::Impl::NameRange(std::size_t first, std::size_t last) {
  const auto [found, added] = range_ends.try_emplace({first, last}, names.size());
  if (added) {
    const auto all = units.addresses().ranges();
    named_ranges.emplace_back(first, last);
    names.push_back(all[first].first.ToString() + "-" + all[last].last.ToString());
  }
  return found->second;
}

std::vector<Run> IntendedMatrix::Impl::RunsOf(std::size_t inside, bool inward) {
  const auto& members = ends.ends()[inside].members;
  const auto all = units.addresses().ranges();
  std::vector<Run> found;
  for (std::size_t range = 0; range < all.size(); ++range) {
    PortsId ports = policy::kNothing;
    for (const auto& member : members) {
      const auto unit = member.units.In(all[range].first.family());
      const auto& profile = profiles.Get((inward ? ingress : egress)[unit]);
      ports = pool.Or(ports, profile.Of(units.UnitOfRange(range)));
    }
    const bool goes_on = !found.empty() && found.back().ports == ports &&
                         all[found.back().first].first.family() == all[range].first.family();
    if (goes_on) {
      found.back().last = range;
    } else {
      found.push_back({range, range, ports});
    }
  }
  std::erase_if(found, [](const Run& run) { return run.ports == policy::kNothing; });
  return found;
}

void IntendedMatrix::Impl::GiveRanges(std::size_t inside, bool inward, const Give& give) {
  const auto& members = ends.ends()[inside].members;
  std::vector<Run> computed;
  const std::vector<Run>* of = &computed;
  if (members.size() > 1) {
    computed = RunsOf(inside, inward);
  } else {
    const auto& of_end = members.front().units;
    const auto profile_in = [&](Family family) {
      return (inward ? ingress : egress)[of_end.In(family)];
    };
    const auto [known, added] =
        runs.try_emplace({profile_in(Family::kV4), profile_in(Family::kV6), inward});
    if (added) known->second = RunsOf(inside, inward);
    of = &known->second;
  }
  for (const auto& run : *of) {
    const auto range = NameRange(run.first, run.last);
    GiveOne(inward ? range : inside, inward ? inside : range, run.ports, give);
  }
}

IntendedMatrix::IntendedMatrix(const Evaluator& evaluator, GroupBy group_by, bool ipv6)
    : impl_(std::make_unique<Impl>(*evaluator.state_, group_by, ipv6)) {}

IntendedMatrix::IntendedMatrix(const Evaluator& evaluator,
                               const std::vector<std::string>& end_of_pod)
    : impl_(std::make_unique<Impl>(*evaluator.state_, end_of_pod)) {}

IntendedMatrix::~IntendedMatrix() = default;

const std::string& IntendedMatrix::end(std::size_t index) const { return impl_->names[index]; }

std::size_t IntendedMatrix::pod_ends() const { return impl_->ends.ends().size(); }

const std::vector<std::string>& IntendedMatrix::workloads(std::size_t end) const {
  return impl_->ends.ends()[end].workloads;
}

std::size_t IntendedMatrix::pods(std::size_t end) const { return members(end).size(); }

const std::vector<std::size_t>& IntendedMatrix::members(std::size_t end) const {
  return impl_->ends.ends()[end].pods;
}

bool IntendedMatrix::ipv6() const {
  return !impl_->units.addresses().ranges().back().first.is_v4();
}

std::pair<IpAddress, IpAddress> IntendedMatrix::range(std::size_t end) const {
  const auto& [first, last] = impl_->named_ranges[end - pod_ends()];
  const auto all = impl_->units.addresses().ranges();
  return {all[first].first, all[last].last};
}

std::vector<IdlePolicy> IntendedMatrix::IdlePolicies() {
  const auto& rules = impl_->state.rules;
  std::vector<bool> selects(rules.size());
  std::vector<bool> matters(rules.size());
  for (UnitId id = 0; id < impl_->units.size(); ++id) {
    const auto& unit = impl_->units.Get(id);
    if (unit.kind != EndKind::kPod) continue;
    for (const auto direction : {Direction::kIngress, Direction::kEgress}) {
      for (const auto i : impl_->state.table.Governing(unit.pods, direction)) {
        selects[i] = true;
        if (!matters[i]) matters[i] = impl_->profiles.Changes(id, direction, i);
      }
    }
  }
  // Some dialects make several of one document: all of them must be idle.
  using DocumentName = std::pair<std::string, std::string>;
  std::set<DocumentName> busy;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (matters[i]) busy.emplace(rules[i].kind, rules[i].policy);
  }
  std::map<DocumentName, std::size_t> at;
  std::vector<IdlePolicy> idle;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& policy = rules[i];
    const bool of_its_own = policy.origin == policy::Origin::kWritten;
    const bool guards = std::any_of(policy.subjects.begin(), policy.subjects.end(),
                                    [](const policy::PodPeer& pods) { return pods.pods.empty(); });
    if (matters[i] || guards || !of_its_own || !policy.unread.empty() || policy.subjects.empty() ||
        (!policy.ingress && !policy.egress)) {
      continue;
    }
    if (busy.contains({policy.kind, policy.policy})) continue;
    const auto [known, added] = at.try_emplace({policy.kind, policy.policy}, idle.size());
    if (added) {
      idle.push_back({policy.policy, policy.kind, policy.place, !selects[i]});
    } else {
      idle[known->second].selects_nothing = idle[known->second].selects_nothing && !selects[i];
    }
  }
  return idle;
}

void IntendedMatrix::ForEach(const std::function<void(const IntendedConnection&)>& give) {
  for (std::size_t source = 0; source < pod_ends(); ++source) {
    impl_->GivePods(source, give);
    impl_->GiveRanges(source, false, give);
  }
  for (std::size_t inside = 0; inside < pod_ends(); ++inside) impl_->GiveRanges(inside, true, give);
}

}  // namespace podreach
