#include "policy/dialects/support/mesh.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <sstream>

namespace podreach::policy {
namespace {

bool Says(const Labels& labels, const char* key, std::string_view value) {
  const auto found = labels.find(key);
  return found != labels.end() && found->second == value;
}

/// The pod's own annotation, else its namespace's; null where neither has it.
const std::string* Hint(const Pod& pod, const Namespace* ns, std::string_view key) {
  if (const auto own = pod.mesh_hints.find(key); own != pod.mesh_hints.end()) return &own->second;
  if (ns == nullptr) return nullptr;
  const auto of_namespace = ns->mesh_hints.find(key);
  return of_namespace == ns->mesh_hints.end() ? nullptr : &of_namespace->second;
}

const std::string* Label(const Labels& labels, std::string_view key) {
  const auto found = labels.find(key);
  return found == labels.end() ? nullptr : &found->second;
}

/// Of a template: whether Istio's injector will give its pods a sidecar.
bool AsksForIstio(const Pod& pod, const Namespace* ns) {
  constexpr std::string_view kInject = "sidecar.istio.io/inject";
  const auto* wish = Label(pod.labels, kInject);
  if (wish == nullptr) wish = Label(pod.mesh_hints, kInject);
  if (wish != nullptr) return *wish == "true";
  if (ns != nullptr) {
    if (const auto* injection = Label(ns->labels, "istio-injection"))
      return *injection == "enabled";
    if (ns->labels.contains("istio.io/rev")) return true;
  }
  return pod.labels.contains("istio.io/rev");
}

bool IsAmbient(const Pod& pod, const Namespace* ns) {
  if (Says(pod.mesh_hints, "ambient.istio.io/redirection", "enabled")) return true;
  constexpr std::string_view kMode = "istio.io/dataplane-mode";
  const auto* mode = Label(pod.labels, kMode);
  if (mode == nullptr && ns != nullptr) mode = Label(ns->labels, kMode);
  return mode != nullptr && *mode == "ambient";
}

bool HasProxy(const Pod& pod, std::string_view name) {
  return std::ranges::find(pod.proxies, name) != pod.proxies.end();
}

/// Pods that run have what they asked for; a template's pods will.
bool MayGetProxy(const Pod& pod) { return pod.from_template && !pod.host_network; }

bool IsInLinkerd(const Pod& pod, const Namespace* ns) {
  if (HasProxy(pod, "linkerd-proxy")) return true;
  const auto* wish = MayGetProxy(pod) ? Hint(pod, ns, "linkerd.io/inject") : nullptr;
  return wish != nullptr && (*wish == "enabled" || *wish == "ingress");
}

bool IsInConsul(const Pod& pod, const Namespace* ns) {
  if (HasProxy(pod, "consul-dataplane") || HasProxy(pod, "envoy-sidecar")) return true;
  const auto* wish =
      MayGetProxy(pod) ? Hint(pod, ns, "consul.hashicorp.com/connect-inject") : nullptr;
  return wish != nullptr && *wish == "true";
}

/// Whether one of the annotations is there and names anything but what `harmless` lists.
bool Limits(const Pod& pod, const Namespace* ns, std::initializer_list<std::string_view> keys,
            std::initializer_list<std::string_view> harmless = {}) {
  return std::ranges::any_of(keys, [&](std::string_view key) {
    const auto* value = Hint(pod, ns, key);
    if (value == nullptr || value->empty()) return false;
    std::istringstream entries(*value);
    for (std::string entry; std::getline(entries, entry, ',');) {
      if (std::ranges::find(harmless, entry) == harmless.end()) return true;
    }
    return false;
  });
}

/// A gateway is a proxy alone: what it lets in is written in other objects.
bool IsIstioGateway(const Pod& pod) {
  const auto* templates = Label(pod.mesh_hints, "inject.istio.io/templates");
  return templates != nullptr && templates->find("gateway") != std::string::npos;
}

/// What Istio's annotations keep from the sidecar.
std::string WayOfSidecar(const Pod& pod) {
  const bool out =
      Limits(pod, nullptr,
             {"traffic.sidecar.istio.io/excludeOutboundPorts",
              "traffic.sidecar.istio.io/excludeOutboundIPRanges"}) ||
      Limits(pod, nullptr,
             {"traffic.sidecar.istio.io/includeOutboundPorts",
              "traffic.sidecar.istio.io/includeOutboundIPRanges"},
             {"*"}) ||
      Limits(pod, nullptr, {"sidecar.istio.io/interceptionMode"}, {"REDIRECT", "TPROXY"});
  if (out) return "ambient";
  const bool in = Limits(pod, nullptr, {"traffic.sidecar.istio.io/excludeInboundPorts"},
                         {"15020", "15021", "15090"}) ||
                  Limits(pod, nullptr, {"traffic.sidecar.istio.io/includeInboundPorts"}, {"*"});
  return in || IsIstioGateway(pod) ? "half-open" : "sidecar";
}

/// A pod without a name of its own is in Consul what the Service before it is called.
bool MayHaveAnotherName(const Pod& pod) {
  const auto* service = Label(pod.mesh_hints, "consul.hashicorp.com/connect-service");
  return (service == nullptr || service->empty()) && pod.service_account == "default";
}

bool IsOpenInside(const Pod& pod, const Namespace* ns, bool linkerd, bool consul) {
  return (linkerd && Limits(pod, ns, {"config.linkerd.io/skip-inbound-ports"})) ||
         (consul &&
          (MayHaveAnotherName(pod) ||
           Limits(pod, ns, {"consul.hashicorp.com/transparent-proxy-exclude-inbound-ports"}) ||
           Limits(pod, ns, {"consul.hashicorp.com/transparent-proxy"}, {"true"})));
}

bool IsOpenOutside(const Pod& pod, const Namespace* ns, bool linkerd, bool consul) {
  return (linkerd &&
          Limits(pod, ns,
                 {"config.linkerd.io/skip-outbound-ports", "config.linkerd.io/skip-subnets"})) ||
         (consul && (MayHaveAnotherName(pod) ||
                     Limits(pod, ns,
                            {"consul.hashicorp.com/transparent-proxy-exclude-outbound-ports",
                             "consul.hashicorp.com/transparent-proxy-exclude-outbound-cidrs",
                             "consul.hashicorp.com/transparent-proxy-exclude-uids"}) ||
                     Limits(pod, ns, {"consul.hashicorp.com/transparent-proxy"}, {"true"})));
}

PodPeer PodsWith(std::initializer_list<std::string_view> keys) {
  auto pods = AllPods();
  for (const auto key : keys)
    pods.pods.requirements.push_back({std::string(key), LabelRequirement::Operator::kExists, {}});
  return pods;
}

/// Of a mesh's layer, before all else that it asks.
PolicyRules FirstOfMesh(Tier::Layer layer, std::string name, PodPeer subject) {
  PolicyRules policy;
  policy.policy = "ports and names out of the mesh";
  policy.kind = name == "consul" ? "Consul" : "Linkerd";
  policy.tier = {layer, 0, std::move(name)};
  policy.order = -1;
  policy.ingress = true;
  policy.isolates = false;
  policy.subjects = {std::move(subject)};
  return policy;
}

/// Either answer may be given by the mesh; `peers` are whose connections.
void AddEither(const RulePeer& peers, const std::string& doubt, PolicyRules& policy) {
  for (const auto action : {Action::kAllow, Action::kDeny}) {
    Rule rule;
    rule.action = action;
    rule.field = peers.field;
    rule.ports = AllTcp();
    rule.peers = {peers};
    rule.doubt = doubt;
    policy.ingress_rules.push_back(std::move(rule));
  }
}

}  // namespace

void AddMeshDoubts(std::vector<PolicyRules>& rules) {
  const std::string field = "metadata.annotations";
  const auto anyone = RulePeer::Everyone(field);
  auto linkerd =
      FirstOfMesh(LayerNamed(kLinkerdLayer), "linkerd", PodsWith({kLinkerdKey, kOpenInKey}));
  AddEither(anyone, "which ports the pod keeps out of the mesh is not evaluated", linkerd);
  rules.push_back(std::move(linkerd));
  auto consul = FirstOfMesh(LayerNamed(kConsulLayer), "consul", PodsWith({kConsulKey, kOpenInKey}));
  AddEither(anyone,
            "what the pod is called in the mesh, or which ports it keeps out of it, is not known",
            consul);
  rules.push_back(std::move(consul));
  auto sources = FirstOfMesh(LayerNamed(kConsulLayer), "consul", PodsWith({kConsulKey}));
  auto unnamed = RulePeer::Pods(PodsWith({kConsulKey, kOpenOutKey}), field);
  unnamed.text = "pods of which the name in the mesh is not known";
  AddEither(unnamed,
            "what the source is called in the mesh, or what it sends past it, is not known",
            sources);
  rules.push_back(std::move(sources));
}

void AddPseudoLabels(const Pod& pod, const Namespace* ns, Labels& labels) {
  const auto set = [&](std::string_view key, std::string value) {
    labels.insert_or_assign(std::string(key), std::move(value));
  };
  set(kServiceAccountKey, pod.service_account);
  if (HasProxy(pod, "istio-proxy") || (MayGetProxy(pod) && AsksForIstio(pod, ns))) {
    set(kIstioKey, WayOfSidecar(pod));
  } else if (IsAmbient(pod, ns)) {
    set(kIstioKey, "ambient");
  }
  const bool linkerd = IsInLinkerd(pod, ns);
  const bool consul = IsInConsul(pod, ns);
  if (IsOpenInside(pod, ns, linkerd, consul)) set(kOpenInKey, "");
  if (IsOpenOutside(pod, ns, linkerd, consul)) set(kOpenOutKey, "");
  if (linkerd) {
    const auto* mode = Hint(pod, ns, "config.linkerd.io/default-inbound-policy");
    set(kLinkerdKey, mode == nullptr || mode->empty() ? "all-unauthenticated" : *mode);
  }
  if (consul) {
    const auto* service = Label(pod.mesh_hints, "consul.hashicorp.com/connect-service");
    set(kConsulKey, service == nullptr || service->empty() ? pod.service_account : *service);
  }
}

const std::vector<std::string_view>& PseudoLabels() {
  static const std::vector<std::string_view> keys{kServiceAccountKey, kIstioKey,  kLinkerdKey,
                                                  kConsulKey,         kOpenInKey, kOpenOutKey};
  return keys;
}

Meshes MeshesOf(const Pod& pod, const Namespace* ns) {
  Labels seen;
  AddPseudoLabels(pod, ns, seen);
  Meshes meshes;
  if (const auto mode = seen.find(kLinkerdKey); mode != seen.end()) meshes.insert(*mode);
  for (const auto key : {kConsulKey, kOpenInKey, kOpenOutKey})
    if (seen.contains(key)) meshes.emplace(key, "");
  const auto istio = seen.find(kIstioKey);
  if (istio != seen.end() && istio->second == "ambient") meshes.insert(*istio);
  return meshes;
}

Meshes MeshesOf(const Snapshot& snapshot) {
  std::map<std::string_view, const Namespace*> namespaces;
  for (const auto& ns : snapshot.namespaces) namespaces.emplace(ns.name, &ns);
  Meshes meshes;
  for (const auto& pod : snapshot.pods) {
    const auto ns = namespaces.find(pod.ns);
    meshes.merge(MeshesOf(pod, ns == namespaces.end() ? nullptr : ns->second));
  }
  return meshes;
}

bool HasKey(const Meshes& meshes, std::string_view key) {
  return std::ranges::any_of(meshes, [&](const auto& mesh) { return mesh.first == key; });
}

RulePorts AllTcp() {
  RulePorts ports;
  ports.Add(Protocol::kTcp, PortSet::All());
  return ports;
}

}  // namespace podreach::policy
