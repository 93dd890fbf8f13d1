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
// is worked out once. So a question costs four look-ups:
//
//   source unit -> egress profile  --(destination unit)--> PortsId --(port)--> answer --.
//                                                                                       Both
//   destination unit -> ingress profile --(source unit)--> PortsId --(port)--> answer --'
//
// The two steps in brackets search a profile's exceptions. A row remembers what it found there.

namespace podreach {
namespace {

using policy::Direction;
using policy::EndKind;
using policy::NodeRelation;
using policy::PortsId;
using policy::ProfileId;
using policy::UnitId;

/// An Intention in six bits.
using Packed = std::uint8_t;
constexpr std::size_t kPackedCount = 64;
constexpr Packed kNotAsked = 0xff;
constexpr auto kNone = ~std::uint32_t{0};

Packed Pack(const Intention& intention) {
  return static_cast<Packed>(static_cast<unsigned>(intention.expectation) |
                             static_cast<unsigned>(intention.basis) << 2U |
                             (intention.mesh ? 32U : 0U));
}

Intention Unpack(std::size_t packed) {
  return {static_cast<Expectation>(packed & 3U), static_cast<Basis>(packed >> 2U & 7U),
          (packed & 32U) != 0};
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

/// What one subject's profile says, by place. It forgets when the next subject comes.
class OfOne {
 public:
  /// Forgets the answers unless they are this subject's.
  void Begin(std::uint32_t subject) {
    if (subject == subject_) return;
    subject_ = subject;
    ++turn_;
  }
  template <class Find>
  PortsId At(std::size_t place, const Find& find) {
    if (answers_.size() <= place) answers_.resize(place + place / 2 + 1);
    auto& [turn, ports] = answers_[place];
    if (turn != turn_) {
      ports = find();
      turn = turn_;
    }
    return ports;
  }

 private:
  std::uint32_t subject_ = kNone;
  std::uint64_t turn_ = 0;
  std::vector<std::pair<std::uint64_t, PortsId>> answers_;
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
    intention.mesh = grounds.mesh.Contains(port);
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
        units(*of.snapshot, of.table, of.profile, of.rules, true),
        profiles(of.rules, of.table, units, of.node_policies, pool,
                 policy::SideProfiles::Detail::kGrounds),
        answers(pool),
        joined(JoinAll()) {
    nodes.emplace(std::string(), 0);
  }

  struct End {
    UnitId unit = 0;
    std::uint32_t itself = kNone;  ///< pods with the same one are one pod
    std::uint32_t node = 0;        ///< that it is or runs on; 0: it isn't known
    bool is_node = false;
  };
  /// What the sides say of two ends; nothing where they are one pod.
  using Sides = std::optional<std::pair<PortsId, PortsId>>;

  EndId Add(const PolicyPeer& end);
  [[nodiscard]] ProfileId ProfileOf(UnitId unit, Direction direction);
  [[nodiscard]] Sides SidesOf(EndId source, EndId destination);
  [[nodiscard]] Intention Answer(const Sides& sides, Protocol protocol, Port port);

  const Evaluator::State& state;
  policy::PortsPool pool;
  policy::UnitTable units;
  policy::SideProfiles profiles;
  PortAnswers answers;
  const std::vector<Intention> joined;               ///< by both sides' answers
  std::array<std::vector<ProfileId>, 2> profile_of;  ///< by direction, by unit
  OfOne leaving;                                     ///< of an egress profile, by unit
  OfOne entering;  ///< of a source's unit, by ingress profile and what a node is to the pod

  std::vector<End> ends;
  using EndKey = std::tuple<std::optional<ClassId>, std::optional<IpAddress>, std::uint32_t, bool>;
  std::map<EndKey, EndId> known_ends;
  std::map<std::pair<ClassId, IpAddress>, std::uint32_t> pods;
  std::map<std::string, std::uint32_t, std::less<>> nodes;
};

namespace {

/// What the node of one end is to the pod that the other is.
template <class End>
NodeRelation Relation(const End& one, const End& other) {
  if (one.node == 0 || other.node == 0) return NodeRelation::kUnknown;
  return one.node == other.node ? NodeRelation::kOwn : NodeRelation::kOther;
}

}  // namespace

IntendedCells::EndId IntendedCells::Impl::Add(const PolicyPeer& peer) {
  End end;
  end.node = nodes.try_emplace(peer.node, static_cast<std::uint32_t>(nodes.size())).first->second;
  const auto [found, added] =
      known_ends.try_emplace(EndKey(peer.pod_class, peer.address, end.node, peer.is_node),
                             static_cast<EndId>(ends.size()));
  if (!added) return found->second;
  end.unit = units.UnitOf(peer);
  end.is_node = units.Get(end.unit).kind == EndKind::kNode;
  if (!end.is_node && peer.pod_class && peer.address) {
    end.itself =
        pods.try_emplace({*peer.pod_class, *peer.address}, static_cast<std::uint32_t>(pods.size()))
            .first->second;
  }
  ends.push_back(end);
  return found->second;
}

ProfileId IntendedCells::Impl::ProfileOf(UnitId unit, Direction direction) {
  auto& known = profile_of.at(direction == Direction::kIngress ? 0 : 1);
  if (known.size() <= unit) known.resize(units.size(), kNone);
  if (known[unit] == kNone) known[unit] = profiles.Of(unit, direction);
  return known[unit];
}

IntendedCells::Impl::Sides IntendedCells::Impl::SidesOf(EndId source, EndId destination) {
  const auto& from = ends[source];
  const auto& to = ends[destination];
  if (from.itself != kNone && from.itself == to.itself) return std::nullopt;
  const auto relation = Relation(from, to);
  const auto out = ProfileOf(from.unit, Direction::kEgress);
  const auto in = ProfileOf(to.unit, Direction::kIngress);
  const auto seen = [&](const End& end) {
    return end.is_node ? policy::UnitTable::Related(end.unit, relation) : end.unit;
  };
  const auto destination_unit = seen(to);
  const auto source_unit = seen(from);
  const auto as = from.is_node ? static_cast<std::size_t>(relation) : 0;
  leaving.Begin(out);
  entering.Begin(from.unit);
  return std::pair(
      leaving.At(destination_unit, [&] { return profiles.Ask(out, destination_unit); }),
      entering.At(in * policy::kNodeRelations.size() + as,
                  [&] { return profiles.Ask(in, source_unit); }));
}

Intention IntendedCells::Impl::Answer(const Sides& sides, Protocol protocol, Port port) {
  if (!sides) return {Expectation::kAllow, Basis::kItself, false};
  const std::size_t out = answers.Of(sides->first, protocol, port);
  const std::size_t in = answers.Of(sides->second, protocol, port);
  return joined[out * kPackedCount + in];
}

IntendedCells::IntendedCells(const Evaluator& evaluator)
    : impl_(std::make_unique<Impl>(*evaluator.state_)) {}

IntendedCells::~IntendedCells() = default;

IntendedCells::EndId IntendedCells::Add(const PolicyPeer& end) { return impl_->Add(end); }

Intention IntendedCells::Of(EndId source, EndId destination, Protocol protocol, Port port) {
  return impl_->Answer(impl_->SidesOf(source, destination), protocol, port);
}

void IntendedCells::Row(EndId source, std::span<const Question> questions,
                        std::span<Intention> out) {
  std::optional<EndId> destination;
  Impl::Sides sides;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto& question = questions[i];
    if (destination != question.destination) {
      destination = question.destination;
      sides = impl_->SidesOf(source, question.destination);
    }
    out[i] = impl_->Answer(sides, question.protocol, question.port);
  }
}

}  // namespace podreach
