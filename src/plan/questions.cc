#include "plan/questions.h"

#include <algorithm>

#include "plan/groups.h"
#include "podreach/net/service_catalog.h"

namespace podreach {
namespace {

/// So many listening ports stand for the ports of a class.
constexpr std::size_t kListeners = 2;
/// Stands for the ports that nobody listens on: tcpmux of 1983 (RFC 1078).
constexpr std::uint16_t kIdlePort = 1;

std::vector<Port> PortsOf(const PortSet& set, std::size_t most) {
  std::vector<Port> ports;
  for (const PortRange& range : set.ranges()) {
    for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
      if (ports.size() == most) return ports;
      ports.push_back(*Port::From(static_cast<std::uint16_t>(port)));
    }
  }
  return ports;
}

class Chooser {
 public:
  Chooser(const Evaluator& evaluator, const PlanOptions& options, const Listening& listening,
          const ScanPlan& plan)
      : snapshot_(evaluator.snapshot()), options_(options), listening_(listening), plan_(plan) {}

  std::vector<Question> Run() {
    AskClasses();
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) AskGroup(g);
    std::vector<Question> questions;
    questions.reserve(by_pod_.size());
    for (auto& [pod, question] : by_pod_) {
      question.tcp_from_bare.Remove(question.tcp);
      questions.push_back(std::move(question));
    }
    return questions;
  }

 private:
  [[nodiscard]] PortSet Open(std::size_t pod) const {
    const auto found = listening_.find(pod);
    return found == listening_.end() ? PortSet() : found->second;
  }

  Question& Of(std::size_t pod, std::size_t group) {
    Question& question = by_pod_[pod];
    question.pod = pod;
    question.group = GroupId{static_cast<std::uint32_t>(group)};
    return question;
  }

  void AskClasses() {
    struct Member {
      std::size_t pod;
      std::size_t group;
    };
    std::map<ClassId, std::vector<Member>> classes;
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      for (const std::size_t pod : plan_.groups[g].pods)
        classes[plan_.groups[g].pod_class].push_back({pod, g});
    }
    std::vector<const std::vector<Member>*> in_turn;
    for (const auto& [id, members] : classes) in_turn.push_back(&members);
    const std::size_t vantages = std::max<std::size_t>(1, plan_.vantages.size());
    const std::size_t room =
        std::max<std::size_t>(1, options_.most_cells / vantages / (kListeners + 1));
    const std::size_t count = in_turn.size();
    if (count == 0) return;
    // Once every class had its turn, the next member of each has.
    const std::size_t turns = (count + room - 1) / room;
    const std::size_t begin = Turn(options_.rotation, turns, TurnOf::kClass) * room;
    for (std::size_t i = begin; i < std::min(count, begin + room); ++i) {
      const Member& member = InTurn(*in_turn[i], options_.rotation / turns, TurnOf::kMember);
      AskClass(member.pod, member.group);
    }
  }

  void AskClass(std::size_t pod, std::size_t group) {
    Question& question = Of(pod, group);
    if (options_.ports) {
      question.tcp.Add(*options_.ports);
      return;
    }
    const Pod& member = snapshot_.pods[pod];
    PortSet listeners = Open(pod);
    if (listeners.empty()) listeners = DeclaredPorts(member, Protocol::kTcp);
    const auto candidates = PortsOf(listeners, 64);
    for (std::size_t i = 0; i < std::min(kListeners, candidates.size()); ++i) {
      const std::size_t first = Turn(options_.rotation, candidates.size(), TurnOf::kPort);
      question.tcp.Add(candidates[(first + i) % candidates.size()]);
    }
    if (!listeners.Contains(*Port::From(kIdlePort))) question.tcp.Add(*Port::From(kIdlePort));
    const auto udp = PortsOf(DeclaredPorts(member, Protocol::kUdp), 64);
    if (!udp.empty()) question.udp.Add(InTurn(udp, options_.rotation));
  }

  /// Members whose listeners differ are asked apart.
  void AskGroup(std::size_t group) {
    std::vector<std::pair<PortSet, std::vector<std::size_t>>> alike;
    for (const std::size_t pod : plan_.groups[group].pods) {
      PortSet worth = WorthAsking(pod);
      if (worth.empty()) continue;
      const auto known = std::ranges::find(alike, worth, &decltype(alike)::value_type::first);
      if (known != alike.end()) {
        known->second.push_back(pod);
      } else {
        alike.push_back({std::move(worth), {pod}});
      }
    }
    for (const auto& [ports, pods] : alike)
      Of(InTurn(pods, options_.rotation), group).tcp_from_bare.Add(ports);
  }

  /// The sensitive ports that listen, and those that nobody declares. Where nobody looked, the
  /// sensitive ones that are declared.
  [[nodiscard]] PortSet WorthAsking(std::size_t pod) const {
    if (options_.ports || !options_.sensitive_ports) return {};
    const PortSet declared = DeclaredPorts(snapshot_.pods[pod], Protocol::kTcp);
    PortSet open = Open(pod);
    if (open.empty()) open = declared;
    PortSet worth;
    for (const CatalogPort& port : PortCatalog()) {
      if (port.protocol == Protocol::kTcp && port.severity >= Severity::kHigh &&
          open.Contains(port.port))
        worth.Add(port.port);
    }
    open.Remove(declared);
    for (const Port port : PortsOf(open, 16)) worth.Add(port);
    return worth;
  }

  const Snapshot& snapshot_;
  const PlanOptions& options_;
  const Listening& listening_;
  const ScanPlan& plan_;
  std::map<std::size_t, Question> by_pod_;
};

}  // namespace

std::vector<Question> ChooseQuestions(const Evaluator& evaluator, const PlanOptions& options,
                                      const Listening& listening, const ScanPlan& plan) {
  return Chooser(evaluator, options, listening, plan).Run();
}

}  // namespace podreach
