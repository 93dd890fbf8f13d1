#pragma once

#include <algorithm>
#include <set>

#include "tests/oracle/dialect_case.h"
#include "tests/oracle/random_text.h"

/// Random documents of every dialect.
namespace podreach::oracle {

// --- AdminNetworkPolicy and its like.

inline Json AnyNamespacedPods(Dice& dice) {
  return {{"namespaceSelector", dice.Selector(true)}, {"podSelector", dice.Selector()}};
}

inline Json AnyAdminPeer(Dice& dice, bool ingress) {
  if (dice.OneIn(25)) return {{"planets", Json::object()}};
  switch (dice.Below(ingress ? 2 : 5)) {
    case 0:
      return {{"namespaces", dice.Selector(true)}};
    case 1:
      return {{"pods", AnyNamespacedPods(dice)}};
    case 2:
      return {{"nodes", dice.Selector()}};
    case 3:
      return {{"networks", dice.Some(1, 2, [&] { return Json(dice.Block()); })}};
    default:
      return {{"domainNames", {"a.example."}}};
  }
}

inline Json AnyAdminPort(Dice& dice, bool cluster) {
  const int first = dice.PortNumber();
  const int last = std::max(first, dice.PortNumber());
  const bool range = dice.OneIn(3);
  if (dice.OneIn(4)) return {{cluster ? "destinationNamedPort" : "namedPort", dice.PortName()}};
  if (!cluster) {
    const auto protocol = dice.OneIn(50) ? "ICMP" : dice.ProtocolName();
    if (!range) return {{"portNumber", {{"protocol", protocol}, {"port", first}}}};
    return {{"portRange", {{"protocol", protocol}, {"start", first}, {"end", last}}}};
  }
  const auto protocol = dice.Word({"tcp", "udp", "sctp"});
  if (dice.OneIn(4)) return {{protocol, Json::object()}};
  Json port{{"number", first}};
  if (range) port = {{"range", {{"start", first}, {"end", last}}}};
  return {{protocol, {{"destinationPort", port}}}};
}

inline Json AnyAdminDocument(Dice& dice, const std::string& name) {
  const auto kind = dice.Word({"anp", "cluster", "banp"});
  const bool cluster = kind == "cluster";
  Json spec{{"priority", dice.Below(4)}};
  if (kind == "banp") spec.erase("priority");
  if (cluster) spec["tier"] = dice.Word({"Admin", "Baseline"});
  spec["subject"] = {{"pods", AnyNamespacedPods(dice)}};
  if (dice.OneIn(2)) spec["subject"] = {{"namespaces", dice.Selector(true)}};
  for (const bool ingress : {true, false}) {
    if (dice.OneIn(4)) continue;
    spec[ingress ? "ingress" : "egress"] = dice.Some(0, 3, [&] {
      Json rule{{"action", dice.Word({cluster ? "Accept" : "Allow", "Deny", "Deny"})}};
      if (kind != "banp" && dice.OneIn(4)) rule["action"] = "Pass";
      if (dice.OneIn(60)) rule["action"] = "Perhaps";
      const auto peers = dice.Some(1, 2, [&] { return AnyAdminPeer(dice, ingress); });
      rule[ingress ? "from" : "to"] = peers;
      if (dice.OneIn(2)) return rule;
      rule[cluster ? "protocols" : "ports"] =
          dice.Some(1, 2, [&] { return AnyAdminPort(dice, cluster); });
      return rule;
    });
  }
  return DocumentOf(kind, "", kind == "banp" ? "default" : name, spec);
}

// --- Cilium.

inline Json AnyCiliumSelector(Dice& dice) {
  Json selector = dice.Selector();
  if (!selector.is_object() || !dice.OneIn(3)) return selector;
  if (dice.OneIn(12)) return {{"matchLabels", {{"reserved:host", ""}}}};
  if (dice.OneIn(2)) {
    selector["matchLabels"]["k8s:io.kubernetes.pod.namespace"] = dice.NamespaceName();
  } else if (dice.OneIn(2)) {
    selector["matchLabels"]["io.cilium.k8s.namespace.labels." + dice.Key()] = dice.Label();
  } else {
    selector["matchLabels"]["io.cilium.k8s.policy.serviceaccount"] = dice.Account();
  }
  return selector;
}

inline Json AnyCiliumPorts(Dice& dice, bool deny) {
  Json rule;
  rule["ports"] = dice.Some(1, 2, [&] {
    const int number = dice.OneIn(10) ? 0 : dice.PortNumber();
    Json port{{"port", dice.OneIn(4) ? dice.PortName() : std::to_string(number)}};
    if (!dice.OneIn(3)) port["protocol"] = dice.OneIn(3) ? "ANY" : dice.ProtocolName();
    if (dice.OneIn(60)) port["protocol"] = "IGMP";
    const bool named =
        std::isalpha(static_cast<unsigned char>(port["port"].get<std::string>()[0])) != 0;
    if (!named && number != 0 && dice.OneIn(4)) port["endPort"] = number + dice.Below(3);
    return port;
  });
  if (dice.OneIn(10) && !deny) rule["rules"] = {{"http", Json::array({Json::object()})}};
  return rule;
}

inline Json AnyCiliumEntry(Dice& dice, bool ingress, bool deny) {
  Json entry = Json::object();
  const std::string prefix = ingress ? "from" : "to";
  if (dice.OneIn(15)) return entry;
  const int form = dice.Below(8);
  if (form < 3) {
    entry[prefix + "Endpoints"] = dice.Some(0, 2, [&] { return AnyCiliumSelector(dice); });
  } else if (form < 5) {
    entry[prefix + "Entities"] = {
        dice.Word({"all", "world", "cluster", "host", "remote-node", "kube-apiserver", "health",
                   "world-ipv4", "world-ipv6"})};
  } else if (form == 5) {
    entry[prefix + "CIDR"] = {dice.Block()};
  } else if (form == 6) {
    entry[prefix + "CIDRSet"] = Json::array(
        {{{"cidr", "192.0.2.0/24"}, {"except", {dice.Word({"192.0.2.1/32", "192.0.2.4/30"})}}}});
  }
  if (dice.OneIn(25) && !ingress && !deny && form == 7) {
    entry["toFQDNs"] = Json::array({{{"matchName", "a.example"}}});
  }
  if (dice.OneIn(3) || form == 7) {
    entry["toPorts"] = Json::array({AnyCiliumPorts(dice, deny)});
  } else if (dice.OneIn(25)) {
    entry["icmps"] = Json::array({{{"fields", Json::array({{{"type", 8}}})}}});
  }
  if (dice.OneIn(50)) entry["authentication"] = {{"mode", "required"}};
  return entry;
}

inline Json AnyCiliumDocument(Dice& dice, const std::string& name) {
  const bool cluster = dice.OneIn(3);
  Json spec{{"endpointSelector", dice.Selector()}};
  if (cluster && dice.OneIn(6)) spec = {{"nodeSelector", dice.Selector()}};
  for (const char* field : {"ingress", "egress", "ingressDeny", "egressDeny"}) {
    const std::string text = field;
    const bool deny = text.size() > 7;
    if (dice.OneIn(deny ? 2 : 3)) continue;
    spec[field] = dice.Some(0, 2, [&] { return AnyCiliumEntry(dice, text[0] == 'i', deny); });
  }
  if (dice.OneIn(5)) spec["enableDefaultDeny"] = {{"ingress", dice.OneIn(2)}};
  if (dice.OneIn(60)) spec["ingress"] = "all";
  return DocumentOf(cluster ? "ccnp" : "cnp", cluster ? "" : dice.NamespaceName(), name, spec);
}

// --- Calico.

inline Json AnyCalicoEntity(Dice& dice, bool source, bool ports) {
  Json entity = Json::object();
  if (dice.OneIn(2)) entity["selector"] = dice.Expression();
  if (dice.OneIn(6)) entity["notSelector"] = dice.Expression(0);
  if (dice.OneIn(5)) entity["namespaceSelector"] = dice.OneIn(3) ? "global()" : dice.Expression(0);
  if (dice.OneIn(8)) entity["serviceAccounts"] = {{"names", {dice.Account()}}};
  if (dice.OneIn(5)) entity["nets"] = {dice.Block()};
  if (dice.OneIn(8)) entity["notNets"] = {dice.Block()};
  if (dice.OneIn(60)) entity["services"] = {{"name", "s"}, {"namespace", "ns0"}};
  if (!ports || dice.OneIn(source ? 12 : 2)) return entity;
  if (source && !dice.OneIn(10)) return entity;
  const int first = dice.PortNumber();
  const auto range = std::to_string(first) + ":" + std::to_string(first + 2);
  entity[dice.OneIn(4) ? "notPorts" : "ports"] = {dice.OneIn(3)   ? Json(range)
                                                  : dice.OneIn(2) ? Json(dice.PortName())
                                                                  : Json(first)};
  return entity;
}

inline Json AnyCalicoRule(Dice& dice) {
  Json rule{{"action", dice.Word({"Allow", "Allow", "Deny", "Pass", "Log"})}};
  if (dice.OneIn(80)) rule["action"] = "Perhaps";
  const bool ports = dice.OneIn(2);
  if (ports) rule["protocol"] = dice.ProtocolName();
  if (!ports && dice.OneIn(8)) rule["protocol"] = dice.OneIn(2) ? Json(17) : Json("ICMP");
  if (!ports && dice.OneIn(8)) rule["notProtocol"] = dice.ProtocolName();
  if (dice.OneIn(12)) rule["ipVersion"] = dice.Pick({4, 6});
  if (dice.OneIn(2)) rule["source"] = AnyCalicoEntity(dice, true, ports);
  if (dice.OneIn(2)) rule["destination"] = AnyCalicoEntity(dice, false, ports);
  return rule;
}

inline Json AnyCalicoDocument(Dice& dice, const std::string& name) {
  if (dice.OneIn(6)) {
    const bool global = dice.OneIn(2);
    auto set = DocumentOf(global ? "gnetset" : "netset", global ? "" : dice.NamespaceName(), name,
                          {{"nets", {dice.Block()}}});
    set["metadata"]["labels"] = {{dice.Key(), dice.Label()}};
    return set;
  }
  const bool global = dice.OneIn(2);
  Json spec = Json::object();
  if (!dice.OneIn(4)) spec["selector"] = dice.Expression();
  if (global && dice.OneIn(5)) spec["namespaceSelector"] = dice.Expression(0);
  if (dice.OneIn(25)) spec["serviceAccountSelector"] = dice.Expression(0);
  if (!dice.OneIn(4)) spec["order"] = dice.Pick({1, 2, 1000, 2000});
  if (dice.OneIn(2)) spec["tier"] = dice.Word({"tier0", "tier1", "default"});
  for (const char* field : {"ingress", "egress"}) {
    if (!dice.OneIn(3)) spec[field] = dice.Some(0, 3, [&] { return AnyCalicoRule(dice); });
  }
  if (dice.OneIn(3)) spec["types"] = {dice.Word({"Ingress", "Egress"})};
  if (global && dice.OneIn(40)) spec["doNotTrack"] = true;
  return DocumentOf(global ? "gnp" : "calico", global ? "" : dice.NamespaceName(), name, spec);
}

/// The tiers that policies name.
inline std::vector<Json> AnyCalicoTiers(Dice& dice) {
  std::vector<Json> tiers;
  for (const char* name : {"tier0", "tier1"}) {
    if (dice.OneIn(40)) continue;
    Json spec = Json::object();
    if (!dice.OneIn(4)) spec["order"] = dice.Pick({1, 1000, 5000, 1000000, 20000000});
    if (dice.OneIn(3)) spec["defaultAction"] = dice.Word({"Pass", "Deny"});
    tiers.push_back(DocumentOf("tier", "", name, spec));
  }
  return tiers;
}

}  // namespace podreach::oracle
