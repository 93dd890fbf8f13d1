#include "policy/dialects/mesh.h"

#include <algorithm>

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

}  // namespace

void AddPseudoLabels(const Pod& pod, const Namespace* ns, Labels& labels) {
  const auto set = [&](std::string_view key, std::string value) {
    labels.insert_or_assign(std::string(key), std::move(value));
  };
  set(kServiceAccountKey, pod.service_account);
  if (HasProxy(pod, "istio-proxy") || (MayGetProxy(pod) && AsksForIstio(pod, ns))) {
    set(kIstioKey, "sidecar");
  } else if (IsAmbient(pod, ns)) {
    set(kIstioKey, "ambient");
  }
  if (IsInLinkerd(pod, ns)) {
    const auto* mode = Hint(pod, ns, "config.linkerd.io/default-inbound-policy");
    set(kLinkerdKey, mode == nullptr || mode->empty() ? "all-unauthenticated" : *mode);
  }
  if (IsInConsul(pod, ns)) {
    const auto* service = Label(pod.mesh_hints, "consul.hashicorp.com/connect-service");
    set(kConsulKey, service == nullptr || service->empty() ? pod.service_account : *service);
  }
}

const std::vector<std::string_view>& PseudoLabels() {
  static const std::vector<std::string_view> keys{kServiceAccountKey, kIstioKey, kLinkerdKey,
                                                  kConsulKey};
  return keys;
}

RulePorts AllTcp() {
  RulePorts ports;
  ports.Add(Protocol::kTcp, PortSet::All());
  return ports;
}

}  // namespace podreach::policy
