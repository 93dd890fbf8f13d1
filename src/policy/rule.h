#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "podreach/cluster/network_policy.h"
#include "podreach/cluster/pod.h"
#include "podreach/net/port_set.h"
#include "podreach/policy/evaluator.h"

/// The form that every dialect's documents are brought to before anything is evaluated.
namespace podreach::policy {

using Direction = DecidingRule::Direction;

/// Index of a distinct PodPeer in the ClassTable, which keeps the set of classes that it matches.
enum class PodSetId : std::uint32_t {};

/// A named port as policies refer to it. The same name on TCP and on UDP is two things.
using PortName = std::pair<Protocol, std::string>;

/// Everyone, inside and outside the cluster.
struct EveryPeer {};

/// Pods by their own labels and their namespace's.
struct PodPeer {
  std::string ns;                           ///< the one namespace, where `namespaces` is absent
  std::optional<LabelSelector> namespaces;  ///< the empty selector is all namespaces
  LabelSelector pods;
  PodSetId set{};  ///< given by the ClassTable
};

/// One alternative of a rule's peers.
struct RulePeer {
  std::variant<EveryPeer, PodPeer, IpBlock> who;
  std::string field;  ///< "spec.ingress[0].from[1]", or the rule's own field for EveryPeer
};

/// The ports of a rule: all of them, or numbers and names for each protocol.
class RulePorts {
 public:
  void AddAll();
  void Add(Protocol protocol, const PortSet& ports);
  void Add(PortName name);

  /// The numbers that a destination is reached on. Names resolve by the destination's named ports;
  /// without a destination (an address that no pod stands for) a name is no number.
  [[nodiscard]] PortSet Resolve(Protocol protocol, const PolicyClass* destination) const;
  /// Resolve(protocol, destination).Contains(port), without building the set.
  [[nodiscard]] bool Allow(Protocol protocol, Port port, const PolicyClass* destination) const;
  [[nodiscard]] const std::vector<PortName>& names() const { return names_; }
  /// "all ports", or "TCP 80,443, UDP dns".
  [[nodiscard]] std::string ToString() const;

 private:
  bool all_ = false;
  std::array<PortSet, 3> numbers_;  // by Protocol
  std::vector<PortName> names_;
};

/// One allow rule: a connection passes where one of the peers and one of the ports match.
struct Rule {
  std::vector<RulePeer> peers;  ///< never empty
  RulePorts ports;
  std::string field;  ///< "spec.ingress[0]"
};

/// One policy: whom it isolates, and what it lets through nevertheless.
struct PolicyRules {
  std::string policy;             ///< "shop/default-deny"
  std::optional<std::string> ns;  ///< of its subjects; absent: every namespace
  LabelSelector subject;
  bool ingress = false;  ///< it isolates its subjects for ingress
  bool egress = false;
  std::vector<Rule> ingress_rules;
  std::vector<Rule> egress_rules;
  /// Why it can't be evaluated; else empty. Such a policy has no rules: it may or may not exist,
  /// isolate and allow, in the directions and for the subjects that are set above.
  std::string unread;

  [[nodiscard]] bool Covers(Direction direction) const {
    return direction == Direction::kIngress ? ingress : egress;
  }
  [[nodiscard]] const std::vector<Rule>& RulesFor(Direction direction) const {
    return direction == Direction::kIngress ? ingress_rules : egress_rules;
  }
};

}  // namespace podreach::policy
