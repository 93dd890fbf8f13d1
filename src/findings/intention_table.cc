#include <algorithm>
#include <array>

#include "podreach/findings/judge.h"

namespace podreach {
namespace {

Judgement Unknown(std::string why) {
  return {Expectation::kUnknown, {{DecidingRule::Direction::kIngress, {}, {}, std::move(why)}}};
}

/// Where a connection to a target ends: the target itself, or a pod behind a Service.
struct End {
  PolicyPeer peer;
  Port port;
};

}  // namespace

struct IntentionTable::Impl {
  Impl(const Evaluator& of, const ScanPlan& planned) : evaluator(of), plan(planned), cells(of) {}

  [[nodiscard]] PolicyPeer PodPeer(std::size_t pod, const IpAddress& address) const {
    const Pod& behind = evaluator.snapshot().pods[pod];
    return {evaluator.ClassOf(pod), address, behind.node, behind.host_network};
  }

  [[nodiscard]] PolicyPeer SourceOf(VantageId id) const {
    const Vantage& vantage = plan.vantage(id);
    return {vantage.pod_class, vantage.address, vantage.node, vantage.kind == VantageKind::kNode};
  }

  /// The ends of a target; none where it can't be judged, and `why` says so.
  [[nodiscard]] std::vector<End> EndsOf(TargetId id, Reason& why) const {
    const Target& target = plan.target(id);
    const Place& place = plan.place(id);
    switch (place.kind) {
      case TargetKind::kPod:
        return {{PodPeer(*plan.pod_of_place[Index(target.place)], place.address), target.port}};
      case TargetKind::kService:
      case TargetKind::kDns:
      case TargetKind::kNodePort: {
        std::vector<End> ends;
        const auto backends = plan.backends.find(id);
        if (backends != plan.backends.end()) {
          for (const Backend& backend : backends->second)
            ends.push_back({PodPeer(backend.pod, backend.address), backend.port});
        }
        if (ends.empty()) why = Reason::kNoEndpoint;
        return ends;
      }
      case TargetKind::kNode:
      case TargetKind::kHostNetworkPod:
        return {{{std::nullopt, place.address, place.node, true}, target.port}};
      case TargetKind::kControlPlane:
      case TargetKind::kMetadata:
      case TargetKind::kExternal:
        return {{{std::nullopt, place.address, {}, false}, target.port}};
      case TargetKind::kProbe: {
        const Vantage& other = plan.vantage(*place.probe);
        if (!other.pod_class) {
          why = Reason::kNoClass;
          return {};
        }
        return {{{other.pod_class, place.address, other.node, false}, target.port}};
      }
    }
    return {};
  }

  /// The ends of a target, as the engine numbers them. Kept, since every vantage asks for them.
  struct Ends {
    bool known = false;
    Reason why = Reason::kNone;
    std::vector<std::pair<IntendedCells::EndId, Port>> ends;
  };

  const Ends& NumberedEndsOf(TargetId id) {
    if (ends_of.size() < plan.targets.size()) ends_of.resize(plan.targets.size());
    Ends& ends = ends_of[Index(id)];
    if (ends.known) return ends;
    ends.known = true;
    for (const End& end : EndsOf(id, ends.why))
      ends.ends.emplace_back(cells.Add(end.peer), end.port);
    return ends;
  }

  /// A sidecar takes every connection and refuses it afterwards, so that an open port doesn't show
  /// what the mesh lets through.
  static CellIntention AsConnected(const Intention& intended) {
    if (intended.mesh() && intended.expectation == Expectation::kDeny)
      return {Expectation::kUnknown, Basis::kUnknown, Reason::kSidecar};
    return {intended.expectation, intended.basis,
            intended.expectation == Expectation::kUnknown ? Reason::kUnclearPolicy : Reason::kNone};
  }

  CellIntention Intended(IntendedCells::EndId source, TargetId id) {
    const Ends& ends = NumberedEndsOf(id);
    const Target& target = plan.target(id);
    if (ends.ends.empty()) return {Expectation::kUnknown, Basis::kUnknown, ends.why};
    std::optional<CellIntention> all;
    for (const auto& [end, port] : ends.ends) {
      const CellIntention one = AsConnected(cells.Of(source, end, target.protocol, port));
      if (all && all->expectation != one.expectation)
        return {Expectation::kUnknown, Basis::kUnknown, Reason::kBackendsDiffer};
      // A rule for one of the backends is somebody's intention for the Service.
      if (!all || one.basis == Basis::kRule) all = one;
    }
    const bool node_port = plan.place(id).kind == TargetKind::kNodePort;
    if (node_port && all->expectation == Expectation::kDeny)
      return {Expectation::kUnknown, Basis::kUnknown, Reason::kNodePortSource};
    return *all;
  }

  std::uint8_t Intern(const CellIntention& intention) {
    const auto [entry, added] =
        number_of.try_emplace(intention, static_cast<std::uint8_t>(known.size()));
    if (added) known.push_back(intention);
    return entry->second;
  }

  const Evaluator& evaluator;
  const ScanPlan& plan;
  IntendedCells cells;
  std::vector<Ends> ends_of;
  std::vector<std::vector<std::uint8_t>> rows;
  // There are three expectations, six bases and a few reasons: fewer than 256 of them together.
  std::vector<CellIntention> known;
  std::map<CellIntention, std::uint8_t> number_of;
};

IntentionTable::IntentionTable(const Evaluator& evaluator, const ScanPlan& plan)
    : impl_(std::make_unique<Impl>(evaluator, plan)) {
  impl_->rows.resize(plan.vantages.size());
}

IntentionTable::~IntentionTable() = default;

void IntentionTable::Fill(VantageId vantage) {
  std::vector<std::uint8_t>& row = impl_->rows[Index(vantage)];
  const TargetList& ask = impl_->plan.asks[Index(vantage)];
  if (ask == nullptr || row.size() == ask->size()) return;
  row.reserve(ask->size());
  const auto source = impl_->cells.Add(impl_->SourceOf(vantage));
  for (std::size_t i = row.size(); i < ask->size(); ++i)
    row.push_back(impl_->Intern(impl_->Intended(source, (*ask)[i])));
}

const CellIntention& IntentionTable::At(VantageId vantage, std::size_t position) const {
  return impl_->known[impl_->rows[Index(vantage)].at(position)];
}

void IntentionTable::Drop(VantageId vantage) { impl_->rows[Index(vantage)] = {}; }

Judgement IntentionTable::Explain(VantageId vantage, TargetId target) const {
  Reason why = Reason::kNone;
  const auto ends = impl_->EndsOf(target, why);
  const Protocol protocol = impl_->plan.target(target).protocol;
  std::optional<Judgement> all;
  for (const End& end : ends) {
    Judgement one = impl_->evaluator.Judge(impl_->SourceOf(vantage), end.peer, protocol, end.port);
    if (all && all->expectation != one.expectation)
      return Unknown("the Service's backends are judged differently");
    if (!all) all = std::move(one);
  }
  if (!all) return Unknown("the Service has no ready endpoint in the snapshot");
  return *std::move(all);
}

}  // namespace podreach
