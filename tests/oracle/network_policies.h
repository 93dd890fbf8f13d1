#pragma once

#include "tests/oracle/tiers.h"

/// NetworkPolicy and the other kinds of the network-policy API: AdminNetworkPolicy,
/// BaselineAdminNetworkPolicy (v1alpha1), ClusterNetworkPolicy (v1alpha2).
namespace podreach::oracle {

// --- NetworkPolicy.

inline Match PeerIs(const Side& side, const NetworkPolicy& policy, const NetworkPolicyPeer& peer) {
  const Place& other = side.other();
  if (peer.ip_block) {
    if (!other.address) return Match::kMay;
    return Is(standard::IsIn(*peer.ip_block, *other.address));
  }
  if (!other.IsPod()) return Match::kNo;
  if (peer.pod_selector && !standard::Selects(*peer.pod_selector, other.pod->labels)) {
    return Match::kNo;
  }
  if (!peer.namespace_selector) return Is(other.pod->ns == policy.ns);
  if (other.ns == nullptr) return Match::kNo;
  return Is(standard::Selects(*peer.namespace_selector, other.ns->labels));
}

inline bool IsPort(const Side& side, const NetworkPolicyPort& port, bool by_address) {
  if (port.protocol != side.protocol) return false;
  if (std::holds_alternative<std::monostate>(port.port)) return true;
  if (const auto* name = std::get_if<std::string>(&port.port)) {
    return !by_address && IsNamedPort(side, *name);
  }
  const auto first = std::get<Port>(port.port);
  return IsBetween(side, first.number(), port.end_port.value_or(first).number());
}

inline Match RuleMatches(const Side& side, const NetworkPolicy& policy,
                         const NetworkPolicyRule& rule) {
  const auto ports = [&](bool by_address) {
    bool any = rule.ports.empty();
    for (const auto& port : rule.ports) any = any || IsPort(side, port, by_address);
    return Is(any);
  };
  if (rule.peers.empty()) return ports(false);
  Match any = Match::kNo;
  for (const auto& peer : rule.peers) {
    const bool by_address = !side.ingress && peer.ip_block.has_value();
    any = Or(any, And(PeerIs(side, policy, peer), ports(by_address)));
  }
  return any;
}

/// NetworkPolicies and Cilium's allows are beside each other, all of them allows, so that there is
/// nothing to tell between orders: one policy holds them.
inline Policy& AllowsOf(Tiers& tiers) {
  Tier& tier = tiers.Named("default");
  for (auto& policy : tier.policies) {
    if (policy.rank.name == "allows") return policy;
  }
  tier.policies.push_back({{1'000, "allows"}, {}, Match::kNo});
  return tier.policies.back();
}

inline bool IsNetworkPolicy(const Json& document) {
  return GroupOf(document) == "networking.k8s.io" && KindOf(document) == "NetworkPolicy";
}

inline void AddNetworkPolicies(const Side& side, Tiers& tiers) {
  const Pod& pod = *side.subject().pod;
  for (const auto& document : side.world.documents) {
    if (!IsNetworkPolicy(document)) continue;
    const auto read = standard::Read(NamespaceOf(document), NameOf(document), document);
    const auto& policy = read.policy;
    Policy& allows = AllowsOf(tiers);
    if (!read.IsReadable()) {
      if (!standard::MayTouch(read, pod, side.ingress)) continue;
      allows.isolates = Or(allows.isolates, Match::kMay);
      allows.steps.push_back({Match::kMay, Action::kAllow});
      continue;
    }
    if (policy.ns != pod.ns || !standard::Selects(policy.pod_selector, pod.labels)) continue;
    if (!(side.ingress ? policy.ingress_type : policy.egress_type)) continue;
    allows.isolates = Match::kYes;
    for (const auto& rule : side.ingress ? policy.ingress : policy.egress) {
      allows.steps.push_back({RuleMatches(side, policy, rule), Action::kAllow});
    }
  }
}

// --- The Admin and Baseline kinds.

struct AdminDialect {
  bool ports_list;  ///< v1alpha1 `ports`; else v1alpha2 `protocols`
  std::string_view allow;
  bool can_pass;
};

inline Match NamespacedPods(const Json& pods, const Place& place) {
  Only(pods, {"namespaceSelector", "podSelector"});
  const Json& namespaces = Must(Field(pods, "namespaceSelector"));
  const Json& labels = Must(Field(pods, "podSelector"));
  ReadSelector(namespaces);
  ReadSelector(labels);
  if (!place.IsPod()) return Match::kNo;
  return Is(Selects(namespaces, NamespaceLabels(place)) && Selects(labels, place.pod->labels));
}

inline Match NamespacesOf(const Json& selector, const Place& place) {
  ReadSelector(selector);
  return Is(place.IsPod() && Selects(selector, NamespaceLabels(place)));
}

inline Match AdminSubject(const Json& spec, const Place& place) {
  const Json& subject = Must(Field(spec, "subject"));
  Only(subject, {"namespaces", "pods"});
  if (subject.size() != 1) throw Unread();
  if (const Json* namespaces = Field(subject, "namespaces"))
    return NamespacesOf(*namespaces, place);
  return NamespacedPods(Must(Field(subject, "pods")), place);
}

struct AdminPeerMatch {
  Match match = Match::kMay;
  bool by_address = false;
};

inline AdminPeerMatch AdminPeer(const Side& side, const Json& peer, Action action) {
  const Place& other = side.other();
  int known = 0;
  const Json* fields[5] = {};
  static constexpr const char* kFields[] = {"namespaces", "pods", "nodes", "networks",
                                            "domainNames"};
  for (int i = 0; i < (side.ingress ? 2 : 5); ++i) {
    fields[i] = Field(peer, kFields[i]);
    known += fields[i] != nullptr ? 1 : 0;
  }
  if (peer.size() != 1) throw Unread();
  if (fields[0] != nullptr) return {NamespacesOf(*fields[0], other), false};
  if (fields[1] != nullptr) return {NamespacedPods(*fields[1], other), false};
  if (fields[2] != nullptr) return {SelectsNode(*fields[2], other), true};
  if (fields[3] != nullptr) return {IsInside(*fields[3], other), true};
  if (action != Action::kAllow) return {Match::kMay, true};
  Texts(fields[4]);
  return {other.IsOutside() ? Match::kMay : Match::kNo, true};
}

/// Names nothing that the API knows.
inline bool HasUnknownAdminPeer(const Side& side, const Json& rule) {
  const Json* peers = Field(rule, side.ingress ? "from" : "to");
  if (peers == nullptr || !peers->is_array()) return false;
  for (const auto& peer : *peers) {
    bool known = !peer.is_object();
    for (const char* field : {"namespaces", "pods"}) known = known || Field(peer, field) != nullptr;
    for (const char* field : {"nodes", "networks", "domainNames"})
      known = known || (!side.ingress && Field(peer, field) != nullptr);
    if (!known) return true;
  }
  return false;
}

inline Protocol ReadProtocol(const Json* protocol) {
  const auto read = ParseProtocol(protocol == nullptr ? "TCP" : Text(*protocol));
  if (!read) throw Unread();
  return *read;
}

inline Match AdminPort(const Side& side, const Json& port, bool by_address) {
  Only(port, {"portNumber", "portRange", "namedPort"});
  if (port.size() != 1) throw Unread();
  if (const Json* name = Field(port, "namedPort")) {
    return And(Is(!by_address), Is(IsNamedPort(side, Text(*name))));
  }
  if (const Json* number = Field(port, "portNumber")) {
    Only(*number, {"protocol", "port"});
    const int first = Number(Must(Field(*number, "port")), 1, 65535);
    return Is(ReadProtocol(Field(*number, "protocol")) == side.protocol &&
              IsBetween(side, first, first));
  }
  const Json& range = Must(Field(port, "portRange"));
  Only(range, {"protocol", "start", "end"});
  const int first = Number(Must(Field(range, "start")), 1, 65535);
  const int last = Number(Must(Field(range, "end")), first, 65535);
  return Is(ReadProtocol(Field(range, "protocol")) == side.protocol &&
            IsBetween(side, first, last));
}

inline Match AdminProtocol(const Side& side, const Json& entry, bool by_address) {
  Only(entry, {"tcp", "udp", "sctp", "destinationNamedPort"});
  if (entry.size() != 1) throw Unread();
  if (const Json* name = Field(entry, "destinationNamedPort")) {
    return And(Is(!by_address), Is(IsNamedPort(side, Text(*name))));
  }
  const std::string key = entry.begin().key();
  const auto protocol = key == "tcp"   ? Protocol::kTcp
                        : key == "udp" ? Protocol::kUdp
                                       : Protocol::kSctp;
  const Json& of = Must(Field(entry, key));
  Only(of, {"destinationPort"});
  const Json* port = Field(of, "destinationPort");
  if (port == nullptr) return Is(protocol == side.protocol);
  Only(*port, {"number", "range"});
  if (port->size() != 1) throw Unread();
  if (const Json* number = Field(*port, "number")) {
    const int first = Number(*number, 1, 65535);
    return Is(protocol == side.protocol && IsBetween(side, first, first));
  }
  const Json& range = Must(Field(*port, "range"));
  Only(range, {"start", "end"});
  const int first = Number(Must(Field(range, "start")), 1, 65535);
  const int last = Number(Must(Field(range, "end")), first, 65535);
  return Is(protocol == side.protocol && IsBetween(side, first, last));
}

inline Match AdminPorts(const Side& side, const AdminDialect& dialect, const Json& rule,
                        bool by_address) {
  const auto ports = List(Field(rule, dialect.ports_list ? "ports" : "protocols"));
  Match any = Is(ports.empty());
  for (const auto& port : ports) {
    any = Or(any, MayIfUnread([&] {
               return dialect.ports_list ? AdminPort(side, port, by_address)
                                         : AdminProtocol(side, port, by_address);
             }));
  }
  return any;
}

inline Match AdminRule(const Side& side, const AdminDialect& dialect, const Json& rule,
                       Action action) {
  const char* peers_field = side.ingress ? "from" : "to";
  Only(rule, {"name", "action", peers_field, dialect.ports_list ? "ports" : "protocols"});
  const auto ports = [&](bool by_address) {
    return MayIfUnread([&] { return AdminPorts(side, dialect, rule, by_address); });
  };
  std::vector<Json> peers;
  if (!CanRead([&] { peers = List(Field(rule, peers_field)); }) || peers.empty()) {
    return And(Match::kMay, ports(false));
  }
  if (HasUnknownAdminPeer(side, rule)) return action == Action::kAllow ? Match::kNo : ports(false);
  Match any = Match::kNo;
  for (const auto& peer : peers) {
    AdminPeerMatch match;
    CanRead([&] { match = AdminPeer(side, peer, action); });
    any = Or(any, And(match.match, ports(match.by_address)));
  }
  return any;
}

inline Action AdminAction(const AdminDialect& dialect, const Json& rule) {
  const auto action = Text(Must(Field(rule, "action")));
  if (action == dialect.allow) return Action::kAllow;
  if (action == "Deny") return Action::kDeny;
  if (action == "Pass" && dialect.can_pass) return Action::kPass;
  throw Unread();
}

/// Throws where anything but peers and ports can't be read.
inline Policy AdminPolicy(const Side& side, const AdminDialect& dialect, const Json& spec) {
  Policy policy;
  Only(spec, {"tier", "priority", "subject", "ingress", "egress"});
  const Match subject = AdminSubject(spec, side.subject());
  for (const char* direction : {"ingress", "egress"}) {
    for (const auto& rule : List(Field(spec, direction))) {
      const Action action = AdminAction(dialect, rule);
      if ((direction[0] == 'i') != side.ingress) continue;
      const Match match = MayIfUnread([&] { return AdminRule(side, dialect, rule, action); });
      const bool may_deny = action == Action::kPass && HasUnknownAdminPeer(side, rule);
      if (may_deny) policy.steps.push_back({And(And(subject, match), Match::kMay), Action::kDeny});
      policy.steps.push_back({And(subject, match), action});
    }
  }
  return policy;
}

inline void AddAdminDocument(const Side& side, const Json& document, Tiers& tiers) {
  const auto kind = KindOf(document);
  const bool cluster = kind == "ClusterNetworkPolicy";
  const bool baseline = kind == "BaselineAdminNetworkPolicy";
  const AdminDialect dialect{!cluster, cluster ? "Accept" : "Allow", !baseline};
  const Json spec = SpecOf(document);
  std::string tier = baseline ? "Baseline" : "Admin";
  Rank rank{baseline ? std::nullopt : std::optional(kFirst), NameOf(document), false};
  const bool placed = CanRead([&] {
    if (cluster) tier = Text(Must(Field(spec, "tier")));
    if (tier != "Admin" && tier != "Baseline") tier = "Admin", throw Unread();
    if (!baseline) rank.order = Number(Must(Field(spec, "priority")), 0, 1000);
  });
  Policy policy;
  const bool read = CanRead([&] { policy = AdminPolicy(side, dialect, spec); });
  if (!placed || !read) {
    if (!Covers(spec, side.ingress ? "ingress" : "egress")) return;
    if (MayIfUnread([&] { return AdminSubject(spec, side.subject()); }) == Match::kNo) return;
    policy = UnreadPolicy(rank, true, dialect.can_pass, false);
  }
  policy.rank = rank;
  tiers.Named(tier).policies.push_back(std::move(policy));
}

}  // namespace podreach::oracle
