#include "tests/sim/resources.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <vector>

namespace podreach::sim {
namespace {

/// "networkpolicies" of NetworkPolicy, "ingresses" of Ingress (apimachinery,
/// UnsafeGuessKindToResource).
std::string PluralOf(std::string kind) {
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (kind == "serviceintentions") return kind;
  if (kind.ends_with("s")) return kind + "es";
  if (kind.ends_with("y")) return kind.substr(0, kind.size() - 1) + "ies";
  return kind + "s";
}

}  // namespace

std::span<const Resource> BuiltInResources() {
  static const std::vector<Resource> kResources = {
      {"v1", "namespaces", "Namespace", false},
      {"v1", "nodes", "Node", false},
      {"v1", "pods", "Pod", true},
      {"v1", "services", "Service", true},
      {"v1", "configmaps", "ConfigMap", true},
      {"v1", "resourcequotas", "ResourceQuota", true},
      {"apps/v1", "deployments", "Deployment", true},
      {"apps/v1", "replicasets", "ReplicaSet", true},
      {"apps/v1", "statefulsets", "StatefulSet", true},
      {"apps/v1", "daemonsets", "DaemonSet", true},
      {"batch/v1", "jobs", "Job", true},
      {"discovery.k8s.io/v1", "endpointslices", "EndpointSlice", true},
      {"networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", true},
      {"policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", true},
      {"admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations",
       "MutatingWebhookConfiguration", false},
  };
  return kResources;
}

const Resource& BuiltIn(std::string_view kind) {
  const auto all = BuiltInResources();
  return *std::find_if(all.begin(), all.end(), [&](const Resource& r) { return r.kind == kind; });
}

Resource ResourceOf(const nlohmann::json& object) {
  const std::string version = object.at("apiVersion").get<std::string>();
  const std::string kind = object.at("kind").get<std::string>();
  for (const Resource& resource : BuiltInResources()) {
    if (resource.group_version == version && resource.kind == kind) return resource;
  }
  return {version, PluralOf(kind), kind, object.at("metadata").contains("namespace")};
}

}  // namespace podreach::sim
