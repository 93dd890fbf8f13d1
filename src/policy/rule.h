#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "podreach/cluster/pod.h"
#include "podreach/cluster/problem.h"
#include "podreach/net/ip_block.h"
#include "podreach/net/port_set.h"
#include "podreach/policy/evaluator.h"

/// The form that every dialect's documents are brought to before anything is evaluated. What the
/// documents mean is written in semantics/.
namespace podreach::policy {

using Direction = DecidingRule::Direction;

inline constexpr std::array kProtocols = {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp};

/// Index of a distinct PodPeer in the ClassTable, which keeps the set of classes that it matches.
enum class PodSetId : std::uint32_t {};

/// A named port as policies refer to it. The same name on TCP and on UDP is two things.
using PortName = std::pair<Protocol, std::string>;

/// Labels that no pod can wear, for what selectors ask of a pod beside its labels.
inline constexpr std::string_view kServiceAccountKey = ":serviceaccount";
/// "sidecar"; "half-open", which lets in what its sidecar doesn't see; "ambient", of which it isn't
/// known, either, whether it shows an identity.
inline constexpr std::string_view kIstioKey = ":istio";
/// What a pod in Linkerd lets into ports that no Server speaks of: "deny", "all-authenticated".
inline constexpr std::string_view kLinkerdKey = ":linkerd";
inline constexpr std::string_view kConsulKey = ":consul";  ///< the service that the pod is
/// Pods in Linkerd or Consul that may let in what their proxy doesn't see, and pods that may not
/// show who they are.
inline constexpr std::string_view kOpenInKey = ":mesh-in";
inline constexpr std::string_view kOpenOutKey = ":mesh-out";

/// Pods by their own labels and their namespace's.
struct PodPeer {
  std::string ns;                           ///< the one namespace, where `namespaces` is absent
  std::optional<LabelSelector> namespaces;  ///< the empty selector is all namespaces
  LabelSelector pods;
  PodSetId set{};  ///< given by the ClassTable
  friend bool operator==(const PodPeer& one, const PodPeer& other) {
    return one.ns == other.ns && one.namespaces == other.namespaces && one.pods == other.pods;
  }
};

/// One alternative of a rule's peers: an end that is of one of the kinds and meets every condition.
struct RulePeer {
  bool pods = false;
  bool nodes = false;
  bool outside = false;
  /// Of pods: one of these matches; nothing: any pod. Empty: no pod.
  std::optional<std::vector<PodPeer>> any_of;
  /// The address is in one of these; nothing: any address. Pods and nodes are matched by address
  /// where the enforcer does so.
  std::optional<std::vector<IpBlock>> blocks;
  enum class Which : std::uint8_t { kAny, kOwn, kOther };
  Which which_nodes = Which::kAny;
  std::optional<LabelSelector> node_labels;
  /// Whether named ports are looked up on the pods that match. An address is no pod, even where a
  /// pod has it.
  bool looks_up_names = true;
  std::string doubt;  ///< why it can't be told whether it matches; such a peer may match
  std::string field;  ///< "spec.ingress[0].from[1]", or the rule's own field for everyone
  std::string text;   ///< "pods app=web in shop"

  [[nodiscard]] static RulePeer Everyone(std::string field);
  [[nodiscard]] static RulePeer Pods(PodPeer pods, std::string field);
  [[nodiscard]] static RulePeer Block(IpBlock block, std::string field);
  friend bool operator==(const RulePeer&, const RulePeer&) = default;
};

/// The ports of a rule: all of them, or numbers and names for each protocol, but for exceptions.
class RulePorts {
 public:
  void AddAll();
  void Add(Protocol protocol, const PortSet& ports);
  void Add(PortName name);
  /// Takes a name under every protocol: the port's own counts.
  void AddName(const std::string& name);
  void Except(Protocol protocol, const PortSet& ports);
  void Except(PortName name);

  /// The numbers that a destination is reached on. Names resolve by the destination's named ports;
  /// without any (an address that no pod stands for: null) a name is no number.
  [[nodiscard]] PortSet Resolve(Protocol protocol,
                                const std::vector<ContainerPort>* named_ports) const;
  /// Those of TCP alone, or all but those.
  [[nodiscard]] RulePorts OfTcp(bool tcp) const;
  [[nodiscard]] bool has_names() const { return !names_.empty() || !except_names_.empty(); }
  /// Every name that is looked up.
  [[nodiscard]] std::vector<PortName> Names() const;
  /// The numbers that are written, of ranges their ends; and those that the names stand for on a
  /// destination. All ports are no number.
  [[nodiscard]] PortSet Asked(Protocol protocol,
                              const std::vector<ContainerPort>& named_ports) const;
  /// "all ports", or "TCP 80,443, UDP dns".
  [[nodiscard]] std::string ToString() const;
  friend bool operator==(const RulePorts&, const RulePorts&) = default;

 private:
  bool all_ = false;
  std::array<PortSet, 3> numbers_;  // by Protocol
  std::vector<PortName> names_;
  std::array<PortSet, 3> except_numbers_;
  std::vector<PortName> except_names_;
};

enum class Action : std::uint8_t { kAllow, kDeny, kPass };

/// A connection matches where one of the peers and one of the ports match.
struct Rule {
  Action action = Action::kAllow;
  std::vector<RulePeer> peers;
  RulePorts ports;
  std::string field;  ///< "spec.ingress[0]"
  /// Further conditions on the subject, one of which must hold; none: no further ones.
  std::vector<RulePeer> own;
  std::string doubt;  ///< why it may or may not match; else empty
  std::string note;   ///< what of it isn't judged: "limited to HTTP: GET /health"; else empty
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Policies are asked tier by tier in each layer, apart from the other layers: all must allow.
struct Tier {
  /// kOwnNode stands in for the network layer where a pod's own node comes in. Each service mesh
  /// has a layer beside these, which its dialect asks for (LayerNamed in dialect.h).
  enum class Layer : std::uint8_t { kNetwork, kOwnNode };
  Layer layer = Layer::kNetwork;
  double order = 0;
  std::string name;
  friend auto operator<=>(const Tier&, const Tier&) = default;
};

inline constexpr double kAdminOrder = 1'000;
inline constexpr double kDefaultOrder = 1'000'000;
inline constexpr double kBaselineOrder = 10'000'000;
/// Where NetworkPolicies stand among the policies of the default tier.
inline constexpr double kNetworkPolicyOrder = 1'000;

/// Where a policy comes from.
enum class Origin : std::uint8_t {
  kWritten,    ///< a document of the snapshot says it
  kUnwritten,  ///< nobody wrote it: a mesh does so by default
  kMissing,    ///< it stands for what a gap of the snapshot may hide
};

/// One policy: whom it selects, and its rules, the first that matches deciding.
struct PolicyRules {
  std::string policy;  ///< "shop/default-deny"
  std::string kind = "NetworkPolicy";
  std::string group;  ///< "networking.k8s.io"; of one that is written
  Origin origin = Origin::kWritten;
  std::string place;  ///< "shop.yaml:12"; empty from a server
  Tier tier{Tier::Layer::kNetwork, kDefaultOrder, "default"};
  /// Its place in the tier, lowest first, then by rank within a scope, which is what stands before
  /// a '/' in it. Of two with the same place, without a rank or of different scopes, none is first:
  /// what only one order gives is unknown. (Policies that can but allow never differ.)
  double order = kNetworkPolicyOrder;
  std::string rank;
  std::vector<PodPeer> subjects;       ///< the pods that one of them matches
  std::optional<LabelSelector> nodes;  ///< that it may govern; only where it is unread
  bool ingress = false;                ///< it speaks of its subjects' ingress
  bool egress = false;
  bool isolates = true;  ///< what no rule of the tier decides for its subjects is denied
  std::vector<Rule> ingress_rules;
  std::vector<Rule> egress_rules;
  /// Why it can't be evaluated; else empty. Such a policy has no rules: it may or may not exist,
  /// isolate and allow, in the directions and for the subjects that are set above.
  std::string unread;
  /// The same by field, where it is something malformed; may be empty.
  std::vector<Problem> problems;
  bool may_deny = false;  ///< being unread: it may deny and pass, too

  friend bool operator==(const PolicyRules&, const PolicyRules&) = default;

  [[nodiscard]] bool Covers(Direction direction) const {
    return direction == Direction::kIngress ? ingress : egress;
  }
  [[nodiscard]] const std::vector<Rule>& RulesFor(Direction direction) const {
    return direction == Direction::kIngress ? ingress_rules : egress_rules;
  }
  [[nodiscard]] std::vector<Rule>& RulesFor(Direction direction) {
    return direction == Direction::kIngress ? ingress_rules : egress_rules;
  }
};

/// Calls `visit` with every PodPeer that a policy selects or names.
template <class Visitor>
void EachPodPeer(const PolicyRules& policy, const Visitor& visit) {
  for (const auto& subject : policy.subjects) visit(subject);
  for (const auto* rules : {&policy.ingress_rules, &policy.egress_rules}) {
    for (const auto& rule : *rules) {
      for (const auto* peers : {&rule.own, &rule.peers}) {
        for (const auto& peer : *peers) {
          if (!peer.any_of) continue;
          for (const auto& pods : *peer.any_of) visit(pods);
        }
      }
    }
  }
}

/// All pods of one namespace, or of all.
[[nodiscard]] PodPeer PodsOf(std::string ns);
[[nodiscard]] PodPeer AllPods();

}  // namespace podreach::policy
