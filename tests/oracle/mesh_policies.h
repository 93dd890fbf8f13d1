#pragma once

#include "tests/oracle/istio_policies.h"

/// Linkerd and Consul.
namespace podreach::oracle {

inline Match AnyAnswer(const Answers& answers) {
  if (answers.size() == 2) return Match::kMay;
  return Is(answers.contains(true));
}

// --- Linkerd.

inline bool InLinkerd(const Place& place) {
  if (!place.IsPod()) return false;
  if (HasProxy(place, "linkerd-proxy")) return true;
  if (!place.pod->from_template) return false;  // what runs has what it asked for
  return IsOneOf(Hint(place, "linkerd.io/inject"), {"enabled", "ingress"});
}

/// Whether it is in the mesh as others see it: one that skips the proxy may show no identity.
inline Match ShowsLinkerd(const Place& place) {
  if (!InLinkerd(place)) return Match::kNo;
  const bool skips = KeepsOut(place, "config.linkerd.io/skip-outbound-ports") ||
                     KeepsOut(place, "config.linkerd.io/skip-subnets");
  return skips ? Match::kMay : Match::kYes;
}

inline Match LinkerdDefault(const std::string& mode, const Place& source) {
  if (mode == "all-unauthenticated" || mode == "audit") return Match::kYes;
  if (mode == "deny") return Match::kNo;
  if (mode == "all-authenticated" || mode == "cluster-authenticated") return ShowsLinkerd(source);
  if (mode == "cluster-unauthenticated") return source.IsOutside() ? Match::kMay : Match::kYes;
  return Match::kMay;
}

inline bool IsLinkerd(const Json& document, const char* kind) {
  return GroupOf(document) == "policy.linkerd.io" && KindOf(document) == kind;
}

/// "sa.ns.serviceaccount.identity.linkerd.cluster.local", a "*." before the rest of one, or "*".
inline Match LinkerdIdentity(const std::string& pattern, const Place& source) {
  if (ShowsLinkerd(source) != Match::kYes) return ShowsLinkerd(source);
  if (pattern == "*") return Match::kYes;
  const auto middle = pattern.find(".serviceaccount.identity.");
  if (middle == std::string::npos) return Match::kMay;
  const auto name = pattern.substr(0, middle);
  if (name == "*") return Match::kYes;
  if (name.rfind("*.", 0) == 0) return Is(name.substr(2) == source.pod->ns);
  return Is(name == source.pod->service_account + "." + source.pod->ns);
}

inline Match LinkerdIdentityRef(const Json& ref, const Place& source, const std::string& ns) {
  Only(ref, {"group", "kind", "name", "namespace"});
  const auto kind = Text(Must(Field(ref, "kind")));
  const auto name = Text(Must(Field(ref, "name")));
  const Json* named = Field(ref, "namespace");
  if (kind != "ServiceAccount" && kind != "Namespace") throw Unread();
  if (ShowsLinkerd(source) != Match::kYes) return ShowsLinkerd(source);
  if (kind == "Namespace") return Is(source.pod->ns == name);
  const auto of = named == nullptr ? ns : Text(*named);
  return Is(source.pod->ns == of && source.pod->service_account == name);
}

inline Match MeshTls(const Json& document, const Place& source) {
  const Json spec = SpecOf(document);
  Only(spec, {"identities", "identityRefs"});
  Match any = Match::kNo;
  for (const auto& pattern : List(Field(spec, "identities"))) {
    any = Or(any, MayIfUnread([&] { return LinkerdIdentity(Text(pattern), source); }));
  }
  for (const auto& ref : List(Field(spec, "identityRefs"))) {
    any = Or(any,
             MayIfUnread([&] { return LinkerdIdentityRef(ref, source, NamespaceOf(document)); }));
  }
  return any;
}

inline Match FromNetworks(const Json& document, const Place& source) {
  const Json spec = SpecOf(document);
  Only(spec, {"networks"});
  Match any = Match::kNo;
  for (const auto& network : List(Field(spec, "networks"))) {
    any = Or(any, MayIfUnread([&] {
               Only(network, {"cidr", "except"});
               Match inside = IsInside(Block(Text(Must(Field(network, "cidr")))), source);
               for (const auto& hole : Texts(Field(network, "except"))) {
                 inside = And(inside, Not(IsInside(Block(hole), source)));
               }
               return inside;
             }));
  }
  return any;
}

/// One of an AuthorizationPolicy's requirements. One that isn't there is met by nobody.
inline Match LinkerdRequirement(const Side& side, const Json& ref, const std::string& ns) {
  const auto kind = Text(Must(Field(ref, "kind")));
  if (kind == "ServiceAccount") return LinkerdIdentityRef(ref, side.source, ns);
  Only(ref, {"group", "kind", "name", "namespace"});
  if (!IsOneOf(kind, {"MeshTLSAuthentication", "NetworkAuthentication"})) throw Unread();
  const auto name = Text(Must(Field(ref, "name")));
  const Json* named = Field(ref, "namespace");
  const auto of = named == nullptr ? ns : Text(*named);
  for (const auto& document : side.world.documents) {
    if (!IsLinkerd(document, kind.c_str()) || NameOf(document) != name) continue;
    if (NamespaceOf(document) != of) continue;
    return MayIfUnread([&] {
      return kind[0] == 'M' ? MeshTls(document, side.source) : FromNetworks(document, side.source);
    });
  }
  return Match::kNo;
}

/// Whether a policy is about a Server of its namespace.
inline Match LinkerdTargets(const Json& policy, const std::string& server) {
  const Json spec = SpecOf(policy);
  const Json& target = Must(Field(spec, "targetRef"));
  const auto kind = Text(Must(Field(target, "kind")));
  const auto name = Text(Must(Field(target, "name")));
  if (kind == "Server") return Is(name == server);
  if (kind == "Namespace") return Is(name == NamespaceOf(policy));
  throw Unread();
}

inline Match LinkerdAuthorizes(const Side& side, const Json& policy, const std::string& server) {
  const Json spec = SpecOf(policy);
  const Match target = MayIfUnread([&] { return LinkerdTargets(policy, server); });
  const Match met = MayIfUnread([&] {
    Only(spec, {"targetRef", "requiredAuthenticationRefs"});
    Match all = Match::kYes;
    for (const auto& ref : List(Field(spec, "requiredAuthenticationRefs"))) {
      all =
          And(all, MayIfUnread([&] { return LinkerdRequirement(side, ref, NamespaceOf(policy)); }));
    }
    return all;
  });
  return And(target, met);
}

inline Match IsServerOf(const Side& side, const Json& server) {
  const Json spec = SpecOf(server);
  if (NamespaceOf(server) != side.destination.pod->ns) return Match::kNo;
  const auto selects = [&] {
    const Json* selector = Field(spec, "podSelector");
    if (selector == nullptr && Field(spec, "externalWorkloadSelector") != nullptr)
      return Match::kNo;
    return Is(Selects(Must(selector), side.destination.pod->labels));
  };
  const auto port = [&] {
    const Json& json = Must(Field(spec, "port"));
    if (json.is_string()) return Is(IsNamedPort(side, json.get<std::string>()));
    const int number = Number(json, 1, 65535);
    return Is(IsBetween(side, number, number));
  };
  return And(MayIfUnread(selects), MayIfUnread(port));
}

inline Match LinkerdServerLetsIn(const Side& side, const Json& server) {
  const Json spec = SpecOf(server);
  Match lets = MayIfUnread([&] {
    Only(spec,
         {"podSelector", "externalWorkloadSelector", "port", "proxyProtocol", "accessPolicy"});
    const Json* access = Field(spec, "accessPolicy");
    return LinkerdDefault(access == nullptr ? "deny" : Text(*access), side.source);
  });
  for (const auto& document : side.world.documents) {
    if (!IsLinkerd(document, "AuthorizationPolicy")) continue;
    if (NamespaceOf(document) != NamespaceOf(server)) continue;
    lets = Or(lets, LinkerdAuthorizes(side, document, NameOf(server)));
  }
  return lets;
}

inline void Insert(Answers& answers, Match match) {
  if (match != Match::kNo) answers.insert(true);
  if (match != Match::kYes) answers.insert(false);
}

/// Of several Servers on one port any may be the one that counts.
inline Answers LinkerdLetsIn(const Side& side) {
  if (KeepsOut(side.destination, "config.linkerd.io/skip-inbound-ports")) return {true, false};
  Answers answers;
  bool has_server = false;
  for (const auto& document : side.world.documents) {
    if (!IsLinkerd(document, "Server")) continue;
    const Match is_server = IsServerOf(side, document);
    if (is_server == Match::kNo) continue;
    Insert(answers, LinkerdServerLetsIn(side, document));
    has_server = has_server || is_server == Match::kYes;
  }
  if (has_server) return answers;
  const auto mode = Hint(side.destination, "config.linkerd.io/default-inbound-policy");
  Insert(answers, LinkerdDefault(mode.empty() ? "all-unauthenticated" : mode, side.source));
  return answers;
}

// --- Consul.

inline bool InConsul(const Place& place) {
  if (!place.IsPod()) return false;
  if (HasProxy(place, "consul-dataplane")) return true;
  return place.pod->from_template && Hint(place, "consul.hashicorp.com/connect-inject") == "true";
}

inline std::string ConsulService(const Place& place) {
  const auto name = Value(place.pod->mesh_hints, "consul.hashicorp.com/connect-service");
  return name.empty() ? place.pod->service_account : name;
}

/// Without an annotation and a service account of its own its name is a Service's; and what keeps
/// ports out of the proxy is not followed.
inline bool IsConsulUnsure(const Place& place, bool inbound) {
  const std::string prefix = "consul.hashicorp.com/transparent-proxy";
  if (ConsulService(place) == "default" &&
      Value(place.pod->mesh_hints, "consul.hashicorp.com/connect-service").empty())
    return true;
  if (KeepsOut(place, prefix, {"true"})) return true;
  if (inbound) return KeepsOut(place, prefix + "-exclude-inbound-ports");
  return KeepsOut(place, prefix + "-exclude-outbound-ports") ||
         KeepsOut(place, prefix + "-exclude-outbound-cidrs") ||
         KeepsOut(place, prefix + "-exclude-uids");
}

/// Exact before "*", the destination's name before the source's.
struct Intention {
  int precedence;
  Answers answers;
};

inline Intention ReadIntention(const Json& source, bool exact_destination, const std::string& own) {
  const auto name = Text(Must(Field(source, "name")));
  int precedence = name == own ? 1 : 0;
  precedence += exact_destination ? 2 : 0;
  if (name != own && name != "*") return {-1, {}};
  Only(source, {"name", "action", "permissions", "description", "type"});
  const Json* action = Field(source, "action");
  const bool permissions = Covers(source, "permissions");
  if ((action == nullptr) != permissions) throw Unread();
  if (permissions) return {precedence, {true}};
  const auto text = Text(*action);
  if (text != "allow" && text != "deny") throw Unread();
  return {precedence, {text == "allow"}};
}

/// The intentions of the highest precedence; where none is, it isn't known.
inline Answers ConsulLetsIn(const Side& side) {
  if (!InConsul(side.source)) return {true, false};
  if (IsConsulUnsure(side.destination, true) || IsConsulUnsure(side.source, false))
    return {true, false};
  const auto own = ConsulService(side.destination);
  std::vector<Intention> intentions;
  for (const auto& document : side.world.documents) {
    if (GroupOf(document) != "consul.hashicorp.com" || KindOf(document) != "ServiceIntentions") {
      continue;
    }
    const Json spec = SpecOf(document);
    std::string destination;
    std::vector<Json> sources;
    const bool read = CanRead([&] {
      destination = Text(Must(Field(Must(Field(spec, "destination")), "name")));
      if (destination != own && destination != "*") return;
      Only(Must(Field(spec, "destination")), {"name"});
      Only(spec, {"destination", "sources"});
      sources = List(Field(spec, "sources"));
    });
    if (!read) return {true, false};
    for (const auto& source : sources) {
      Intention intention{-1, {}};
      const bool known = CanRead([&] {
        intention = ReadIntention(source, destination == own, ConsulService(side.source));
      });
      if (!known) return {true, false};
      if (destination == own || destination == "*") intentions.push_back(intention);
    }
  }
  Answers answers;
  for (int precedence = 3; precedence >= 0 && answers.empty(); --precedence) {
    for (auto& intention : intentions) {
      if (intention.precedence == precedence) answers.merge(intention.answers);
    }
  }
  return answers.empty() ? Answers{true, false} : answers;
}

// --- All of the mesh layer.

inline std::vector<Answers> MeshAnswers(const Side& side) {
  if (side.protocol != Protocol::kTcp || !side.subject().IsPod()) return {};
  std::vector<Answers> all;
  if (!side.ingress) {
    if (HasIstioSidecar(side.source)) all.push_back(IstioLetsOut(side));
    return all;
  }
  if (InIstio(side.destination) != Match::kNo && !IsIstiosOwn(side.port)) {
    all.push_back(IstioAuthorizes(side));
    all.push_back(IstioTakesPlainText(side));
  }
  if (InLinkerd(side.destination)) all.push_back(LinkerdLetsIn(side));
  if (InConsul(side.destination)) all.push_back(ConsulLetsIn(side));
  return all;
}

}  // namespace podreach::oracle
