#include "podreach/policy/intended_cells.h"

#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "policy/evaluator_state.h"
#include "policy/grounds.h"
#include "policy/side_profile.h"
#include "policy/unit_table.h"

// An end is brought to its unit, and what a connection's two sides say is read off the profiles of
// the two units: the source's egress profile says which ports may leave towards the other unit, the
// destination's ingress profile which may enter from it. What such a set of ports says of one port
// is worked out once. So a question costs a few look-ups:
//
//   source unit -> egress profile  --(destination unit)--> PortsId --(port)--> answer --.
//                                                                                       Both
//   destination unit -> ingress profile --(source unit)--> PortsId --(port)--> answer --'
//
// A profile is one usual answer and some exceptions. The exceptions that concern a source are laid
// out in an array when its first question comes: of its egress profile by destination unit, of all
// ingress profiles that make an exception of it by profile. What isn't there is the usual.

namespace podreach {
namespace {

using policy::Direction;
using policy::EndKind;
using policy::Family;
using policy::NodeRelation;
using policy::PortsId;
using policy::ProfileId;
using policy::SideProfiles;
using policy::UnitId;

/// An Intention in seven bits.
using Packed = std::uint8_t;
constexpr std::size_t kPackedCount = 128;
constexpr Packed kNotAsked = 0xff;
constexpr auto kNone = ~std::uint32_t{0};

Packed Pack(const Intention& intention) {
  return static_cast<Packed>(static_cast<unsigned>(intention.expectation) |
                             static_cast<unsigned>(intention.basis) << 2U |
                             static_cast<unsigned>(intention.network) << 5U);
}

Intention Unpack(std::size_t packed) {
  return {static_cast<Expectation>(packed & 3U), static_cast<Basis>(packed >> 2U & 7U),
          static_cast<Expectation>(packed >> 5U & 3U)};
}

/// How any two sides join.
std::vector<Intention> JoinAll() {
  std::vector<Intention> joined;
  joined.reserve(kPackedCount * kPackedCount);
  for (std::size_t one = 0; one < kPackedCount; ++one) {
    for (std::size_t other = 0; other < kPackedCount; ++other)
      joined.push_back(policy::Both(Unpack(one), Unpack(other)));
  }
  return joined;
}

/// Answers about one subject, by place. It forgets them when another subject comes.
class OfOne {
 public:
  [[nodiscard]] std::uint32_t subject() const { return subject_; }
  /// Whether it is another one than before.
  bool Begin(std::uint32_t subject) {
    if (subject == subject_) return false;
    subject_ = subject;
    ++turn_;
    return true;
  }
  void Set(std::size_t place, PortsId ports) {
    if (answers_.size() <= place) answers_.resize(place + place / 2 + 1);
    answers_[place] = {turn_, ports};
  }
  [[nodiscard]] std::optional<PortsId> Find(std::size_t place) const {
    if (place >= answers_.size() || answers_[place].first != turn_) return std::nullopt;
    return answers_[place].second;
  }

 private:
  std::uint32_t subject_ = kNone;
  std::uint64_t turn_ = 0;
  std::vector<std::pair<std::uint64_t, PortsId>> answers_;
};

/// What the egress profile at hand says of every unit.
class Leaving {
 public:
  explicit Leaving(SideProfiles& profiles) : profiles_(profiles) {}

  PortsId Of(ProfileId profile, UnitId destination) {
    if (answers_.Begin(profile)) {
      const auto& now = profiles_.Get(profile);
      usual_ = now.usual;
      known_ = now.known;
      for (const auto& [unit, ports] : now.others) answers_.Set(unit, ports);
    }
    if (const auto answer = answers_.Find(destination)) return *answer;
    if (destination < known_) return usual_;
    const auto ports = profiles_.Ask(profile, destination);
    answers_.Set(destination, ports);
    return ports;
  }

 private:
  SideProfiles& profiles_;
  OfOne answers_;
  PortsId usual_ = policy::kNothing;
  UnitId known_ = 0;  ///< the units that the profile spoke of when it was laid out
};

/// What every ingress profile says of the source at hand.
class Entering {
 public:
  explicit Entering(SideProfiles& profiles) : profiles_(profiles) {}

  /// `as`: of a source that is a node, what it is to the pod; its three units are asked in turns.
  PortsId Of(ProfileId profile, UnitId source, NodeRelation as) {
    auto& answers = answers_.at(static_cast<std::size_t>(as));
    if (known_.size() <= profile || known_[profile].first == 0) TakeIn(profile);
    if (answers.Begin(source) && source < exceptions_.size()) {
      for (const auto& [of, ports] : exceptions_[source]) answers.Set(of, ports);
    }
    if (const auto answer = answers.Find(profile)) return *answer;
    const auto& [known, usual] = known_[profile];
    if (source < known) return usual;
    const auto ports = profiles_.Ask(profile, source);
    answers.Set(profile, ports);
    return ports;
  }

 private:
  void TakeIn(ProfileId profile) {
    if (known_.size() <= profile) known_.resize(profile + profile / 2 + 1);
    const auto& now = profiles_.Get(profile);
    known_[profile] = {now.known, now.usual};
    for (const auto& [unit, ports] : now.others) {
      if (exceptions_.size() <= unit) exceptions_.resize(unit + unit / 2 + 1);
      exceptions_[unit].emplace_back(profile, ports);
      for (auto& answers : answers_) {
        if (unit == answers.subject()) answers.Set(profile, ports);
      }
    }
  }

  SideProfiles& profiles_;
  std::array<OfOne, policy::kNodeRelations.size()> answers_;
  /// By profile: how many units it spoke of when it was taken in, and its usual answer.
  std::vector<std::pair<UnitId, PortsId>> known_;
  std::vector<std::vector<std::pair<ProfileId, PortsId>>> exceptions_;  ///< by source
};

/// What distinct Ports say of the ports that were asked.
class PortAnswers {
 public:
  explicit PortAnswers(const policy::PortsPool& pool) : pool_(pool), columns_(kPorts, kNone) {}

  Packed Of(PortsId id, Protocol protocol, Port port) {
    auto& column = columns_[static_cast<std::size_t>(protocol) * 0x10000U + port.number()];
    if (column == kNone) {
      if (answers_.size() == kMostColumns) return Ask(id, protocol, port);
      column = static_cast<std::uint32_t>(answers_.size());
      answers_.emplace_back();
    }
    auto& answers = answers_[column];
    if (answers.size() <= id) answers.resize(id + id / 2 + 1, kNotAsked);
    if (answers[id] == kNotAsked) answers[id] = Ask(id, protocol, port);
    return answers[id];
  }

  Intention IntentionOf(PortsId id, Protocol protocol, Port port) {
    return Unpack(Of(id, protocol, port));
  }

 private:
  static constexpr std::size_t kPorts = policy::kProtocols.size() * 0x10000U;
  /// So many ports' answers are kept; those of further ports are worked out each time.
  static constexpr std::size_t kMostColumns = 1'024;

  [[nodiscard]] Packed Ask(PortsId id, Protocol protocol, Port port) const {
    const auto at = static_cast<std::size_t>(protocol);
    const auto& ports = pool_.Get(id);
    const auto& possible = ports.of.at(at);
    const auto& grounds = ports.grounds.at(at);
    Intention intention;
    intention.expectation =
        policy::ExpectationOf(possible.allowed.Contains(port), possible.denied.Contains(port));
    intention.basis =
        policy::BasisOf(intention.expectation, grounds.by_rule.Contains(port), ports.own_node);
    intention.network = grounds.NetworkOf(port, intention.expectation);
    return Pack(intention);
  }

  const policy::PortsPool& pool_;
  std::vector<std::uint32_t> columns_;        // by protocol and port
  std::vector<std::vector<Packed>> answers_;  // by column, by PortsId
};

}  // namespace

struct IntendedCells::Impl {
  explicit Impl(const Evaluator::State& of)
      : state(of),
        units(*of.snapshot, of.table, of.profile, of.rules,
              policy::UnitTable::Ipv6::kOutsideAlone),
        profiles(of.rules, of.table, units, of.node_policies, pool, SideProfiles::Detail::kGrounds),
        answers(pool),
        joined(JoinAll()),
        leaving(profiles),
        entering(profiles) {
    nodes.emplace(std::string(), 0);
    node_names.emplace_back();
  }

  /// What makes two ends one, but for the pod: that counts where there is no address.
  struct EndKey {
    std::optional<ClassId> pod_class;
    std::optional<IpAddress> address;
    std::optional<IpAddress> alternate;
    std::uint32_t node = 0;
    bool is_node = false;
    std::optional<std::size_t> pod;
    friend auto operator<=>(const EndKey&, const EndKey&) = default;
  };
  struct End {
    policy::EndUnits units;
    /// Of pods, by address; without any, by the pod. Pods that have one in common are one pod.
    std::array<std::uint32_t, 2> itself{kNone, kNone};
    std::uint32_t node = 0;  ///< that it is or runs on; 0: it isn't known
    bool is_node = false;
    const EndKey* key = nullptr;
  };
  /// What the sides say of two ends.
  using Sides = std::pair<PortsId, PortsId>;

  EndId Add(const PolicyPeer& end);
  [[nodiscard]] bool AreOnePod(EndId source, EndId destination) const {
    const auto& [first, second] = ends[source].itself;
    const auto& others = ends[destination].itself;
    return (first != kNone && (first == others[0] || first == others[1])) ||
           (second != kNone && (second == others[0] || second == others[1]));
  }
  [[nodiscard]] std::array<std::uint32_t, 2> ItselfOf(const PolicyPeer& end);
  [[nodiscard]] UnitId UnitIn(Family family, EndId end);
  [[nodiscard]] ProfileId ProfileOf(UnitId unit, Direction direction);
  [[nodiscard]] policy::FamilySet FamiliesOf(EndId source, EndId destination) const {
    return policy::FamiliesBetween(ends[source].units.families, ends[destination].units.families);
  }
  [[nodiscard]] Sides SidesIn(Family family, EndId source, EndId destination);
  [[nodiscard]] Intention Joined(const Sides& sides, Protocol protocol, Port port);
  [[nodiscard]] Intention Answer(EndId source, EndId destination, Protocol protocol, Port port);

  const Evaluator::State& state;
  policy::PortsPool pool;
  policy::UnitTable units;
  SideProfiles profiles;
  PortAnswers answers;
  const std::vector<Intention> joined;               ///< by both sides' answers
  std::array<std::vector<ProfileId>, 2> profile_of;  ///< by direction, by unit
  Leaving leaving;
  Entering entering;

  std::vector<End> ends;
  std::map<EndKey, EndId> known_ends;
  std::map<std::pair<ClassId, IpAddress>, std::uint32_t> pods;
  std::map<std::size_t, std::uint32_t> pods_without_address;
  std::map<std::string, std::uint32_t, std::less<>> nodes;
  std::vector<std::string> node_names;
};

namespace {

/// What the node of one end is to the pod that the other is.
template <class End>
NodeRelation Relation(const End& one, const End& other) {
  if (one.node == 0 || other.node == 0) return NodeRelation::kUnknown;
  return one.node == other.node ? NodeRelation::kOwn : NodeRelation::kOther;
}

}  // namespace

std::array<std::uint32_t, 2> IntendedCells::Impl::ItselfOf(const PolicyPeer& end) {
  std::array<std::uint32_t, 2> itself{kNone, kNone};
  const auto next = static_cast<std::uint32_t>(pods.size() + pods_without_address.size());
  if (!end.address) {
    if (state.IsOnePod(end))
      itself[0] = pods_without_address.try_emplace(*end.pod, next).first->second;
    return itself;
  }
  itself[0] = pods.try_emplace({*end.pod_class, *end.address}, next).first->second;
  if (end.alternate)
    itself[1] = pods.try_emplace({*end.pod_class, *end.alternate}, next + 1).first->second;
  return itself;
}

IntendedCells::EndId IntendedCells::Impl::Add(const PolicyPeer& peer) {
  End end;
  const auto [node, new_node] =
      nodes.try_emplace(peer.node, static_cast<std::uint32_t>(nodes.size()));
  if (new_node) node_names.push_back(peer.node);
  end.node = node->second;
  const auto pod = !peer.address && state.IsOnePod(peer) ? peer.pod : std::nullopt;
  const auto [found, added] = known_ends.try_emplace(
      EndKey{peer.pod_class, peer.address, peer.alternate, end.node, peer.is_node, pod},
      static_cast<EndId>(ends.size()));
  if (!added) return found->second;
  end.key = &found->first;
  end.units = units.UnitsOf(peer);
  end.is_node = units.Get(end.units.first()).kind == EndKind::kNode;
  if (!end.is_node && peer.pod_class) end.itself = ItselfOf(peer);
  ends.push_back(end);
  return found->second;
}

/// Of a family in which the end isn't known to have an address it is made when it is asked for.
UnitId IntendedCells::Impl::UnitIn(Family family, EndId end) {
  auto& unit = ends[end].units.of.at(policy::IndexOf(family));
  if (unit == policy::EndUnits::kNone) {
    const auto& key = *ends[end].key;
    PolicyPeer peer{key.pod_class, key.address, node_names[key.node], key.is_node};
    peer.alternate = key.alternate;
    unit = units.UnitOf(peer, family);
  }
  return unit;
}

ProfileId IntendedCells::Impl::ProfileOf(UnitId unit, Direction direction) {
  auto& known = profile_of.at(direction == Direction::kIngress ? 0 : 1);
  if (known.size() <= unit) known.resize(units.size(), kNone);
  if (known[unit] == kNone) known[unit] = profiles.Of(unit, direction);
  return known[unit];
}

IntendedCells::Impl::Sides IntendedCells::Impl::SidesIn(Family family, EndId source,
                                                        EndId destination) {
  const auto from_unit = UnitIn(family, source);
  const auto to_unit = UnitIn(family, destination);
  const auto& from = ends[source];
  const auto& to = ends[destination];
  const auto relation = Relation(from, to);
  const auto out = ProfileOf(from_unit, Direction::kEgress);
  const auto in = ProfileOf(to_unit, Direction::kIngress);
  const auto seen = [&](const End& end, UnitId unit) {
    return end.is_node ? policy::UnitTable::Related(unit, relation) : unit;
  };
  const auto as = from.is_node ? relation : NodeRelation::kOther;
  return {leaving.Of(out, seen(to, to_unit)), entering.Of(in, seen(from, from_unit), as)};
}

Intention IntendedCells::Impl::Joined(const Sides& sides, Protocol protocol, Port port) {
  const std::size_t out = answers.Of(sides.first, protocol, port);
  const std::size_t in = answers.Of(sides.second, protocol, port);
  return joined[out * kPackedCount + in];
}

Intention IntendedCells::Impl::Answer(EndId source, EndId destination, Protocol protocol,
                                      Port port) {
  if (AreOnePod(source, destination))
    return {Expectation::kAllow, Basis::kItself, Expectation::kAllow};
  const auto families = FamiliesOf(source, destination);
  const auto of = [&](Family family) {
    return Joined(SidesIn(family, source, destination), protocol, port);
  };
  if (!families.is_both()) return of(families.one());
  const auto v4 = of(Family::kV4);
  return policy::Either(v4, of(Family::kV6));
}

IntendedCells::IntendedCells(const Evaluator& evaluator)
    : impl_(std::make_unique<Impl>(*evaluator.state_)) {}

IntendedCells::~IntendedCells() = default;

IntendedCells::EndId IntendedCells::Add(const PolicyPeer& end) { return impl_->Add(end); }

Intention IntendedCells::Of(EndId source, EndId destination, Protocol protocol, Port port) {
  return impl_->Answer(source, destination, protocol, port);
}

Intention IntendedCells::Side(DecidingRule::Direction side, EndId source, EndId destination,
                              Protocol protocol, Port port) {
  const auto of = [&](Family family) {
    const auto sides = impl_->SidesIn(family, source, destination);
    return impl_->answers.IntentionOf(side == Direction::kEgress ? sides.first : sides.second,
                                      protocol, port);
  };
  const auto families = impl_->FamiliesOf(source, destination);
  if (!families.is_both()) return of(families.one());
  const auto v4 = of(Family::kV4);
  return policy::Either(v4, of(Family::kV6));
}

void IntendedCells::Row(EndId source, std::span<const Question> questions,
                        std::span<Intention> out) {
  std::optional<EndId> destination;
  std::optional<Impl::Sides> sides;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto& question = questions[i];
    if (destination != question.destination) {
      destination = question.destination;
      const auto families = impl_->FamiliesOf(source, *destination);
      sides.reset();
      if (!families.is_both() && !impl_->AreOnePod(source, *destination))
        sides = impl_->SidesIn(families.one(), source, *destination);
    }
    out[i] = sides ? impl_->Joined(*sides, question.protocol, question.port)
                   : impl_->Answer(source, *destination, question.protocol, question.port);
  }
}

}  // namespace podreach
