#pragma once

#include <set>
#include <sstream>
#include <string>

#include "tests/oracle/reading.h"

/// Istio: AuthorizationPolicy, PeerAuthentication, Sidecar.
namespace podreach::oracle {

/// A mesh's answer in the ways it may be: whether the connection passes.
using Answers = std::set<bool>;

inline bool HasProxy(const Place& place, const std::string& proxy) {
  return place.IsPod() && Has(place.pod->proxies, proxy);
}
inline std::string Value(const Labels& labels, const std::string& key) {
  const auto found = labels.find(key);
  return found == labels.end() ? "" : found->second;
}
/// A pod's hint, else its namespace's.
inline std::string Hint(const Place& place, const std::string& key) {
  if (!place.IsPod()) return "";
  const auto own = Value(place.pod->mesh_hints, key);
  return !own.empty() || place.ns == nullptr ? own : Value(place.ns->mesh_hints, key);
}

inline bool HasIstioSidecar(const Place& place) {
  if (!place.IsPod()) return false;
  if (HasProxy(place, "istio-proxy")) return true;
  if (!place.pod->from_template) return false;  // what runs has what it asked for
  auto wish = Value(place.pod->labels, "sidecar.istio.io/inject");
  if (wish.empty()) wish = Value(place.pod->mesh_hints, "sidecar.istio.io/inject");
  if (!wish.empty()) return wish == "true";
  const auto labels = NamespaceLabels(place);
  const auto injection = Value(labels, "istio-injection");
  if (!injection.empty()) return injection == "enabled";
  return labels.contains("istio.io/rev") || place.pod->labels.contains("istio.io/rev");
}
inline bool IsAmbient(const Place& place) {
  if (!place.IsPod() || HasIstioSidecar(place)) return false;
  const auto own = Value(place.pod->labels, "istio.io/dataplane-mode");
  const auto mode = own.empty() ? Value(NamespaceLabels(place), "istio.io/dataplane-mode") : own;
  return mode == "ambient";
}
/// Whether an annotation is there and names anything but what is harmless.
inline bool KeepsOut(const Place& place, const std::string& key,
                     const std::set<std::string>& harmless = {}) {
  std::istringstream words(Hint(place, key));
  bool any = false;
  for (std::string word; std::getline(words, word, ',');) any = any || harmless.count(word) == 0;
  return any;
}
/// A pod with a sidecar that sends some of what it sends past it.
inline bool SendsPastIstio(const Place& place) {
  const std::string prefix = "traffic.sidecar.istio.io/";
  return HasIstioSidecar(place) &&
         (KeepsOut(place, prefix + "excludeOutboundPorts") ||
          KeepsOut(place, prefix + "excludeOutboundIPRanges") ||
          KeepsOut(place, prefix + "includeOutboundPorts", {"*"}) ||
          KeepsOut(place, prefix + "includeOutboundIPRanges", {"*"}) ||
          KeepsOut(place, "sidecar.istio.io/interceptionMode", {"REDIRECT", "TPROXY"}));
}
/// One that takes in some of what it takes in past it, or is a gateway.
inline bool TakesInPastIstio(const Place& place) {
  const std::string prefix = "traffic.sidecar.istio.io/";
  return HasIstioSidecar(place) &&
         (KeepsOut(place, prefix + "excludeInboundPorts", {"15020", "15021", "15090"}) ||
          KeepsOut(place, prefix + "includeInboundPorts", {"*"}) ||
          Value(place.pod->mesh_hints, "inject.istio.io/templates").find("gateway") !=
              std::string::npos);
}
inline Match InIstio(const Place& place) {
  return IsAmbient(place) || SendsPastIstio(place) ? Match::kMay : Is(HasIstioSidecar(place));
}
inline bool IsIstioUnsure(const Place& place) {
  return IsAmbient(place) || SendsPastIstio(place) || TakesInPastIstio(place);
}
inline bool IsIstiosOwn(Port port) {
  return port.number() == 15020 || port.number() == 15021 || port.number() == 15090;
}

constexpr std::string_view kIstioRoot = "istio-system";

/// By namespace, and a selector that has matchLabels alone (or a Sidecar's, that has labels).
inline bool IstioSelects(const Json& document, const Place& place, bool root_selects_all,
                         const char* selector_field = "selector",
                         const char* labels_field = "matchLabels") {
  const Json spec = SpecOf(document);
  const Json* selector = Field(spec, selector_field);
  bool match = place.pod->ns == NamespaceOf(document) ||
               (root_selects_all && NamespaceOf(document) == kIstioRoot);
  if (selector == nullptr) return match;
  Only(*selector, {labels_field});
  const Json* labels = Field(*selector, labels_field);
  return Selects(labels == nullptr ? Json::object() : Json{{"matchLabels", *labels}},
                 place.pod->labels) &&
         match;
}

/// Exact, "prefix*", "*suffix", or "*".
inline bool IstioText(const std::string& pattern, const std::string& text) {
  if (pattern == "*") return !text.empty();
  if (pattern.size() > 1 && pattern.back() == '*')
    return text.rfind(pattern.substr(0, pattern.size() - 1), 0) == 0;
  if (pattern.size() > 1 && pattern.front() == '*') {
    const auto tail = pattern.substr(1);
    return text.size() >= tail.size() && text.substr(text.size() - tail.size()) == tail;
  }
  return pattern == text;
}

/// What the kind of rule makes of conditions on requests, of which connections know nothing.
enum class OnRequests { kStands, kNoMatch };

inline Match IstioIdentity(const Json& patterns, const Place& source, const std::string& identity) {
  bool any = false;
  for (const auto& pattern : Texts(&patterns)) any = any || IstioText(pattern, identity);
  return And(InIstio(source), Is(any));
}

/// Of principals a trust domain beside the default one may be the mesh's.
inline Match IstioPrincipals(const Json& patterns, const Place& source,
                             const std::string& identity) {
  for (const auto& pattern : Texts(&patterns)) {
    if (pattern[0] != '*' && pattern.substr(0, pattern.find("/ns/")) != "cluster.local")
      return Match::kMay;
  }
  return IstioIdentity(patterns, source, identity);
}

/// Whether a PeerAuthentication of a namespace that bears on the policy's says DISABLE: identities
/// may not be shown then.
inline bool MayBePlain(const World& world, const std::string& policy_ns) {
  for (const auto& document : world.documents) {
    if (GroupOf(document) != "security.istio.io" || KindOf(document) != "PeerAuthentication")
      continue;
    const auto ns = NamespaceOf(document);
    if (ns != policy_ns && ns != kIstioRoot && policy_ns != kIstioRoot) continue;
    if (SpecOf(document).dump().find("DISABLE") != std::string::npos) return true;
  }
  return false;
}

inline Match IstioSource(const Json& source, const Place& from, const std::string& policy_ns,
                         OnRequests requests, bool plain) {
  const auto ns = from.IsPod() ? from.pod->ns : "";
  const auto account = from.IsPod() ? from.pod->service_account : "";
  Match match = Match::kYes;
  if (!source.is_object()) throw Unread();
  for (const auto& [field, value] : source.items()) {
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    const bool negated = field.rfind("not", 0) == 0;
    std::string name = negated ? field.substr(3) : field;
    name[0] = static_cast<char>(std::tolower(name[0]));
    Match holds = MayIfUnread([&, list = &value] {
      if (name == "principals") {
        return IstioPrincipals(*list, from, "cluster.local/ns/" + ns + "/sa/" + account);
      }
      if (name == "namespaces") return IstioIdentity(*list, from, ns);
      if (name == "ipBlocks") return IsInside(*list, from);
      if (name != "serviceAccounts") throw Unread();
      bool any = false;
      for (const auto& text : Texts(list)) {
        const bool full = text.find('/') != std::string::npos;
        any = any || (full ? text : policy_ns + "/" + text) == ns + "/" + account;
      }
      return And(InIstio(from), Is(any));
    });
    if (name == "remoteIpBlocks") {
      match = And(match, Match::kMay);
      continue;
    }
    if (plain && name != "ipBlocks" && holds == Match::kYes) holds = Match::kMay;
    if (name == "requestPrincipals") {
      if (requests == OnRequests::kNoMatch) match = Match::kNo;
      continue;
    }
    match = And(match, negated ? Not(holds) : holds);
  }
  return match;
}

inline Match IstioPorts(const Json& ports, Port port) {
  Match any = Match::kNo;
  for (const auto& json : List(&ports)) {
    any = Or(any, MayIfUnread([&] {
               const auto number = Port::Parse(Text(json));
               if (!number) throw Unread();
               return Is(*number == port);
             }));
  }
  return any;
}

inline Match IstioOperation(const Json& operation, Port port, OnRequests requests) {
  Match match = Match::kYes;
  if (!operation.is_object()) throw Unread();
  for (const auto& [field, value] : operation.items()) {
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    if (field == "ports" || field == "notPorts") {
      const Match ports = MayIfUnread([&, list = &value] { return IstioPorts(*list, port); });
      match = And(match, field == "ports" ? ports : Not(ports));
    } else if (IsOneOf(field,
                       {"hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"})) {
      if (requests == OnRequests::kNoMatch) match = Match::kNo;
    } else {
      match = And(match, Match::kMay);
    }
  }
  return match;
}

/// A rule's from or to: a list of alternatives; absent or empty: anything.
template <typename Holds>
Match IstioAlternatives(const Json& rule, const char* list, const char* field, Holds holds) {
  return MayIfUnread([&] {
    const auto alternatives = List(Field(rule, list));
    Match any = Is(alternatives.empty());
    for (const auto& alternative : alternatives) {
      any = Or(any, MayIfUnread([&] {
                 Only(alternative, {field});
                 return holds(Must(Field(alternative, field)));
               }));
    }
    return any;
  });
}

inline Match IstioRule(const Side& side, const Json& rule, const std::string& ns,
                       OnRequests requests) {
  Only(rule, {"from", "to", "when"});
  const Match from = IstioAlternatives(rule, "from", "source", [&](const Json& source) {
    return IstioSource(source, side.source, ns, requests, MayBePlain(side.world, ns));
  });
  const Match to = IstioAlternatives(rule, "to", "operation", [&](const Json& operation) {
    return IstioOperation(operation, side.port, requests);
  });
  const Json* when = Field(rule, "when");
  const bool conditions = when != nullptr && !(when->is_array() && when->empty());
  return And(And(from, to), conditions ? Match::kMay : Match::kYes);
}

/// What the AuthorizationPolicies that select a destination say of a connection.
struct IstioVerdict {
  Match custom = Match::kNo;  ///< a rule of a CUSTOM policy matches
  Match denied = Match::kNo;  ///< a rule of a DENY policy
  Match has_allow = Match::kNo;
  Match allowed = Match::kNo;  ///< a rule of an ALLOW policy
  bool selected = false;
};

inline void ReadAuthorization(const Side& side, const Json& document, IstioVerdict& verdict) {
  const Json spec = SpecOf(document);
  Only(spec, {"selector", "targetRef", "targetRefs", "action", "rules", "provider"});
  const bool selects = IstioSelects(document, side.destination, true);
  const Json* action_json = Field(spec, "action");
  const auto action = action_json == nullptr ? "ALLOW" : Text(*action_json);
  if (!IsOneOf(action, {"ALLOW", "DENY", "CUSTOM", "AUDIT"})) throw Unread();
  const auto rules = List(Field(spec, "rules"));
  if (!selects || action == "AUDIT") return;
  verdict.selected = true;
  if (Covers(spec, "targetRefs") || Field(spec, "targetRef") != nullptr) {
    verdict.custom = Or(verdict.custom, Match::kMay);
    return;
  }
  Match any = Match::kNo;
  const auto requests = action == "ALLOW" ? OnRequests::kStands : OnRequests::kNoMatch;
  for (const auto& rule : rules) {
    any = Or(any,
             MayIfUnread([&] { return IstioRule(side, rule, NamespaceOf(document), requests); }));
  }
  if (action == "CUSTOM") verdict.custom = Or(verdict.custom, any);
  if (action == "DENY") verdict.denied = Or(verdict.denied, any);
  if (action == "ALLOW") verdict.has_allow = Match::kYes;
  if (action == "ALLOW") verdict.allowed = Or(verdict.allowed, any);
}

inline IstioVerdict Authorization(const Side& side) {
  IstioVerdict verdict;
  for (const auto& document : side.world.documents) {
    if (GroupOf(document) != "security.istio.io" || KindOf(document) != "AuthorizationPolicy") {
      continue;
    }
    IstioVerdict with = verdict;
    if (CanRead([&] { ReadAuthorization(side, document, with); })) {
      verdict = with;
      continue;
    }
    const auto selects = [&] { return Is(IstioSelects(document, side.destination, true)); };
    const auto ns = NamespaceOf(document);
    if (ns != kIstioRoot && ns != side.destination.pod->ns) continue;
    if (MayIfUnread(selects) == Match::kNo) continue;
    verdict.selected = true;
    for (Match* match : {&verdict.denied, &verdict.has_allow, &verdict.allowed}) {
      *match = Or(*match, Match::kMay);
    }
  }
  return verdict;
}

inline Answers IstioAuthorizes(const Side& side) {
  const auto verdict = Authorization(side);
  if (IsIstioUnsure(side.destination))
    return verdict.selected ? Answers{true, false} : Answers{true};
  Answers answers;
  if (verdict.custom != Match::kNo || verdict.denied != Match::kNo) answers.insert(false);
  if (verdict.denied == Match::kYes) return answers;
  if (verdict.has_allow != Match::kYes || verdict.allowed != Match::kNo) answers.insert(true);
  if (verdict.has_allow != Match::kNo && verdict.allowed != Match::kYes) answers.insert(false);
  return answers;
}

// --- PeerAuthentication.

/// The modes that policies of one level may give: several of one level may each be the one that
/// counts.
using Modes = std::set<std::string>;

inline std::string ModeOf(const Json* mtls) {
  if (mtls == nullptr) return "UNSET";
  Only(*mtls, {"mode"});
  const Json* mode = Field(*mtls, "mode");
  const auto text = mode == nullptr ? "UNSET" : Text(*mode);
  if (!IsOneOf(text, {"UNSET", "DISABLE", "PERMISSIVE", "STRICT"})) throw Unread();
  return text;
}

enum class PeerLevel { kWorkload, kNamespace, kRoot };

/// A policy's mode for the port, at one level; nothing where it isn't of that level.
inline std::optional<std::string> PeerMode(const Side& side, const Json& document,
                                           PeerLevel level) {
  const Json spec = SpecOf(document);
  Only(spec, {"selector", "mtls", "portLevelMtls"});
  const Json* selector = Field(spec, "selector");
  bool is_workload = false;
  if (selector != nullptr) {
    const Json* labels = Field(*selector, "matchLabels");
    is_workload = labels != nullptr && !labels->empty();
  }
  const auto ns = level == PeerLevel::kRoot ? std::string(kIstioRoot) : side.destination.pod->ns;
  const bool selects = IstioSelects(document, side.destination, false);
  const auto mode = ModeOf(Field(spec, "mtls"));
  std::optional<std::string> port_mode;
  if (const Json* ports = Field(spec, "portLevelMtls")) {
    if (!ports->is_object()) throw Unread();
    for (const auto& [port, mtls] : ports->items()) {
      if (Port::Parse(port) == side.port) port_mode = ModeOf(&mtls);
    }
  }
  if (NamespaceOf(document) != ns || is_workload != (level == PeerLevel::kWorkload)) return {};
  if (level != PeerLevel::kRoot && !selects) return {};
  if (is_workload && port_mode && *port_mode != "UNSET") return port_mode;
  return mode;
}

inline Modes ModesAt(const Side& side, PeerLevel level, const Modes& inherited) {
  Modes modes;
  for (const auto& document : side.world.documents) {
    if (GroupOf(document) != "security.istio.io" || KindOf(document) != "PeerAuthentication") {
      continue;
    }
    std::optional<std::string> mode;
    if (!CanRead([&] { mode = PeerMode(side, document, level); })) continue;
    if (!mode) continue;
    if (*mode == "UNSET")
      modes.insert(inherited.begin(), inherited.end());
    else
      modes.insert(*mode);
  }
  return modes.empty() ? inherited : modes;
}

inline bool HasUnreadPeerAuthentication(const Side& side) {
  for (const auto& document : side.world.documents) {
    if (GroupOf(document) != "security.istio.io" || KindOf(document) != "PeerAuthentication") {
      continue;
    }
    if (CanRead([&] { PeerMode(side, document, PeerLevel::kWorkload); })) continue;
    const auto ns = NamespaceOf(document);
    if (ns != kIstioRoot && ns != side.destination.pod->ns) continue;
    const auto selects = [&] { return Is(IstioSelects(document, side.destination, true)); };
    if (MayIfUnread(selects) != Match::kNo) return true;
  }
  return false;
}

inline Answers IstioTakesPlainText(const Side& side) {
  if (InIstio(side.source) == Match::kYes) return {true};
  Modes modes{"PERMISSIVE"};
  for (const auto level : {PeerLevel::kRoot, PeerLevel::kNamespace, PeerLevel::kWorkload}) {
    modes = ModesAt(side, level, modes);
  }
  Answers answers;
  for (const auto& mode : modes) answers.insert(mode != "STRICT");
  const bool unsure = InIstio(side.source) == Match::kMay || IsIstioUnsure(side.destination);
  if (HasUnreadPeerAuthentication(side)) answers = {true, false};
  if (unsure && answers.contains(false)) answers.insert(true);
  return answers;
}

// --- Sidecar.

inline Answers IstioLetsOut(const Side& side) {
  for (const auto& document : side.world.documents) {
    if (GroupOf(document) != "networking.istio.io" || KindOf(document) != "Sidecar") continue;
    const Json spec = SpecOf(document);
    const auto ns = NamespaceOf(document);
    if (ns != side.source.pod->ns && ns != kIstioRoot) continue;
    const auto selects = [&] {
      return Is(IstioSelects(document, side.source, true, "workloadSelector", "labels"));
    };
    const auto only_registry = [&] {
      const Json* policy = Field(spec, "outboundTrafficPolicy");
      if (policy == nullptr) return Match::kNo;
      const Json* mode = Field(*policy, "mode");
      const auto text = mode == nullptr ? "ALLOW_ANY" : Text(*mode);
      if (!IsOneOf(text, {"ALLOW_ANY", "REGISTRY_ONLY"})) throw Unread();
      return Is(text == "REGISTRY_ONLY");
    };
    if (And(MayIfUnread(selects), MayIfUnread(only_registry)) != Match::kNo) return {true, false};
  }
  return {true};
}

}  // namespace podreach::oracle
