#pragma once

#include "tests/oracle/network_policies.h"

/// CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.
namespace podreach::oracle {

constexpr std::string_view kCiliumNamespace = "io.kubernetes.pod.namespace";
constexpr std::string_view kCiliumNamespaceLabels = "io.cilium.k8s.namespace.labels.";

struct CiliumSelector {
  std::vector<Requirement> requirements;
  bool names_namespace = false;
};

inline CiliumSelector ReadCiliumSelector(const Json& json) {
  CiliumSelector selector{ReadSelector(json)};
  for (auto& requirement : selector.requirements) {
    auto& key = requirement.key;
    if (key.rfind("reserved:", 0) == 0) throw Unread();
    if (key.rfind("k8s:", 0) == 0 || key.rfind("any:", 0) == 0) key = key.substr(4);
    if (key != kCiliumNamespace &&
        (key.rfind("kubernetes.io", 0) == 0 || key.rfind("io.kubernetes", 0) == 0 ||
         key.rfind("k8s.io", 0) == 0 ||
         IsOneOf(key, {"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
                       "batch.kubernetes.io/job-completion-index", "pod-template-hash",
                       "controller-revision-hash", "pod-template-generation"})))
      throw Unread();
    selector.names_namespace = selector.names_namespace || key == kCiliumNamespace ||
                               key.rfind(kCiliumNamespaceLabels, 0) == 0;
  }
  return selector;
}

/// The labels of the pod's identity.
inline Labels CiliumLabels(const Place& place) {
  Labels labels = place.pod->labels;
  labels[std::string(kCiliumNamespace)] = place.pod->ns;
  labels["io.cilium.k8s.policy.serviceaccount"] = place.pod->service_account;
  for (const auto& [key, value] : NamespaceLabels(place)) {
    labels[std::string(kCiliumNamespaceLabels) + key] = value;
  }
  return labels;
}

inline bool SelectsPod(const CiliumSelector& selector, const Place& place) {
  bool all = place.IsPod();
  for (const auto& requirement : selector.requirements) {
    all = all && Holds(requirement, CiliumLabels(place));
  }
  return all;
}

/// One of a document's spec and specs. `ns` is empty in a CiliumClusterwideNetworkPolicy.
struct CiliumRule {
  const Side& side;
  const Json& json;
  std::string ns;
};

inline Match CiliumSubject(const CiliumRule& rule) {
  const Json* endpoints = Field(rule.json, "endpointSelector");
  const Json* nodes = Field(rule.json, "nodeSelector");
  if ((endpoints == nullptr) == (nodes == nullptr)) throw Unread();
  const Place& place = rule.side.subject();
  if (nodes != nullptr) {
    if (!rule.ns.empty()) throw Unread();
    return SelectsNode(*nodes, place);
  }
  Json named = *endpoints;
  // The policy's own namespace takes its place.
  if (!rule.ns.empty() && named.is_object() && named.contains("matchLabels") &&
      named["matchLabels"].is_object() &&
      named["matchLabels"].value("k8s:io.kubernetes.pod.namespace", Json()).is_string())
    named["matchLabels"].erase("k8s:io.kubernetes.pod.namespace");
  const auto selector = ReadCiliumSelector(named);
  if (!place.IsPod() || (!rule.ns.empty() && place.pod->ns != rule.ns)) return Match::kNo;
  return Is(SelectsPod(selector, place));
}

inline Match CiliumEndpoint(const CiliumRule& rule, const Json& json) {
  const auto selector = ReadCiliumSelector(json);
  const Place& other = rule.side.other();
  if (!SelectsPod(selector, other)) return Match::kNo;
  return Is(rule.ns.empty() || selector.names_namespace || other.pod->ns == rule.ns);
}

inline Match CiliumEntity(const CiliumRule& rule, const Json& json) {
  const auto entity = Text(json);
  const Place& other = rule.side.other();
  if (entity == "all") return Match::kYes;
  if (entity == "world") return Is(other.IsOutside());
  if (entity == "world-ipv4") return Is(other.IsOutside() && other.address->is_v4());
  if (entity == "world-ipv6") return Is(other.IsOutside() && !other.address->is_v4());
  if (entity == "cluster") return Is(!other.IsOutside());
  if (entity == "host" || entity == "remote-node") {
    if (!other.is_node) return Match::kNo;
    if (other.node.empty() || rule.side.subject().node.empty()) return Match::kMay;
    return Is(rule.side.OtherIsOwnNode() == (entity == "host"));
  }
  if (entity == "kube-apiserver") return other.IsPod() ? Match::kNo : Match::kMay;
  if (IsOneOf(entity, {"init", "unmanaged", "health", "ingress", "none"})) return Match::kNo;
  throw Unread();
}

inline Match CiliumBlock(const CiliumRule& rule, const Json& json) {
  const Match inside = IsInside(Block(Text(json)), rule.side.other());
  return And(Is(rule.side.other().IsOutside()), inside);
}

inline Match CiliumBlockSet(const CiliumRule& rule, const Json& json) {
  const Place& other = rule.side.other();
  Only(json, {"cidr", "except", "cidrGroupRef", "cidrGroupSelector"});
  const Json* block = Field(json, "cidr");
  const bool group =
      Field(json, "cidrGroupRef") != nullptr || Field(json, "cidrGroupSelector") != nullptr;
  if (group == (block != nullptr)) throw Unread();
  std::vector<Cidr> except;
  for (const auto& text : Texts(Field(json, "except"))) except.push_back(Block(text));
  if (group) return other.IsOutside() ? Match::kMay : Match::kNo;
  Match inside = CiliumBlock(rule, *block);
  for (const auto& hole : except) inside = And(inside, Not(IsInside(hole, other)));
  return inside;
}

/// What the one peers' field of an entry says: its alternatives, one of which must match.
inline Match CiliumPeers(const CiliumRule& rule, const std::string& field, const Json& list) {
  const std::string kind = field.substr(rule.side.ingress ? 4 : 2);
  if (IsOneOf(kind, {"Services", "Requires", "Nodes", "Groups"})) return Match::kMay;
  Match any = Match::kNo;
  for (const auto& json : List(&list)) {
    any = Or(any, MayIfUnread([&] {
               if (kind == "Endpoints") return CiliumEndpoint(rule, json);
               if (kind == "Entities") return CiliumEntity(rule, json);
               if (kind == "CIDR") return CiliumBlock(rule, json);
               if (kind == "CIDRSet") return CiliumBlockSet(rule, json);
               return rule.side.other().IsOutside() ? Match::kMay : Match::kNo;  // FQDNs
             }));
  }
  return any;
}

inline Match CiliumPort(const Side& side, const Json& json) {
  Only(json, {"port", "endPort", "protocol"});
  const Json* named = Field(json, "protocol");
  const std::string protocol = named == nullptr ? "ANY" : Text(*named);
  if (protocol != "ANY" && !ParseProtocol(protocol)) throw Unread();
  const Match is_protocol = Is(protocol == "ANY" || ParseProtocol(protocol) == side.protocol);
  const Json& port = Must(Field(json, "port"));
  const Json* end = Field(json, "endPort");
  const std::string text = port.is_number_integer() ? port.dump() : Text(port);
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) {
    if (text.empty() || end != nullptr) throw Unread();
    return And(is_protocol, Is(IsNamedPort(side, text)));
  }
  if (text.size() > 5) throw Unread();
  const int first = Number(Json(std::stoi(text)), 0, 65535);
  const int last = end == nullptr ? 0 : Number(*end, 0, 65535);
  if (last != 0 && last < first) throw Unread();
  return And(is_protocol, Is(first == 0 || IsBetween(side, first, std::max(first, last))));
}

inline Match CiliumPorts(const Side& side, const Json& json, bool deny) {
  Only(json, {"ports", "rules"});
  const auto ports = List(Field(json, "ports"));
  if (ports.empty() || ports.size() > 40) throw Unread();
  Match any = Match::kNo;
  for (const auto& port : ports) {
    any = Or(any, MayIfUnread([&] { return CiliumPort(side, port); }));
  }
  return deny && Field(json, "rules") != nullptr ? And(any, Match::kMay) : any;
}

inline Match CiliumEntry(const CiliumRule& rule, const Json& entry, bool deny) {
  const std::string prefix = rule.side.ingress ? "from" : "to";
  Match peers = Match::kNo;
  Match ports = Match::kYes;
  int fields = 0;
  bool has_ports = false;
  Only(entry,
       rule.side.ingress
           ? std::initializer_list<std::string_view>{"fromEndpoints", "fromRequires", "fromCIDR",
                                                     "fromCIDRSet", "fromEntities", "fromGroups",
                                                     "fromNodes", "toPorts", "icmps",
                                                     "authentication"}
           : std::initializer_list<std::string_view>{
                 "toEndpoints", "toRequires", "toCIDR", "toCIDRSet", "toEntities", "toServices",
                 "toFQDNs", "toGroups", "toNodes", "toPorts", "icmps", "authentication"});
  for (const auto& [field, value] : entry.items()) {
    if (value.is_null() || field == "icmps" || field == "authentication") continue;
    if (field == "toPorts") {
      ports = MayIfUnread([&, list = &value] {
        Match any = Match::kNo;
        for (const auto& json : List(list)) {
          has_ports = true;
          any = Or(any, MayIfUnread([&] { return CiliumPorts(rule.side, json, deny); }));
        }
        return has_ports ? any : Match::kYes;
      });
      has_ports = has_ports || !value.is_array();
      continue;
    }
    ++fields;
    peers =
        MayIfUnread([&, name = field, list = &value] { return CiliumPeers(rule, name, *list); });
  }
  if (fields > 1) peers = Match::kMay;
  if (fields == 0 && has_ports) peers = Match::kYes;
  Match match = And(peers, ports);
  if (Field(entry, "icmps") != nullptr) match = has_ports ? And(match, Match::kMay) : Match::kNo;
  if (Field(entry, "authentication") != nullptr) match = And(match, Match::kMay);
  return match;
}

inline bool CiliumIsolates(const Json& json, bool ingress) {
  const char* direction = ingress ? "ingress" : "egress";
  if (const Json* defaults = Field(json, "enableDefaultDeny")) {
    Only(*defaults, {"ingress", "egress"});
    if (const Json* value = Field(*defaults, direction)) return Flag(*value);
  }
  return Covers(json, direction) || Covers(json, ingress ? "ingressDeny" : "egressDeny");
}

/// Throws where anything but the entries can't be read.
inline void CheckCiliumRule(const CiliumRule& rule) {
  Only(rule.json, {"endpointSelector", "nodeSelector", "ingress", "ingressDeny", "egress",
                   "egressDeny", "enableDefaultDeny", "labels", "description", "log"});
  CiliumSubject(rule);
  CiliumIsolates(rule.json, true);
  CiliumIsolates(rule.json, false);
  for (const char* list : {"ingress", "ingressDeny", "egress", "egressDeny"}) {
    List(Field(rule.json, list));
  }
}

inline bool MayCover(const CiliumRule& rule) {
  const bool ingress = rule.side.ingress;
  if (!rule.json.is_object() || Covers(rule.json, ingress ? "ingress" : "egress") ||
      Covers(rule.json, ingress ? "ingressDeny" : "egressDeny")) {
    return true;
  }
  bool isolates = true;
  CanRead([&] { isolates = CiliumIsolates(rule.json, ingress); });
  return isolates;
}

inline void AddCiliumRule(const CiliumRule& rule, Tiers& tiers) {
  const bool ingress = rule.side.ingress;
  Policy denies{{kFirst, "Cilium's denies"}, {}, Match::kNo};
  if (!CanRead([&] { CheckCiliumRule(rule); })) {
    if (!MayCover(rule) || MayIfUnread([&] { return CiliumSubject(rule); }) == Match::kNo) return;
    denies = UnreadPolicy(denies.rank, true, false, true);
    tiers.Named("default").policies.push_back(denies);
    return;
  }
  const Match subject = CiliumSubject(rule);
  if (subject == Match::kNo) return;
  Policy& allows = AllowsOf(tiers);
  if (CiliumIsolates(rule.json, ingress)) allows.isolates = Or(allows.isolates, subject);
  for (const auto& entry : List(Field(rule.json, ingress ? "ingress" : "egress"))) {
    const Match match = MayIfUnread([&] { return CiliumEntry(rule, entry, false); });
    allows.steps.push_back({And(subject, match), Action::kAllow});
  }
  for (const auto& entry : List(Field(rule.json, ingress ? "ingressDeny" : "egressDeny"))) {
    const Match match = MayIfUnread([&] { return CiliumEntry(rule, entry, true); });
    denies.steps.push_back({And(subject, match), Action::kDeny});
  }
  tiers.Named("default").policies.push_back(denies);
}

/// The rules of a document: spec's and those of specs, each by itself.
inline std::vector<Json> CiliumRules(const Json& document) {
  std::vector<Json> rules;
  if (const Json* spec = Field(document, "spec")) rules.push_back(*spec);
  const Json* specs = Field(document, "specs");
  if (!CanRead([&] { List(specs); })) return {Json()};
  for (const auto& rule : List(specs)) rules.push_back(rule);
  if (rules.empty()) rules.emplace_back();
  return rules;
}

inline void AddCiliumDocument(const Side& side, const Json& document, Tiers& tiers) {
  const bool cluster = KindOf(document) == "CiliumClusterwideNetworkPolicy";
  for (const auto& json : CiliumRules(document)) {
    const CiliumRule rule{side, json, cluster ? "" : NamespaceOf(document)};
    // An unread rule of a CiliumNetworkPolicy concerns its namespace alone.
    if (!rule.ns.empty() && (!side.subject().IsPod() || side.subject().pod->ns != rule.ns))
      continue;
    AddCiliumRule(rule, tiers);
  }
}

/// Whether an ingressDeny holds for the pod's own node, which nothing else keeps out.
inline Match CiliumDeniesOwnNode(const Side& side) {
  Match any = Match::kNo;
  for (const auto& document : side.world.documents) {
    const auto kind = KindOf(document);
    const bool cluster = kind == "CiliumClusterwideNetworkPolicy";
    if (!cluster && kind != "CiliumNetworkPolicy") continue;
    for (const auto& json : CiliumRules(document)) {
      const CiliumRule rule{side, json, cluster ? "" : NamespaceOf(document)};
      if (!rule.ns.empty() && side.subject().pod->ns != rule.ns) continue;
      if (!json.is_object() || !Covers(json, "ingressDeny")) continue;
      const Match subject = MayIfUnread([&] { return CiliumSubject(rule); });
      if (!CanRead([&] { CheckCiliumRule(rule); })) {
        any = Or(any, And(subject, Match::kMay));
        continue;
      }
      for (const auto& entry : List(Field(json, "ingressDeny"))) {
        const Match match = MayIfUnread([&] { return CiliumEntry(rule, entry, true); });
        any = Or(any, And(subject, match));
      }
    }
  }
  return any;
}

/// Host policies aren't followed: a node that one may select can get any answer.
inline bool MayGovernNode(const Side& side, const Json& document) {
  if (KindOf(document) != "CiliumClusterwideNetworkPolicy") return false;
  for (const auto& json : CiliumRules(document)) {
    const CiliumRule rule{side, json, ""};
    if (!MayCover(rule)) continue;
    if (MayIfUnread([&] { return CiliumSubject(rule); }) != Match::kNo) return true;
  }
  return false;
}

}  // namespace podreach::oracle
