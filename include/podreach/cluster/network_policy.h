#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "podreach/cluster/label_selector.h"
#include "podreach/net/cidr.h"
#include "podreach/net/port.h"
#include "podreach/net/protocol.h"

namespace podreach {

/// networking.k8s.io/v1 IPBlock.
struct IpBlock {
  Cidr cidr;
  std::vector<Cidr> except;

  [[nodiscard]] bool Contains(const IpAddress& address) const;
  friend bool operator==(const IpBlock&, const IpBlock&) = default;
};

/// networking.k8s.io/v1 NetworkPolicyPeer: either selectors, of which at least one is there, or an
/// ipBlock.
struct NetworkPolicyPeer {
  std::optional<LabelSelector> pod_selector;
  std::optional<LabelSelector> namespace_selector;  ///< absent: the policy's own namespace
  std::optional<IpBlock> ip_block;
};

/// networking.k8s.io/v1 NetworkPolicyPort.
struct NetworkPolicyPort {
  Protocol protocol = Protocol::kTcp;
  std::variant<std::monostate, Port, std::string>
      port;  ///< none: all ports of the protocol; or a name
  std::optional<Port> end_port;
};

/// One ingress or egress rule. No peers: everyone, inside and outside. No ports: all ports of all
/// protocols.
struct NetworkPolicyRule {
  std::vector<NetworkPolicyPeer> peers;
  std::vector<NetworkPolicyPort> ports;
};

/// networking.k8s.io/v1 NetworkPolicy, with policyTypes already defaulted as the API does it
/// (Ingress always, Egress where there is an egress rule).
struct NetworkPolicy {
  std::string ns;
  std::string name;
  std::string uid;
  LabelSelector pod_selector;
  bool ingress_type = true;
  bool egress_type = false;
  std::vector<NetworkPolicyRule> ingress;
  std::vector<NetworkPolicyRule> egress;
  /// What couldn't be read of it: "spec.ingress[0].from[1].ipBlock.cidr: not a CIDR: 10.0.0". Where
  /// it isn't empty, every cell that the policy could touch expects `unknown`.
  std::vector<std::string> problems;
  std::string place = {};  ///< "shop.yaml:12"; empty from a server
};

}  // namespace podreach
