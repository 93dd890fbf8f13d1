#pragma once

#include "podreach/reach/outcome.h"
#include "tests/oracle/calico_policies.h"
#include "tests/oracle/cilium_policies.h"
#include "tests/oracle/mesh_policies.h"
#include "tests/oracle/network_policies.h"

/// All dialects together: the answer for one connection.
namespace podreach::oracle {

enum class Dialect { kNetworkPolicy, kAdmin, kCilium, kCalico, kMesh, kMeansNothing, kUnknown };

inline Dialect DialectOf(const Json& document) {
  const auto group = GroupOf(document);
  const auto kind = KindOf(document);
  if (IsNetworkPolicy(document)) return Dialect::kNetworkPolicy;
  if (group == "policy.networking.k8s.io") {
    return IsOneOf(kind,
                   {"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"})
               ? Dialect::kAdmin
               : Dialect::kUnknown;
  }
  if (group == "cilium.io") {
    if (kind == "CiliumCIDRGroup") return Dialect::kMeansNothing;
    return IsOneOf(kind, {"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"})
               ? Dialect::kCilium
               : Dialect::kUnknown;
  }
  if (IsCalico(document)) {
    if (kind.rfind("Staged", 0) == 0) return Dialect::kMeansNothing;
    return IsOneOf(kind, {"NetworkPolicy", "GlobalNetworkPolicy", "Tier", "NetworkSet",
                          "GlobalNetworkSet", "HostEndpoint"})
               ? Dialect::kCalico
               : Dialect::kUnknown;
  }
  const bool mesh = (group == "security.istio.io" &&
                     IsOneOf(kind, {"AuthorizationPolicy", "PeerAuthentication"})) ||
                    (group == "networking.istio.io" && kind == "Sidecar") ||
                    (group == "policy.linkerd.io" &&
                     IsOneOf(kind, {"Server", "AuthorizationPolicy", "MeshTLSAuthentication",
                                    "NetworkAuthentication"})) ||
                    (group == "consul.hashicorp.com" && kind == "ServiceIntentions");
  return mesh ? Dialect::kMesh : Dialect::kUnknown;
}

/// A pod's own side on the network layer, at one port.
inline Answers AnswersAtPort(const Side& side) {
  Tiers tiers;
  AddNetworkPolicies(side, tiers);
  for (const auto& document : side.world.documents) {
    const auto dialect = DialectOf(document);
    if (dialect == Dialect::kAdmin) AddAdminDocument(side, document, tiers);
    if (dialect == Dialect::kCilium) AddCiliumDocument(side, document, tiers);
    if (dialect == Dialect::kCalico) AddCalicoDocument(side, document, tiers);
    if (dialect != Dialect::kUnknown) continue;
    const auto ns = NamespaceOf(document);
    if (ns.empty() || ns == side.subject().pod->ns) return {true, false};
  }
  return Walk(tiers.list);
}

/// Within a mesh the network may see the mesh's port in place of the one asked for.
inline Answers PodAnswers(const Side& side) {
  Answers answers = AnswersAtPort(side);
  if (side.protocol != Protocol::kTcp || !side.source.IsPod() || !side.destination.IsPod())
    return answers;
  const auto at = [&](int port) {
    Side other = side;
    other.port = *Port::From(static_cast<std::uint16_t>(port));
    answers.merge(AnswersAtPort(other));
  };
  if (InLinkerd(side.source) && InLinkerd(side.destination)) at(4143);
  if (InConsul(side.source) && InConsul(side.destination)) at(20000);
  const auto ambient = [](const Place& place) { return IsAmbient(place) || SendsPastIstio(place); };
  if (InIstio(side.source) != Match::kNo && InIstio(side.destination) != Match::kNo &&
      (ambient(side.source) || ambient(side.destination)))
    at(15008);
  return answers;
}

inline Answers NetworkAnswers(const Side& side) {
  const Place& subject = side.subject();
  Answers answers{true};
  if (subject.IsOutside()) return answers;
  if (subject.is_node) {
    for (const auto& document : side.world.documents) {
      const bool host_endpoint = IsCalico(document) && KindOf(document) == "HostEndpoint";
      if (host_endpoint || MayGovernNode(side, document)) answers = {true, false};
    }
    return answers;
  }
  if (side.ingress && side.OtherIsOwnNode()) {
    const Match denied = CiliumDeniesOwnNode(side);
    if (denied != Match::kNo) answers.insert(false);
    if (denied == Match::kYes) answers.erase(true);
    return answers;
  }
  answers = PodAnswers(side);
  const bool enforcers_choice = side.other().is_node && (side.ingress || side.OtherIsOwnNode());
  if (enforcers_choice && answers.contains(false)) answers.insert(true);
  return answers;
}

inline Expectation Evaluate(const World& world, const End& source, const End& destination,
                            Protocol protocol, Port port) {
  const Place from = PlaceOf(world.snapshot, source);
  const Place to = PlaceOf(world.snapshot, destination);
  if (from.IsPod() && from.pod == to.pod) return Expectation::kAllow;
  Match all = Match::kYes;
  for (const bool ingress : {false, true}) {
    const Side side{world, from, to, protocol, port, ingress};
    all = And(all, AnyAnswer(NetworkAnswers(side)));
    for (const auto& answers : MeshAnswers(side)) all = And(all, AnyAnswer(answers));
  }
  if (all == Match::kMay) return Expectation::kUnknown;
  return all == Match::kYes ? Expectation::kAllow : Expectation::kDeny;
}

}  // namespace podreach::oracle
