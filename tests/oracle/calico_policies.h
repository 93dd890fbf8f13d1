#pragma once

#include "tests/oracle/calico_selector.h"
#include "tests/oracle/tiers.h"

/// Calico's NetworkPolicy, GlobalNetworkPolicy, Tier, NetworkSet and GlobalNetworkSet.
namespace podreach::oracle {

inline bool IsCalico(const Json& document) {
  return IsOneOf(GroupOf(document), {"projectcalico.org", "crd.projectcalico.org"});
}

/// Something that a selector can match: a pod, or a set of nets.
struct CalicoThing {
  Labels labels;
  bool namespaced = false;
  bool is_pod = false;
  Match is_it = Match::kNo;  ///< whether the end is this pod, or its address in the set's nets
};

inline void AddNamespaceLabels(const Snapshot& snapshot, const std::string& name, Labels& labels) {
  labels["projectcalico.org/namespace"] = name;
  for (const auto& ns : snapshot.namespaces) {
    if (ns.name != name) continue;
    for (const auto& [key, value] : ns.labels) labels["pcns." + key] = value;
    labels["pcns.projectcalico.org/name"] = name;
  }
}

inline CalicoThing CalicoPod(const Snapshot& snapshot, const Place& place) {
  CalicoThing thing{place.pod->labels, true, true, Match::kYes};
  AddNamespaceLabels(snapshot, place.pod->ns, thing.labels);
  thing.labels["projectcalico.org/serviceaccount"] = place.pod->service_account;
  thing.labels["projectcalico.org/orchestrator"] = "k8s";
  return thing;
}

inline Labels MetadataLabels(const Json& document) {
  Labels labels;
  const Json* json = Field(document.at("metadata"), "labels");
  if (json == nullptr) return labels;
  for (const auto& [key, value] : json->items()) labels[key] = Text(value);
  return labels;
}

/// All that a selector could match and the end may be.
inline std::vector<CalicoThing> ThingsAt(const World& world, const Place& place) {
  std::vector<CalicoThing> things;
  if (place.IsPod()) things.push_back(CalicoPod(world.snapshot, place));
  for (const auto& document : world.documents) {
    const auto kind = KindOf(document);
    if (!IsCalico(document) || !IsOneOf(kind, {"NetworkSet", "GlobalNetworkSet"})) continue;
    CalicoThing thing{MetadataLabels(document), kind == "NetworkSet", false, Match::kNo};
    if (thing.namespaced) {
      AddNamespaceLabels(world.snapshot, NamespaceOf(document), thing.labels);
    } else {
      thing.labels["projectcalico.org/name"] = NameOf(document);
    }
    const Json spec = SpecOf(document);
    thing.is_it = MayIfUnread([&] {
      Only(spec, {"nets"});
      const Json* nets = Field(spec, "nets");
      return nets == nullptr ? Match::kNo : IsInside(*nets, place);
    });
    things.push_back(std::move(thing));
  }
  return things;
}

/// A selector on namespaces, as Calico makes it one on pods: every key gets a prefix.
inline Match NamespaceIs(const std::string& selector, const CalicoThing& thing) {
  if (selector == "global()") return Is(!thing.namespaced);
  Labels labels;
  for (const auto& [key, value] : thing.labels) {
    if (key.rfind("pcns.", 0) == 0) labels[key.substr(5)] = value;
  }
  return And(Is(thing.namespaced), CalicoSelector::Holds(selector, labels, {}));
}

inline std::string TextOf(const Json& object, const char* key) {
  const Json* text = Field(object, key);
  return text == nullptr ? "" : Text(*text);
}

inline const std::vector<std::string>& ServiceAccountLabels() {
  static const std::vector<std::string> kPrefixes{"pcsa."};
  return kPrefixes;
}
/// Nothing is known of a service account's labels.
inline Match ServiceAccountIs(const std::string& selector) {
  return CalicoSelector::Holds(selector, {}, {""});
}

/// A document as far as it is the same for all its rules.
struct CalicoPolicy {
  const Side& side;
  const Json& spec;
  std::string ns;  ///< empty: global
};

inline Match ServiceAccountOf(const Json& accounts, const CalicoThing& thing) {
  Only(accounts, {"names", "selector"});
  const auto names = Texts(Field(accounts, "names"));
  const auto selector = TextOf(accounts, "selector");
  Match match = Is(thing.is_pod);
  if (!names.empty()) {
    const auto found = thing.labels.find("projectcalico.org/serviceaccount");
    match = And(match, Is(found != thing.labels.end() && Has(names, found->second)));
  }
  return selector.empty() ? match : And(match, ServiceAccountIs(selector));
}

/// selector, namespaceSelector, serviceAccounts and notSelector of one end.
inline Match EntityLabels(const CalicoPolicy& policy, const Json& entity, const Place& place) {
  const auto selector = TextOf(entity, "selector");
  const auto namespaces = TextOf(entity, "namespaceSelector");
  const auto not_selector = TextOf(entity, "notSelector");
  const Json* accounts = Field(entity, "serviceAccounts");
  const bool any = !selector.empty() || !namespaces.empty() || accounts != nullptr ||
                   (!not_selector.empty() && !policy.ns.empty());
  Match selected = Match::kNo;
  Match excluded = Match::kNo;
  for (const auto& thing : ThingsAt(policy.side.world, place)) {
    Match match = thing.is_it;
    if (!namespaces.empty()) {
      match = And(match, NamespaceIs(namespaces, thing));
    } else if (!policy.ns.empty()) {
      const auto ns = thing.labels.find("projectcalico.org/namespace");
      match = And(match, Is(ns != thing.labels.end() && ns->second == policy.ns));
    }
    match = And(match, CalicoSelector::Holds(selector, thing.labels, ServiceAccountLabels()));
    if (accounts != nullptr) match = And(match, ServiceAccountOf(*accounts, thing));
    selected = Or(selected, match);
    if (not_selector.empty()) continue;
    const Match out = CalicoSelector::Holds(not_selector, thing.labels, ServiceAccountLabels());
    excluded = Or(excluded, And(thing.is_it, out));
  }
  // What can't be read is to be found even where there is nothing to hold it against.
  for (const auto& text : {selector, namespaces, not_selector}) CalicoSelector::Holds(text, {}, {});
  return And(any ? selected : Match::kYes, Not(excluded));
}

inline Match CalicoPort(const Side& side, const Json& port) {
  if (port.is_number_integer()) {
    const int number = Number(port, 0, 65535);
    return Is(IsBetween(side, number, number));
  }
  const auto text = Text(port);
  const auto colon = text.find(':');
  if (colon == std::string::npos) return Is(IsNamedPort(side, text));
  const auto first = Port::Parse(text.substr(0, colon));
  const auto last = Port::Parse(text.substr(colon + 1));
  const bool from_zero = text.substr(0, colon) == "0";
  if ((!first && !from_zero) || !last || (first && *last < *first)) throw Unread();
  return Is(IsBetween(side, first ? first->number() : 0, last->number()));
}

inline Match CalicoPorts(const Side& side, const Json& ports) {
  Match any = Match::kNo;
  for (const auto& port : List(&ports)) {
    any = Or(any, MayIfUnread([&] { return CalicoPort(side, port); }));
  }
  return any;
}

inline bool IsAnyPort(const Json& ports) {
  for (const auto& port : List(&ports)) {
    if (port == "0:65535" || port == "1:65535") return true;
  }
  return false;
}

inline bool IsFilled(const Json* list) { return list != nullptr && !List(list).empty(); }

/// One of a rule's two ends; each condition that can't be read may hold.
inline Match EntityIs(const CalicoPolicy& policy, const Json& entity, bool source) {
  const Place& place = source ? policy.side.source : policy.side.destination;
  Only(entity, {"nets", "notNets", "selector", "notSelector", "namespaceSelector",
                "serviceAccounts", "services", "ports", "notPorts"});
  Match match = MayIfUnread([&] { return EntityLabels(policy, entity, place); });
  if (Field(entity, "services") != nullptr) match = And(match, Match::kMay);
  const auto condition = [&](const char* field, auto holds) {
    const Json* list = Field(entity, field);
    match = And(match, MayIfUnread([&] { return IsFilled(list) ? holds(*list) : Match::kYes; }));
  };
  condition("nets", [&](const Json& list) { return IsInside(list, place); });
  condition("notNets", [&](const Json& list) { return Not(IsInside(list, place)); });
  condition("ports", [&](const Json& list) {
    if (!source) return CalicoPorts(policy.side, list);
    return IsAnyPort(list) ? Match::kYes : Match::kMay;
  });
  condition("notPorts", [&](const Json& list) {
    if (!source) return Not(CalicoPorts(policy.side, list));
    return IsAnyPort(list) ? Match::kNo : Match::kMay;
  });
  return match;
}

inline Match CalicoProtocol(const Side& side, const Json& protocol) {
  if (protocol.is_number_integer()) {
    const int number = Number(protocol, 0, 255);
    const int own = side.protocol == Protocol::kTcp   ? 6
                    : side.protocol == Protocol::kUdp ? 17
                                                      : 132;
    return Is(number == own);
  }
  const auto name = Text(protocol);
  if (const auto known = ParseProtocol(name)) return Is(*known == side.protocol);
  if (!IsOneOf(name, {"ICMP", "ICMPv6", "UDPLite"})) throw Unread();
  return Match::kNo;
}

inline Match CalicoVersion(const Side& side, const Json& version) {
  const int number = Number(version, 0, 255);
  if (number != 4 && number != 6) throw Unread();
  if (!side.other().address) return Match::kMay;
  return Is(side.other().address->is_v4() == (number == 4));
}

inline Match CalicoRule(const CalicoPolicy& policy, const Json& rule, bool allow) {
  const Side& side = policy.side;
  Only(rule, {"action", "protocol", "notProtocol", "icmp", "notICMP", "http", "ipVersion", "source",
              "destination", "metadata"});
  Match match = Match::kYes;
  const auto condition = [&](const char* field, auto holds) {
    const Json* value = Field(rule, field);
    if (value != nullptr) match = And(match, MayIfUnread([&] { return holds(*value); }));
  };
  condition("protocol", [&](const Json& value) { return CalicoProtocol(side, value); });
  condition("notProtocol", [&](const Json& value) { return Not(CalicoProtocol(side, value)); });
  condition("ipVersion", [&](const Json& value) { return CalicoVersion(side, value); });
  condition("icmp", [](const Json&) { return Match::kMay; });
  condition("notICMP", [](const Json&) { return Match::kMay; });
  condition("http", [&](const Json&) { return allow ? Match::kYes : Match::kMay; });
  condition("source", [&](const Json& value) { return EntityIs(policy, value, true); });
  condition("destination", [&](const Json& value) { return EntityIs(policy, value, false); });
  return match;
}

inline Match CalicoSubject(const CalicoPolicy& policy) {
  const Place& place = policy.side.subject();
  const auto namespaces = TextOf(policy.spec, "namespaceSelector");
  if (!policy.ns.empty() && !namespaces.empty()) throw Unread();
  const auto thing = CalicoPod(policy.side.world.snapshot, place);
  Match match = Is(policy.ns.empty() || place.pod->ns == policy.ns);
  const auto selector = TextOf(policy.spec, "selector");
  const auto accounts = TextOf(policy.spec, "serviceAccountSelector");
  const Match labels = CalicoSelector::Holds(selector, thing.labels, ServiceAccountLabels());
  match = And(match, labels);
  if (!namespaces.empty()) match = And(match, NamespaceIs(namespaces, thing));
  return accounts.empty() ? match : And(match, ServiceAccountIs(accounts));
}

inline bool CalicoCovers(const Json& spec, bool ingress) {
  const auto types = Texts(Field(spec, "types"));
  for (const auto& type : types) {
    if (type != "Ingress" && type != "Egress") throw Unread();
  }
  if (!types.empty()) return Has(types, ingress ? "Ingress" : "Egress");
  if (!ingress) return Covers(spec, "egress");
  return Covers(spec, "ingress") || !Covers(spec, "egress");
}

/// Nothing: Log, after which the next rule is asked.
inline std::optional<Action> CalicoAction(const Json& rule) {
  const auto action = Text(Must(Field(rule, "action")));
  if (action == "Allow") return Action::kAllow;
  if (action == "Deny") return Action::kDeny;
  if (action == "Pass") return Action::kPass;
  if (action != "Log") throw Unread();
  return std::nullopt;
}

inline std::vector<Step> CalicoSteps(const CalicoPolicy& policy) {
  std::vector<Step> steps;
  for (const char* direction : {"ingress", "egress"}) {
    for (const auto& rule : List(Field(policy.spec, direction))) {
      const auto action = CalicoAction(rule);
      if ((direction[0] == 'i') != policy.side.ingress || !action) continue;
      const bool allow = *action == Action::kAllow;
      steps.push_back({MayIfUnread([&] { return CalicoRule(policy, rule, allow); }), *action});
    }
  }
  return steps;
}

struct CalicoTier {
  std::string name;
  Rank rank;
  bool denies = true;
};

inline double Order(const Json& spec) {
  const Json* order = Field(spec, "order");
  if (order == nullptr) return kLast;
  if (!order->is_number()) throw Unread();
  return order->get<double>();
}

/// Throws where there is no such tier that can be read.
inline CalicoTier TierNamed(const World& world, const std::string& name) {
  if (name == "default") return {"default", {}, true};
  if (name == "kube-admin") return {"Admin", {}, false};
  if (name == "kube-baseline") return {"Baseline", {}, false};
  for (const auto& document : world.documents) {
    if (!IsCalico(document) || KindOf(document) != "Tier" || NameOf(document) != name) continue;
    const Json spec = SpecOf(document);
    Only(spec, {"order", "defaultAction"});
    const auto action = TextOf(spec, "defaultAction");
    if (!IsOneOf(action, {"", "Deny", "Pass"})) throw Unread();
    const double order = Order(spec);
    return {name, {order, name, order == kLast}, action != "Pass"};
  }
  throw Unread();
}

inline void AddCalicoPolicy(const CalicoPolicy& policy, const std::string& name, Tiers& tiers) {
  const Json& spec = policy.spec;
  CalicoTier tier{"tier that isn't known", {kFirst, ""}, true};
  Policy read;
  bool covers = true;
  Rank rank{kFirst, name, false};
  const bool placed = CanRead([&] {
    auto tier_name = TextOf(spec, "tier");
    tier = TierNamed(policy.side.world, tier_name.empty() ? "default" : tier_name);
    rank = {Order(spec), name, true};
  });
  const bool is_read =
      placed && CanRead([&] {
        Only(spec,
             {"tier", "order", "selector", "namespaceSelector", "serviceAccountSelector", "types",
              "ingress", "egress", "doNotTrack", "preDNAT", "applyOnForward", "performanceHints"});
        for (const char* flag : {"doNotTrack", "preDNAT"}) {
          if (const Json* value = Field(spec, flag)) covers = covers && !Flag(*value);
        }
        covers = CalicoCovers(spec, policy.side.ingress) && covers;
        read.isolates = CalicoSubject(policy);
        read.steps = CalicoSteps(policy);
      });
  if (is_read) {
    for (auto& step : read.steps) step.match = And(step.match, read.isolates);
    if (!tier.denies) read.isolates = Match::kNo;
  } else {
    covers = true;
    CanRead([&] { covers = CalicoCovers(spec, policy.side.ingress); });
    if (MayIfUnread([&] { return CalicoSubject(policy); }) == Match::kNo) return;
    read = UnreadPolicy(rank, true, true, tier.denies);
  }
  if (!covers) return;
  read.rank = rank;
  tiers.Named(tier.name, tier.rank).policies.push_back(std::move(read));
}

inline void AddCalicoDocument(const Side& side, const Json& document, Tiers& tiers) {
  const auto kind = KindOf(document);
  if (kind != "NetworkPolicy" && kind != "GlobalNetworkPolicy") return;
  const Json spec = SpecOf(document);
  const auto ns = kind == "NetworkPolicy" ? NamespaceOf(document) : "";
  if (!ns.empty() && side.subject().pod->ns != ns) return;
  AddCalicoPolicy({side, spec, ns}, NameOf(document), tiers);
}

}  // namespace podreach::oracle
