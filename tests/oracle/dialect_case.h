#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "podreach/reach/outcome.h"
#include "tests/oracle/world.h"

/// How a case worked out by hand is written, for any evaluator of the dialects.
///
/// The cluster is the same for all: namespace shop (team=a) with the pods web (app=web, on n1,
/// 10.0.0.1, named ports http=TCP 80 and dns=UDP 53) and api (app=api, on n2, 10.0.0.2, http=TCP
/// 8080 and http=TCP 8081); namespace bank (team=b) with db (app=db, on n2, 10.0.0.3, http=TCP 80)
/// and the hostNetwork pod agent (app=web, on n1); nodes n1 (10.1.0.1, role=worker) and n2
/// (10.1.0.2, role=infra). A pod's service account has its name.
namespace podreach::oracle {

struct DialectCase {
  std::string_view name;
  /// A list of documents: {"kind": one of kDocumentKinds, "name", "ns", "spec"} or, for the
  /// cluster,
  /// {"proxy": "istio-proxy", "pods": [..]}, {"hints": {..}, "pod": ..}, {"labels": {..}, "ns": ..}
  /// and {"isolated": "web", "from": "api"}, a NetworkPolicy for ingress.
  std::string_view documents;
  /// "source destination protocol port"; an end is a pod, a node or an address outside.
  std::string_view question;
  Expectation answer;
};

struct DocumentKind {
  std::string_view abbreviation;
  std::string_view api_version;
  std::string_view kind;
};

inline constexpr DocumentKind kDocumentKinds[] = {
    {"anp", "policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"},
    {"banp", "policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"},
    {"cluster", "policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"},
    {"cnp", "cilium.io/v2", "CiliumNetworkPolicy"},
    {"ccnp", "cilium.io/v2", "CiliumClusterwideNetworkPolicy"},
    {"calico", "projectcalico.org/v3", "NetworkPolicy"},
    {"gnp", "projectcalico.org/v3", "GlobalNetworkPolicy"},
    {"staged", "projectcalico.org/v3", "StagedGlobalNetworkPolicy"},
    {"tier", "projectcalico.org/v3", "Tier"},
    {"netset", "projectcalico.org/v3", "NetworkSet"},
    {"gnetset", "projectcalico.org/v3", "GlobalNetworkSet"},
    {"hep", "projectcalico.org/v3", "HostEndpoint"},
    {"authz", "security.istio.io/v1", "AuthorizationPolicy"},
    {"peer", "security.istio.io/v1", "PeerAuthentication"},
    {"sidecar", "networking.istio.io/v1", "Sidecar"},
    {"server", "policy.linkerd.io/v1beta3", "Server"},
    {"lauthz", "policy.linkerd.io/v1alpha1", "AuthorizationPolicy"},
    {"mtls", "policy.linkerd.io/v1alpha1", "MeshTLSAuthentication"},
    {"nets", "policy.linkerd.io/v1alpha1", "NetworkAuthentication"},
    {"intentions", "consul.hashicorp.com/v1alpha1", "ServiceIntentions"},
};

inline Json DocumentOf(std::string_view abbreviation, const std::string& ns,
                       const std::string& name, const Json& spec) {
  Json document{{"apiVersion", "example.org/v1"}, {"kind", abbreviation}};
  for (const auto& kind : kDocumentKinds) {
    if (kind.abbreviation == abbreviation) {
      document = {{"apiVersion", kind.api_version}, {"kind", kind.kind}};
    }
  }
  document["metadata"] = {{"name", name}};
  if (!ns.empty()) document["metadata"]["namespace"] = ns;
  document["spec"] = spec;
  return document;
}

inline Pod CasePod(const char* ns, const char* name, const char* node, const char* address,
                   std::vector<ContainerPort> ports) {
  Pod pod;
  pod.ns = ns;
  pod.name = pod.service_account = name;
  pod.labels = {{"app", name}};
  pod.node = node;
  pod.phase = PodPhase::kRunning;
  pod.ips = {*IpAddress::Parse(address)};
  pod.ports = std::move(ports);
  return pod;
}

inline World CaseCluster() {
  World world;
  auto& snapshot = world.snapshot;
  for (const auto& [name, team] : {std::pair("shop", "a"), std::pair("bank", "b")}) {
    Namespace ns;
    ns.name = name;
    ns.labels = {{"kubernetes.io/metadata.name", name}, {"team", team}};
    snapshot.namespaces.push_back(ns);
  }
  const auto tcp = [](std::uint16_t number) {
    return ContainerPort{"http", Protocol::kTcp, *Port::From(number), {}};
  };
  snapshot.pods = {CasePod("shop", "web", "n1", "10.0.0.1",
                           {tcp(80), {"dns", Protocol::kUdp, *Port::From(53), {}}}),
                   CasePod("shop", "api", "n2", "10.0.0.2", {tcp(8080), tcp(8081)}),
                   CasePod("bank", "db", "n2", "10.0.0.3", {tcp(80)}),
                   CasePod("bank", "agent", "n1", "10.1.0.1", {})};
  snapshot.pods[3].labels = {{"app", "web"}};
  snapshot.pods[3].host_network = true;
  for (const auto& [name, role, address] :
       {std::tuple("n1", "worker", "10.1.0.1"), std::tuple("n2", "infra", "10.1.0.2")}) {
    Node node;
    node.name = name;
    node.labels = {{"role", role}};
    node.internal_ips = {*IpAddress::Parse(address)};
    snapshot.nodes.push_back(node);
  }
  return world;
}

inline Json CaseIsolation(const Json& json) {
  const auto app = [&](const char* field) {
    return Json{{"matchLabels", {{"app", json.at(field)}}}};
  };
  Json document{{"apiVersion", "networking.k8s.io/v1"},
                {"kind", "NetworkPolicy"},
                {"metadata", {{"namespace", "shop"}, {"name", "isolated"}}}};
  document["spec"]["podSelector"] = app("isolated");
  if (json.contains("from"))
    document["spec"]["ingress"] = Json::array({{{"from", {{{"podSelector", app("from")}}}}}});
  return document;
}

inline World CaseWorld(const DialectCase& row) {
  World world = CaseCluster();
  for (const auto& json : Json::parse(row.documents)) {
    if (json.contains("isolated")) world.documents.push_back(CaseIsolation(json));
    for (auto& pod : world.snapshot.pods) {
      if (json.contains("proxy")) {
        for (const auto& name : json.at("pods")) {
          if (name == pod.name) pod.proxies.push_back(json.at("proxy"));
        }
      }
      if (json.value("pod", "") != pod.name) continue;
      for (const auto& [key, value] : json.at("hints").items()) pod.mesh_hints[key] = value;
    }
    for (auto& ns : world.snapshot.namespaces) {
      if (!json.contains("labels") || json.value("ns", "") != ns.name) continue;
      for (const auto& [key, value] : json.at("labels").items()) ns.labels[key] = value;
    }
    if (!json.contains("kind")) continue;
    world.documents.push_back(DocumentOf(json.at("kind").get<std::string>(), json.value("ns", ""),
                                         json.value("name", "default"),
                                         json.value("spec", Json::object())));
    if (json.contains("labels")) world.documents.back()["metadata"]["labels"] = json.at("labels");
    if (json.contains("specs")) world.documents.back()["specs"] = json.at("specs");
  }
  return world;
}

struct Question {
  End source;
  End destination;
  Protocol protocol;
  Port port;
};

inline End CaseEnd(const Snapshot& snapshot, const std::string& name) {
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (snapshot.pods[i].name == name) return {i, {}, {}};
  }
  for (std::size_t i = 0; i < snapshot.nodes.size(); ++i) {
    if (snapshot.nodes[i].name == name) return {{}, {}, i};
  }
  return {{}, IpAddress::Parse(name).value(), {}};
}

inline Question CaseQuestion(const DialectCase& row, const Snapshot& snapshot) {
  std::vector<std::string> words(1);
  for (const char letter : row.question) {
    if (letter == ' ') {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  return {CaseEnd(snapshot, words.at(0)), CaseEnd(snapshot, words.at(1)),
          ParseProtocol(words.at(2)).value(), Port::Parse(words.at(3)).value()};
}

}  // namespace podreach::oracle
