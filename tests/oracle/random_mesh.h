#pragma once

#include "tests/oracle/random_documents.h"

/// Random documents of the meshes.
namespace podreach::oracle {

// --- Istio.

inline std::string AnyIstioNamespace(Dice& dice) {
  return dice.OneIn(4) ? "istio-system" : dice.NamespaceName();
}

inline Json AnyIstioSource(Dice& dice) {
  Json source = Json::object();
  switch (dice.Below(6)) {
    case 0:
      source["principals"] = {dice.OneIn(3) ? "*"
                                            : "cluster.local/ns/" + dice.NamespaceName() + "/sa/" +
                                                  dice.Account()};
      break;
    case 1:
      source["notPrincipals"] = {dice.Word({"*", "cluster.local/ns/ns0/*", "*/sa/sa1"})};
      break;
    case 2:
      source["namespaces"] = {dice.OneIn(3) ? "ns*" : dice.NamespaceName()};
      break;
    case 3:
      source["notNamespaces"] = {dice.NamespaceName()};
      break;
    case 4:
      source["serviceAccounts"] = {dice.OneIn(2) ? dice.Account() : "ns0/" + dice.Account()};
      break;
    default:
      source["ipBlocks"] = {dice.Block()};
  }
  if (dice.OneIn(5)) source["notIpBlocks"] = {dice.Block()};
  if (dice.OneIn(20)) source["requestPrincipals"] = {"*"};
  return source;
}

inline Json AnyIstioRule(Dice& dice) {
  Json rule = Json::object();
  if (!dice.OneIn(3)) {
    rule["from"] = dice.Some(1, 2, [&] { return Json{{"source", AnyIstioSource(dice)}}; });
  }
  if (dice.OneIn(2)) {
    rule["to"] = dice.Some(1, 2, [&] {
      Json operation = Json::object();
      operation[dice.OneIn(3) ? "notPorts" : "ports"] = {std::to_string(dice.PortNumber())};
      if (dice.OneIn(6)) operation["methods"] = {"GET"};
      if (dice.OneIn(60)) operation["ports"] = {80};
      return Json{{"operation", operation}};
    });
  }
  if (dice.OneIn(20))
    rule["when"] = Json::array({{{"key", "source.ip"}, {"values", {"10.0.0.1"}}}});
  return rule;
}

inline Json AnyIstioSelector(Dice& dice) { return {{"matchLabels", {{dice.Key(), dice.Label()}}}}; }

inline Json AnyIstioDocument(Dice& dice, const std::string& name) {
  Json spec = Json::object();
  if (dice.OneIn(12)) {
    spec["outboundTrafficPolicy"] = {{"mode", dice.Word({"REGISTRY_ONLY", "ALLOW_ANY"})}};
    if (dice.OneIn(2)) spec["workloadSelector"] = {{"labels", {{dice.Key(), dice.Label()}}}};
    return DocumentOf("sidecar", AnyIstioNamespace(dice), name, spec);
  }
  if (dice.OneIn(2)) spec["selector"] = AnyIstioSelector(dice);
  if (dice.OneIn(3)) {
    const auto mode = [&] { return Json{{"mode", dice.Word({"STRICT", "PERMISSIVE", "UNSET"})}}; };
    if (!dice.OneIn(4)) spec["mtls"] = mode();
    if (dice.OneIn(3)) spec["portLevelMtls"] = {{std::to_string(dice.PortNumber()), mode()}};
    if (dice.OneIn(40)) spec["mtls"] = {{"mode", "PERHAPS"}};
    return DocumentOf("peer", AnyIstioNamespace(dice), name, spec);
  }
  if (dice.OneIn(2)) spec["action"] = dice.Word({"ALLOW", "DENY", "DENY", "AUDIT"});
  if (dice.OneIn(20)) spec["action"] = dice.Word({"CUSTOM", "PERHAPS"});
  if (!dice.OneIn(6)) spec["rules"] = dice.Some(0, 2, [&] { return AnyIstioRule(dice); });
  if (dice.OneIn(40)) spec["targetRefs"] = Json::array({{{"kind", "Service"}, {"name", "s"}}});
  return DocumentOf("authz", AnyIstioNamespace(dice), name, spec);
}

// --- Linkerd. Names are few: policies must meet servers.

inline Json AnyLinkerdReference(Dice& dice) {
  Json ref{{"group", "policy.linkerd.io"}, {"name", dice.Word({"one", "two"})}};
  ref["kind"] = dice.Word({"MeshTLSAuthentication", "NetworkAuthentication"});
  if (dice.OneIn(4)) ref = {{"kind", "ServiceAccount"}, {"name", dice.Account()}};
  if (dice.OneIn(4)) ref["namespace"] = dice.NamespaceName();
  return ref;
}

inline std::string AnyIdentity(Dice& dice) {
  const auto who = dice.OneIn(3) ? "*" : dice.Account();
  const auto rest = ".serviceaccount.identity.linkerd.cluster.local";
  return dice.OneIn(4) ? "*" : who + "." + dice.NamespaceName() + rest;
}

inline Json AnyLinkerdDocument(Dice& dice, const std::string& name) {
  const auto ns = dice.NamespaceName();
  Json spec = Json::object();
  switch (dice.Below(5)) {
    case 0:
    case 1:
      spec = {{"podSelector", dice.Selector()}, {"port", dice.PortNumber()}};
      if (dice.OneIn(3)) spec["port"] = dice.PortName();
      if (dice.OneIn(60)) spec["port"] = Json::array();
      if (dice.OneIn(5)) {
        spec["accessPolicy"] = dice.Word({"deny", "all-authenticated", "cluster-unauthenticated"});
      }
      return DocumentOf("server", ns, dice.OneIn(2) ? "sv" : name, spec);
    case 2:
      spec["targetRef"] = {{"group", "policy.linkerd.io"}, {"kind", "Server"}, {"name", "sv"}};
      if (dice.OneIn(2)) spec["targetRef"] = {{"kind", "Namespace"}, {"name", ns}};
      spec["requiredAuthenticationRefs"] =
          dice.Some(0, 2, [&] { return AnyLinkerdReference(dice); });
      return DocumentOf("lauthz", ns, name, spec);
    case 3:
      spec["identities"] = dice.Some(1, 2, [&] { return Json(AnyIdentity(dice)); });
      if (dice.OneIn(3)) {
        spec = {{"identityRefs",
                 Json::array({{{"kind", "ServiceAccount"}, {"name", dice.Account()}}})}};
      }
      return DocumentOf("mtls", ns, "one", spec);
    default:
      spec["networks"] = Json::array({{{"cidr", dice.Block()}, {"except", {dice.Block()}}}});
      if (dice.OneIn(2)) spec["networks"][0].erase("except");
      return DocumentOf("nets", ns, "two", spec);
  }
}

// --- Consul.

inline Json AnyConsulDocument(Dice& dice, const std::string& name) {
  const auto service = [&] { return dice.Word({"*", "default", "sa1", "front"}); };
  Json spec{{"destination", {{"name", service()}}}};
  spec["sources"] = dice.Some(1, 3, [&] {
    Json source{{"name", service()}, {"action", dice.Word({"allow", "deny"})}};
    if (dice.OneIn(40)) source["action"] = "perhaps";
    if (!dice.OneIn(12)) return source;
    source.erase("action");
    source["permissions"] = Json::array({{{"action", "allow"}}});
    return source;
  });
  return DocumentOf("intentions", dice.NamespaceName(), name, spec);
}

}  // namespace podreach::oracle
