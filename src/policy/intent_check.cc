#include "podreach/policy/intent_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "podreach/net/address_range.h"
#include "podreach/policy/intended_matrix.h"
#include "policy/rule.h"

namespace podreach {
namespace {

using policy::kProtocols;
using Ports = std::array<PortSet, 3>;

bool IsEmpty(const Ports& ports) {
  return std::ranges::all_of(ports, [](const PortSet& one) { return one.empty(); });
}

Ports Meet(const Ports& one, const Ports& other) {
  Ports both;
  for (std::size_t i = 0; i < both.size(); ++i) both.at(i) = one.at(i).Intersect(other.at(i));
  return both;
}

Ports Less(Ports ports, const Ports& other) {
  for (std::size_t i = 0; i < ports.size(); ++i) ports.at(i).Remove(other.at(i));
  return ports;
}

void Add(const Ports& from, Ports& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to.at(i).Add(from.at(i));
}

/// What one pair of ends may do.
struct Answer {
  Ports allowed;
  Ports unknown;
};

class Check {
 public:
  Check(const Evaluator& evaluator, const std::vector<Intent>& intents)
      : evaluator_(evaluator),
        snapshot_(evaluator.snapshot()),
        intents_(intents),
        matcher_(snapshot_),
        matrix_(evaluator, Grouped()) {
    for (const auto& intent : intents_) {
      blocks_.push_back({matcher_.BlocksOf(intent.from), matcher_.BlocksOf(intent.to)});
    }
    for (std::size_t end = 0; end < matrix_.pod_ends(); ++end) {
      const Pod& pod = snapshot_.pods[matrix_.members(end).front()];
      names_.push_back(pod.workload.ToString());
      bits_.push_back(BitsOf(pod));
    }
  }

  /// The same whatever the ends are.
  std::vector<IdlePolicy> IdlePolicies() { return matrix_.IdlePolicies(); }

  std::vector<IntentBreach> Run() {
    matrix_.ForEach([&](const IntendedConnection& connection) { Take(connection); });
    for (std::size_t i = 0; i < intents_.size(); ++i) {
      if (intents_[i].action == IntentAction::kAllow) FindMissing(i);
    }
    CheckNodes();
    std::vector<IntentBreach> breaches;
    for (auto& [key, breach] : breaches_) breaches.push_back(std::move(breach));
    return breaches;
  }

 private:
  static constexpr bool kFrom = false;
  static constexpr bool kTo = true;

  /// "01": whether the pod is on each intent's sides.
  [[nodiscard]] std::string BitsOf(const Pod& pod) const {
    std::string bits;
    for (const auto& intent : intents_) {
      bits += matcher_.HasPod(intent.from, pod) ? '1' : '0';
      bits += matcher_.HasPod(intent.to, pod) ? '1' : '0';
    }
    return bits;
  }
  [[nodiscard]] std::vector<std::string> Grouped() const {
    std::vector<std::string> names;
    for (const auto& pod : snapshot_.pods)
      names.push_back(pod.workload.ToString() + '\n' + BitsOf(pod));
    return names;
  }
  [[nodiscard]] bool Has(std::size_t end, std::size_t intent, bool to) const {
    return bits_[end][2 * intent + (to ? 1 : 0)] == '1';
  }

  struct Place {
    std::string name;
    PolicyPeer peer;
  };
  [[nodiscard]] Place PodPlace(std::size_t end, bool last = false) const {
    const auto& members = matrix_.members(end);
    return {names_[end], evaluator_.PeerOf(last ? members.back() : members.front())};
  }
  static Place RangePlace(const AddressRange& range) {
    return {range.ToString(), {std::nullopt, range.first, {}, false}};
  }

  void Say(std::size_t intent, bool unknown, const Place& source, const Place& destination,
           const Ports& ports) {
    if (IsEmpty(ports)) return;
    const auto key = std::tuple(intent, unknown, source.name, destination.name);
    auto [found, added] = breaches_.try_emplace(key);
    auto& breach = found->second;
    Add(ports, breach.ports);
    if (!added) return;
    breach.intent = intent;
    breach.unknown = unknown;
    breach.source = source.name;
    breach.destination = destination.name;
    for (const auto protocol : kProtocols) {
      const auto& of = ports.at(static_cast<std::size_t>(protocol));
      if (of.empty()) continue;
      breach.rules =
          evaluator_.Judge(source.peer, destination.peer, protocol, of.ranges().front().first)
              .rules;
      break;
    }
  }

  /// What an intent forbids and the policies allow, or may.
  void Forbid(std::size_t i, const Place& source, const Place& destination, const Answer& answer) {
    Say(i, false, source, destination, Meet(intents_[i].ports, answer.allowed));
    Say(i, true, source, destination, Meet(intents_[i].ports, answer.unknown));
  }

  void Take(const IntendedConnection& connection) {
    const Answer answer{connection.ports, connection.unknown};
    const bool from_range = connection.source >= matrix_.pod_ends();
    const bool to_range = connection.destination >= matrix_.pod_ends();
    if (from_range || to_range) {
      TakeRange(from_range ? connection.destination : connection.source, from_range,
                from_range ? connection.source : connection.destination, answer);
      return;
    }
    for (std::size_t i = 0; i < intents_.size(); ++i) {
      if (!Has(connection.destination, i, kTo)) continue;
      const bool from = Has(connection.source, i, kFrom);
      if (intents_[i].action == IntentAction::kAllow) {
        if (from) allowed_[i][{connection.source, connection.destination}] = answer;
        continue;
      }
      if (intents_[i].action == IntentAction::kDeny ? from : !from && !IsNode(connection.source)) {
        Forbid(i, PodPlace(connection.source), PodPlace(connection.destination, true), answer);
      }
    }
  }

  void TakeRange(std::size_t inside, bool inward, std::size_t range_end, const Answer& answer) {
    const auto [first, last] = matrix_.range(range_end);
    const AddressRange range{first, last};
    for (std::size_t i = 0; i < intents_.size(); ++i) {
      if (!Has(inside, i, inward ? kTo : kFrom)) continue;
      const auto& blocks = inward ? blocks_[i].first : blocks_[i].second;
      const auto action = intents_[i].action;
      if (action == IntentAction::kAllow) {
        for (const auto& part : Inside(range, blocks))
          reached_[i][{inside, inward}].emplace_back(part, answer);
        continue;
      }
      std::vector<AddressRange> parts;
      if (action == IntentAction::kDeny) {
        parts = Inside(range, blocks);
      } else if (inward) {
        parts = Beyond(range, blocks);
      }
      for (const auto& part : parts) {
        const auto outside = RangePlace(part);
        const auto pods = PodPlace(inside);
        inward ? Forbid(i, outside, pods, answer) : Forbid(i, pods, outside, answer);
      }
    }
    // allow-only: pods that aren't `from` and reach an address that is `to`.
    if (inward) return;
    for (std::size_t i = 0; i < intents_.size(); ++i) {
      if (intents_[i].action != IntentAction::kAllowOnly || Has(inside, i, kFrom)) continue;
      if (IsNode(inside)) continue;
      for (const auto& part : Inside(range, blocks_[i].second))
        Forbid(i, PodPlace(inside), RangePlace(part), answer);
    }
  }

  void Demand(std::size_t i, const Place& source, const Place& destination, const Answer& answer) {
    const auto missing = Less(intents_[i].ports, answer.allowed);
    Say(i, true, source, destination, Meet(missing, answer.unknown));
    Say(i, false, source, destination, Less(missing, answer.unknown));
  }

  /// What an intent asks for and the policies deny.
  void FindMissing(std::size_t i) {
    const auto& allowed = allowed_[i];
    for (std::size_t source = 0; source < matrix_.pod_ends(); ++source) {
      if (!Has(source, i, kFrom)) continue;
      for (std::size_t destination = 0; destination < matrix_.pod_ends(); ++destination) {
        if (!Has(destination, i, kTo)) continue;
        // A pod reaches itself.
        const auto& pods = matrix_.members(source);
        if (source == destination && pods.size() == 1 &&
            !snapshot_.pods[pods[0]].StandsForSeveral())
          continue;
        if (IsNode(source) || IsNode(destination)) {
          DemandOfNodes(i, source, destination);
          continue;
        }
        const auto found = allowed.find({source, destination});
        Demand(i, PodPlace(source), PodPlace(destination, true),
               found == allowed.end() ? Answer{} : found->second);
      }
    }
    for (std::size_t inside = 0; inside < matrix_.pod_ends(); ++inside) {
      // Anyone outside isn't asked for unless it is named.
      if (Has(inside, i, kFrom) && !intents_[i].to.empty())
        FindUnreached(i, inside, false, blocks_[i].second);
      if (Has(inside, i, kTo) && !intents_[i].from.empty())
        FindUnreached(i, inside, true, blocks_[i].first);
    }
  }

  [[nodiscard]] bool IsNode(std::size_t end) const {
    return snapshot_.pods[matrix_.members(end).front()].host_network;
  }

  /// The matrix joins what hostNetwork pods may do on the pods' own nodes and on others. What all
  /// of them may is asked pair by pair: of each node, with pods there and elsewhere.
  void DemandOfNodes(std::size_t i, std::size_t source, std::size_t destination) {
    std::set<std::string> nodes;
    for (const auto from : matrix_.members(source)) {
      const auto& node = snapshot_.pods[from].node;
      if (!nodes.insert(node).second) continue;
      bool there = false;
      bool elsewhere = false;
      for (const auto to : matrix_.members(destination)) {
        bool& done = snapshot_.pods[to].node == node ? there : elsewhere;
        if (done || from == to) continue;
        done = true;
        const Place one{names_[source], evaluator_.PeerOf(from)};
        const Place other{names_[destination], evaluator_.PeerOf(to)};
        Demand(i, one, other, Ask(one.peer, other.peer, intents_[i].ports));
      }
    }
  }

  void FindUnreached(std::size_t i, std::size_t inside, bool inward,
                     const std::vector<IpBlock>& blocks) {
    const auto demand = [&](const AddressRange& part, const Answer& answer) {
      const auto outside = RangePlace(part);
      const auto pods = PodPlace(inside);
      inward ? Demand(i, outside, pods, answer) : Demand(i, pods, outside, answer);
    };
    for (const auto& block : blocks) {
      if (!block.cidr.network().is_v4() && !matrix_.ipv6()) continue;
      std::vector<AddressRange> left{{block.cidr.network(), block.cidr.last()}};
      for (const auto& except : block.except) left = Minus(left, except);
      for (const auto& [part, answer] : reached_[i][{inside, inward}]) {
        const auto hit = Overlap(part, block.cidr);
        if (!hit) continue;
        demand(*hit, answer);
        std::vector<AddressRange> rest;
        for (const auto& one : left) {
          const bool apart = one.first.family() != hit->first.family() || hit->last < one.first ||
                             one.last < hit->first;
          if (apart) {
            rest.push_back(one);
            continue;
          }
          if (one.first < hit->first) rest.push_back({one.first, Before(hit->first)});
          if (hit->last < one.last) rest.push_back({*hit->last.Next(), one.last});
        }
        left = std::move(rest);
      }
      for (const auto& one : left) demand(one, {});
    }
  }

  [[nodiscard]] Answer Ask(const PolicyPeer& source, const PolicyPeer& destination,
                           const Ports& ports) const {
    Answer answer;
    for (const auto protocol : kProtocols) {
      const auto i = static_cast<std::size_t>(protocol);
      if (ports.at(i).empty()) continue;
      const auto of = evaluator_.Ports(source, destination, protocol);
      answer.allowed.at(i) = of.allowed;
      answer.unknown.at(i) = of.unknown;
    }
    return answer;
  }

  void CheckNodes() {
    Node unknown;
    unknown.labels = {{"node-role.kubernetes.io/control-plane", ""}};
    const bool none = snapshot_.nodes.empty();
    const std::vector<Node> stand_in{unknown};
    for (const Node& node : none ? stand_in : snapshot_.nodes) {
      const Place place{none ? "a node" : "node " + node.name, PeerOf(node)};
      for (std::size_t i = 0; i < intents_.size(); ++i) {
        const bool named = !intents_[i].to.empty() || intents_[i].action == IntentAction::kDeny;
        if (named && matcher_.HasNode(intents_[i].to, node)) CheckNode(i, place, true);
        if (!intents_[i].from.empty() && matcher_.HasNode(intents_[i].from, node) &&
            intents_[i].action != IntentAction::kAllowOnly)
          CheckNode(i, place, false);
      }
    }
  }

  /// Every end's pods on the node itself and elsewhere.
  void CheckNode(std::size_t i, const Place& node, bool towards) {
    const bool only = intents_[i].action == IntentAction::kAllowOnly;
    for (std::size_t end = 0; end < matrix_.pod_ends(); ++end) {
      const auto& members = matrix_.members(end);
      if (IsNode(end)) continue;
      const bool has = Has(end, i, towards ? kFrom : kTo);
      if (only ? has : !has) continue;
      const auto there = std::ranges::find_if(
          members, [&](std::size_t pod) { return snapshot_.pods[pod].node == node.peer.node; });
      const auto elsewhere = std::ranges::find_if(
          members, [&](std::size_t pod) { return snapshot_.pods[pod].node != node.peer.node; });
      for (const auto& at : {there, elsewhere}) {
        if (at == members.end()) continue;
        const Place pods{names_[end], evaluator_.PeerOf(*at)};
        const Place& source = towards ? pods : node;
        const Place& destination = towards ? node : pods;
        const auto answer = Ask(source.peer, destination.peer, intents_[i].ports);
        if (intents_[i].action == IntentAction::kAllow) {
          Demand(i, source, destination, answer);
        } else {
          Forbid(i, source, destination, answer);
        }
      }
    }
  }

  const Evaluator& evaluator_;
  const Snapshot& snapshot_;
  const std::vector<Intent>& intents_;
  IntentMatcher matcher_;
  IntendedMatrix matrix_;
  std::vector<std::pair<std::vector<IpBlock>, std::vector<IpBlock>>> blocks_;  // from, to
  std::vector<std::string> names_;                                             // by end
  std::vector<std::string> bits_;                                              // by end
  using EndPair = std::pair<std::size_t, std::size_t>;
  std::map<std::size_t, std::map<EndPair, Answer>> allowed_;  // by intent that asks for something
  using Reached = std::vector<std::pair<AddressRange, Answer>>;
  std::map<std::size_t, std::map<std::pair<std::size_t, bool>, Reached>> reached_;
  std::map<std::tuple<std::size_t, bool, std::string, std::string>, IntentBreach> breaches_;
};

/// A pod without labels is open where nothing isolates it: every port, whoever the other end is.
void CheckDefaultDeny(Evaluator& evaluator, const PolicyLint& lint, bool ingress,
                      std::vector<LintBreach>& breaches) {
  std::set<std::string> namespaces;
  for (const Pod& pod : evaluator.snapshot().pods) {
    if (pod.IsLive() && !pod.host_network) namespaces.insert(pod.ns);
  }
  for (const auto& ns : namespaces) {
    const auto denies =
        DeniesByDefault(evaluator, evaluator.Classify({ns, {}, false, {}}),
                        ingress ? policy::Direction::kIngress : policy::Direction::kEgress);
    if (denies == true) continue;
    breaches.push_back({lint, "namespace " + ns,
                        std::string(denies ? "a pod there that no policy names "
                                           : "it is not known whether a pod there that no policy "
                                             "names ") +
                            (ingress ? "is reached from everywhere" : "reaches everything")});
  }
}

}  // namespace

std::optional<bool> DeniesByDefault(const Evaluator& evaluator, ClassId bare,
                                    DecidingRule::Direction direction) {
  const PolicyPeer outside{std::nullopt, IpAddress::Parse("192.0.2.1"), {}, false};
  const PolicyPeer pod{bare, std::nullopt, {}, false};
  const auto ports = direction == DecidingRule::Direction::kIngress
                         ? evaluator.Ports(outside, pod, Protocol::kTcp)
                         : evaluator.Ports(pod, outside, Protocol::kTcp);
  PortSet denied = PortSet::All();
  denied.Remove(ports.allowed);
  denied.Remove(ports.unknown);
  if (!denied.empty()) return true;
  return ports.unknown.empty() ? std::optional(false) : std::nullopt;
}

IntentReport CheckIntents(Evaluator& evaluator, const std::vector<Intent>& intents,
                          const std::vector<PolicyLint>& lints) {
  IntentReport report;
  Check check(evaluator, intents);
  report.breaches = check.Run();
  std::vector<IdlePolicy> idle;
  const auto add_idle = [&](const PolicyLint& lint, bool selects_nothing) {
    for (const IdlePolicy& policy : idle) {
      if (policy.selects_nothing != selects_nothing) continue;
      report.lints.push_back(
          {lint, policy.kind + " " + policy.policy,
           (selects_nothing ? std::string("selects no pod")
                            : std::string("could go: nothing would change without it")) +
               (policy.place.empty() ? "" : " (" + policy.place + ")")});
    }
  };
  using Asks = PolicyLint::Asks;
  const bool asks_idle = std::ranges::any_of(lints, [](const PolicyLint& lint) {
    return lint.asks == Asks::kSelects || lint.asks == Asks::kMatters;
  });
  if (asks_idle) idle = check.IdlePolicies();
  for (const PolicyLint& lint : lints) {
    switch (lint.asks) {
      case Asks::kDefaultDenyIngress:
        CheckDefaultDeny(evaluator, lint, true, report.lints);
        break;
      case Asks::kDefaultDenyEgress:
        CheckDefaultDeny(evaluator, lint, false, report.lints);
        break;
      case Asks::kSelects:
        add_idle(lint, true);
        break;
      case Asks::kMatters:
        add_idle(lint, false);
        break;
    }
  }
  return report;
}

}  // namespace podreach
