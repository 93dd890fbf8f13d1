#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "podreach/reach/outcome.h"
#include "tests/oracle/network_policy_reader.h"

/// A second opinion on NetworkPolicies, written from the API types' documentation: pod by pod, port
/// by port, no classes, no index, nothing shared with src/policy. What the standard or the snapshot
/// leaves open is decided both ways, in every combination: only what comes out the same in all of
/// those worlds is certain.
namespace podreach::oracle::standard {

/// One end of a connection.
struct End {
  const Pod* pod = nullptr;          ///< absent: a node, or an address outside
  std::optional<IpAddress> address;  ///< may be withheld
  std::string node;
  bool is_node = false;

  [[nodiscard]] bool OnNodeNetwork() const {
    return is_node || (pod != nullptr && pod->host_network);
  }
  [[nodiscard]] bool IsPlainPod() const { return pod != nullptr && !OnNodeNetwork(); }
};

struct Enforcer {
  bool ip_blocks_match_pods = true;
  bool ip_blocks_match_nodes = true;
};

/// One way in which everything that isn't known may be.
struct World {
  bool unknown_addresses_match = false;
  bool node_traffic_passes = false;
  /// What a policy that can't be read is, by turns: not there at all, isolating, or allowing
  /// everything.
  enum class Unread { kAbsent, kIsolates, kAllowsAll };
  std::vector<Unread> unread;  // by the number of the policy in the snapshot
};

inline bool Has(const LabelRequirement& requirement, const std::string& value) {
  for (const auto& listed : requirement.values) {
    if (listed == value) return true;
  }
  return false;
}

inline bool Selects(const LabelSelector& selector, const Labels& labels) {
  for (const auto& requirement : selector.requirements) {
    const std::string* value = nullptr;
    for (const auto& [key, text] : labels) {
      if (key == requirement.key) value = &text;
    }
    bool holds = false;
    if (requirement.op == LabelRequirement::Operator::kExists) holds = value != nullptr;
    if (requirement.op == LabelRequirement::Operator::kDoesNotExist) holds = value == nullptr;
    if (requirement.op == LabelRequirement::Operator::kIn) {
      holds = value != nullptr && Has(requirement, *value);
    }
    if (requirement.op == LabelRequirement::Operator::kNotIn) {
      holds = value == nullptr || !Has(requirement, *value);
    }
    if (!holds) return false;
  }
  return true;
}

/// Bit by bit.
inline bool IsIn(const Cidr& block, const IpAddress& address) {
  const auto net = block.network().bytes();
  const auto own = address.bytes();
  if (net.size() != own.size()) return false;
  for (int bit = 0; bit < block.prefix_length(); ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int shift = 7 - bit % 8;
    if ((net[byte] >> shift & 1) != (own[byte] >> shift & 1)) return false;
  }
  return true;
}

inline bool IsIn(const IpBlock& block, const IpAddress& address) {
  if (!IsIn(block.cidr, address)) return false;
  for (const auto& except : block.except) {
    if (IsIn(except, address)) return false;
  }
  return true;
}

/// Whether a malformed policy may be about a pod in a direction, going by what is malformed in it.
inline bool MayTouch(const ReadPolicy& read, const Pod& pod, bool ingress) {
  const auto& policy = read.policy;
  const bool any_pod = read.all_malformed || read.selector_malformed;
  const bool direction = (ingress ? policy.ingress_type : policy.egress_type) ||
                         read.all_malformed || read.types_malformed ||
                         (ingress ? read.ingress_malformed : read.egress_malformed);
  return direction && policy.ns == pod.ns && (any_pod || Selects(policy.pod_selector, pod.labels));
}

class NaiveEvaluator {
 public:
  NaiveEvaluator(const Snapshot& snapshot, Enforcer enforcer)
      : snapshot_(snapshot), enforcer_(enforcer) {
    for (const auto& document : snapshot.policy_documents) policies_.push_back(Read(document));
  }

  /// `source` and `destination` are live pods, nodes, or outside.
  [[nodiscard]] Expectation Judge(const End& source, const End& destination, Protocol protocol,
                                  Port port) const {
    std::set<bool> answers;
    for (const auto& world : Worlds()) {
      answers.insert(Passes(world, source, destination, protocol, port));
    }
    if (answers.size() == 2) return Expectation::kUnknown;
    return *answers.begin() ? Expectation::kAllow : Expectation::kDeny;
  }

 private:
  [[nodiscard]] std::vector<World> Worlds() const {
    std::vector<World> worlds;
    for (const bool addresses : {false, true}) {
      for (const bool nodes : {false, true}) worlds.push_back({addresses, nodes, {}});
    }
    for (const auto& policy : policies_) {
      std::vector<World> more;
      for (const auto& world : worlds) {
        more.push_back(world);
        more.back().unread.push_back(World::Unread::kAbsent);
        if (policy.IsReadable()) continue;
        for (const auto unread : {World::Unread::kIsolates, World::Unread::kAllowsAll}) {
          more.push_back(world);
          more.back().unread.push_back(unread);
        }
      }
      worlds = std::move(more);
    }
    return worlds;
  }

  [[nodiscard]] bool Passes(const World& world, const End& source, const End& destination,
                            Protocol protocol, Port port) const {
    const bool itself = source.IsPlainPod() && source.pod == destination.pod && source.address &&
                        source.address == destination.address;
    if (itself) return true;
    return SidePasses(world, false, source, destination, destination, protocol, port) &&
           SidePasses(world, true, destination, source, destination, protocol, port);
  }

  [[nodiscard]] bool SidePasses(const World& world, bool ingress, const End& subject,
                                const End& other, const End& destination, Protocol protocol,
                                Port port) const {
    if (!subject.IsPlainPod()) return true;
    bool isolated = false;
    bool allowed = false;
    for (std::size_t i = 0; i < policies_.size(); ++i) {
      const auto& policy = policies_[i].policy;
      if (!policies_[i].IsReadable()) {
        if (!MayTouch(policies_[i], *subject.pod, ingress)) continue;
        isolated = isolated || world.unread[i] != World::Unread::kAbsent;
        allowed = allowed || world.unread[i] == World::Unread::kAllowsAll;
        continue;
      }
      if (policy.ns != subject.pod->ns) continue;
      if (!(ingress ? policy.ingress_type : policy.egress_type)) continue;
      if (!Selects(policy.pod_selector, subject.pod->labels)) continue;
      isolated = true;
      for (const auto& rule : ingress ? policy.ingress : policy.egress) {
        if (RuleAllows(world, policy, rule, ingress, other, destination, protocol, port))
          allowed = true;
      }
    }
    if (!isolated || allowed) return true;
    const bool own_node =
        other.OnNodeNetwork() && !other.node.empty() && other.node == subject.node;
    if (ingress && own_node) return true;
    if (other.OnNodeNetwork() && (ingress || own_node)) return world.node_traffic_passes;
    return false;
  }

  [[nodiscard]] bool RuleAllows(const World& world, const NetworkPolicy& policy,
                                const NetworkPolicyRule& rule, bool ingress, const End& other,
                                const End& destination, Protocol protocol, Port port) const {
    if (rule.peers.empty()) return PortsAllow(rule, destination, protocol, port);
    for (const auto& peer : rule.peers) {
      if (!PeerIs(world, policy, peer, other)) continue;
      // An egress ipBlock is a range of addresses: nothing there has named ports.
      const bool addresses_only = !ingress && peer.ip_block.has_value();
      if (PortsAllow(rule, addresses_only ? End{} : destination, protocol, port)) return true;
    }
    return false;
  }

  [[nodiscard]] bool PeerIs(const World& world, const NetworkPolicy& policy,
                            const NetworkPolicyPeer& peer, const End& other) const {
    if (peer.ip_block) {
      if (other.IsPlainPod() && !enforcer_.ip_blocks_match_pods) return false;
      if (other.OnNodeNetwork() && !enforcer_.ip_blocks_match_nodes) return false;
      if (!other.address) return world.unknown_addresses_match;
      return IsIn(*peer.ip_block, *other.address);
    }
    if (!other.IsPlainPod()) return false;
    if (peer.pod_selector && !Selects(*peer.pod_selector, other.pod->labels)) return false;
    if (!peer.namespace_selector) return other.pod->ns == policy.ns;
    for (const auto& ns : snapshot_.namespaces) {
      if (ns.name == other.pod->ns) return Selects(*peer.namespace_selector, ns.labels);
    }
    return false;
  }

  [[nodiscard]] static bool PortsAllow(const NetworkPolicyRule& rule, const End& destination,
                                       Protocol protocol, Port port) {
    if (rule.ports.empty()) return true;
    for (const auto& allowed : rule.ports) {
      if (allowed.protocol != protocol) continue;
      if (std::holds_alternative<std::monostate>(allowed.port)) return true;
      if (const auto* number = std::get_if<Port>(&allowed.port)) {
        const auto last = allowed.end_port.value_or(*number);
        if (number->number() <= port.number() && port.number() <= last.number()) return true;
        continue;
      }
      if (!destination.IsPlainPod()) continue;
      for (const auto& declared : destination.pod->ports) {
        const bool same = declared.name == std::get<std::string>(allowed.port) &&
                          declared.protocol == protocol && declared.port == port;
        if (same) return true;
      }
    }
    return false;
  }

  const Snapshot& snapshot_;
  const Enforcer enforcer_;
  std::vector<ReadPolicy> policies_;
};

}  // namespace podreach::oracle::standard
