#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "podreach/net/endpoint.h"
#include "podreach/net/port_set.h"
#include "podreach/reach/outcome.h"

namespace podreach {

/// Index of a policy class in an Evaluator.
enum class ClassId : std::uint32_t {};

/// What a pod is to the policies: which pods share a class follows from this and nothing else.
struct PodFacts {
  std::string ns;
  Labels labels;
  bool host_network = false;
  std::vector<ContainerPort> ports;  ///< named ones matter
};

/// Pods of a namespace that no policy in the snapshot can tell apart by labels, hostNetwork and
/// named ports. (An ipBlock tells them apart by address: a PolicyPeer carries it beside the class.)
struct PolicyClass {
  ClassId id{};
  std::string ns;
  bool host_network = false;
  /// The smallest set of the members' labels that puts a pod into this class: only labels that some
  /// policy looks at, and none that could go without changing the class. Beside labels, what
  /// selectors ask of a pod stands under keys that no pod can wear: ":serviceaccount", ":istio". So
  /// Classify({ns, labels, host_network, named_ports}) is `id`.
  Labels labels;
  std::vector<ContainerPort> named_ports;  ///< the named ports that policies refer to
  /// Indices into Snapshot::pods, live ones alone; empty for made-up ones.
  std::vector<std::size_t> pods;
  /// Indices into Evaluator::Policies() that select it for ingress, ascending.
  std::vector<std::size_t> ingress_policies;
  std::vector<std::size_t> egress_policies;
  /// Those that can't be evaluated and may select it, in some direction: what hangs on them is
  /// `unknown`.
  std::vector<std::size_t> unread_policies;
};

/// One policy of the snapshot as people know it: one document, of whatever dialect. What it refers
/// to must not outlive the Evaluator.
struct PolicyInfo {
  std::string_view name;   ///< "shop/default-deny"; a policy of the cluster has no '/' in its name
  std::string_view ns;     ///< empty for a policy of the cluster
  std::string_view group;  ///< "networking.k8s.io"
  std::string_view kind;   ///< "NetworkPolicy"
  std::string_view place;  ///< "shop.yaml:12"; empty from a server
  bool ingress = false;    ///< it speaks of its subjects' ingress
  bool egress = false;
  bool unread = false;  ///< it can't be evaluated

  /// "shop/default-deny"; of a kind beside Kubernetes' NetworkPolicy with the kind before it.
  [[nodiscard]] std::string Text() const;
};

/// Pods that a policy selects.
struct PolicySubject {
  std::string ns;                           ///< the one namespace, where `namespaces` is absent
  std::optional<LabelSelector> namespaces;  ///< the empty selector is all namespaces
  LabelSelector pods;

  /// "app=web", or "app=web in the namespaces team=a".
  [[nodiscard]] std::string ToString() const;
};

/// Rules of one policy that match peers by address, where the addresses of pods are among them.
struct PodsInBlocks {
  std::size_t policy = 0;  ///< index into Evaluator::Policies()
  bool ingress = false;    ///< the direction of the rules
  std::size_t pods = 0;    ///< how many live pods have such an address
};

/// One end of a connection as policies see it. A pod: its class and its address. Without a class:
/// an address outside every pod, or a node.
struct PolicyPeer {
  std::optional<ClassId> pod_class;
  /// Absent: ipBlocks that could decide make the answer `unknown`.
  std::optional<IpAddress> address;
  std::string node;      ///< the node it is or runs on; may be empty
  bool is_node = false;  ///< a node's own network: hostNetwork pods too
  /// Which of Snapshot::pods it is; by that it is called in texts. One pod is known by it as itself
  /// even where it has no address yet.
  std::optional<std::size_t> pod = {};
  /// Its address of the other family, where a connection may be made to either. A connection has
  /// one family, on both ends.
  std::optional<IpAddress> alternate = {};
};

/// A node's own network, at the node's first address of each family.
[[nodiscard]] PolicyPeer PeerOf(const Node& node);

/// A rule that decided, or an isolation without a rule that allows.
struct DecidingRule {
  enum class Direction : std::uint8_t { kIngress, kEgress };
  Direction direction = Direction::kIngress;
  std::string policy;  ///< "shop/default-deny"; empty where no policy decides
  /// "spec.ingress[0].from[1]"; empty where the policy isolates and no rule of it allows.
  std::string field;
  /// One sentence: "ingress to bank/db is isolated by bank/default-deny and no rule allows it".
  std::string text;
  std::string place = {};  ///< of the policy: "shop.yaml:12"; empty from a server
  friend bool operator==(const DecidingRule&, const DecidingRule&) = default;

  /// The text, with the place behind it where there is one.
  [[nodiscard]] std::string TextWithPlace() const {
    return place.empty() ? text : text + " (" + place + ")";
  }
};

/// What the policies intend for one connection. `allow` lists what lets it through on both sides,
/// egress first; `deny` what denies it; `unknown` what keeps it open.
struct Judgement {
  Expectation expectation = Expectation::kUnknown;
  std::vector<DecidingRule> rules;  ///< never empty
  Basis basis = Basis::kUnknown;
  Expectation network = Expectation::kUnknown;  ///< what the network's policies alone intend

  /// A service mesh keeps it from being allowed: by the network's own policies the connection gets,
  /// or may get, to the sidecar, which refuses it then.
  [[nodiscard]] bool mesh() const {
    return expectation != Expectation::kAllow && network != expectation;
  }
};

/// The ports of one protocol; what is in neither is denied.
struct PortAnswer {
  PortSet allowed;
  PortSet unknown;
};

struct ConnectionExplanation;

/// Known deviations of an enforcer from the standard's words, and what it is told of its network.
struct EnforcerProfile {
  std::string name = "standard";
  bool ip_blocks_match_pods = true;   ///< false for Cilium: pods are identities first
  bool ip_blocks_match_nodes = true;  ///< false for Cilium
  /// Where pods that have no address yet will get it; empty: nothing is known of that.
  std::vector<Cidr> pod_cidrs = {};
};

/// Answers what NetworkPolicies intend. Built once over a snapshot, which it keeps. Never loops
/// over pods x pods: selectors are evaluated once per distinct label set, and answers are sets over
/// classes.
class Evaluator {
 public:
  Evaluator(std::shared_ptr<const Snapshot> snapshot, EnforcerProfile profile);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  [[nodiscard]] const Snapshot& snapshot() const;
  [[nodiscard]] const EnforcerProfile& profile() const;
  /// The policies of which something couldn't be evaluated: the whole, or a rule of it. What they
  /// could touch is `unknown`.
  [[nodiscard]] std::vector<SnapshotGap> NotEvaluated() const;
  /// Every policy of the snapshot, of all dialects.
  [[nodiscard]] std::span<const PolicyInfo> Policies() const;
  /// By policy: whether it selects any live pod that has its own network.
  [[nodiscard]] std::vector<bool> SelectingPolicies() const;
  /// Whom a policy selects: pods that one of these matches. Empty for a policy of nodes.
  [[nodiscard]] std::vector<PolicySubject> SubjectsOf(std::size_t policy) const;
  /// The policies whose selectors match a pod's labels, whether or not policies apply to it: they
  /// don't where it uses the host's network. Those that can't be evaluated are left out.
  [[nodiscard]] std::vector<std::size_t> PoliciesMatching(const Pod& pod) const;
  /// By Protocol: the ports that policies which govern the class's ingress name by number, of
  /// ranges both ends, and those that their names stand for on the class's pods.
  [[nodiscard]] std::array<PortSet, 3> PortsAskedOf(ClassId id) const;
  /// The rules that mean pods by their addresses, as far as the words of their dialect go. An
  /// enforcer whose profile lacks ip_blocks_match_pods doesn't match them.
  [[nodiscard]] std::vector<PodsInBlocks> RulesByAddressOfPods() const;
  [[nodiscard]] std::span<const PolicyClass> classes() const;
  /// The class of a live pod of the snapshot, by its index; nothing for terminated ones.
  [[nodiscard]] std::optional<ClassId> ClassOf(std::size_t pod) const;
  /// A pod of the snapshot as an end of a connection, at its first address of each family.
  [[nodiscard]] PolicyPeer PeerOf(std::size_t pod) const;
  /// The class of a pod that isn't in the snapshot (a probe); added where no class has its like.
  /// Not to be called while another thread uses the Evaluator; it invalidates what classes() gave.
  [[nodiscard]] ClassId Classify(const PodFacts& pod);

  /// Both sides decide: the source's egress and the destination's ingress (networking/v1
  /// NetworkPolicySpec; the documentation's "Network Policies", "The two sorts of pod isolation").
  /// A pod reaches itself (same address, or the same pod without one). hostNetwork pods are nodes: no selector applies to them,
  /// as subject or peer. A pod and its own node always reach each other by the standard's words;
  /// enforcers keep to them for ingress alone, so egress to the own node that no rule allows is
  /// `unknown`, and so is ingress from another node that no rule allows. Where both ends have
  /// addresses of two families, each family is judged; where they differ, it is `unknown`.
  [[nodiscard]] Judgement Judge(const PolicyPeer& source, const PolicyPeer& destination,
                                Protocol protocol, Port port) const;
  /// One side alone: the source's egress, or the destination's ingress. That a pod reaches itself
  /// isn't considered.
  [[nodiscard]] Judgement JudgeSide(DecidingRule::Direction side, const PolicyPeer& source,
                                    const PolicyPeer& destination, Protocol protocol,
                                    Port port) const;
  /// Judge(), with every rule on either side that had a part in it.
  [[nodiscard]] ConnectionExplanation Explain(const PolicyPeer& source,
                                              const PolicyPeer& destination, Protocol protocol,
                                              Port port) const;
  [[nodiscard]] PortAnswer Ports(const PolicyPeer& source, const PolicyPeer& destination,
                                 Protocol protocol) const;
  /// The ports of `protocol` that are allowed; nothing where some are unknown.
  [[nodiscard]] std::optional<PortSet> AllowedPorts(const PolicyPeer& source,
                                                    const PolicyPeer& destination,
                                                    Protocol protocol) const;

 private:
  friend class IntendedCells;
  friend class IntendedMatrix;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace podreach
