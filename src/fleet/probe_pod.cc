#include <nlohmann/json.hpp>

#include "podreach/fleet/probe_fleet.h"

namespace podreach {
namespace {

using Json = nlohmann::json;

/// Pod Security `restricted` (kubernetes.io/docs/concepts/security/pod-security-standards), and a
/// read-only root.
Json ContainerSecurity() {
  return {{"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"runAsNonRoot", true},
          {"capabilities", {{"drop", {"ALL"}}}}};
}

Json Container(const Vantage& vantage, const FleetOptions& options) {
  Json ports = Json::array();
  for (const ContainerPort& port : vantage.ports) {
    ports.push_back({{"name", port.name},
                     {"containerPort", port.port.number()},
                     {"protocol", std::string(ToString(port.protocol))}});
  }
  return {
      {"name", "probe"},
      {"image", options.image},
      {"imagePullPolicy", options.pull_policy},
      {"args",
       {"run", "--order", "/podreach/order.json", "--max-lifetime",
        std::to_string(options.pod_deadline.count())}},
      {"env",
       {{{"name", "POD_NAME"}, {"valueFrom", {{"fieldRef", {{"fieldPath", "metadata.name"}}}}}}}},
      {"ports", ports},
      {"resources",
       {{"requests", {{"cpu", "5m"}, {"memory", "16Mi"}}},
        {"limits", {{"cpu", "500m"}, {"memory", "64Mi"}}}}},
      {"securityContext", ContainerSecurity()},
      {"volumeMounts", {{{"name", "order"}, {"mountPath", "/podreach"}, {"readOnly", true}}}}};
}

/// Near the pods that it stands for, if there is room.
Json PreferNode(const std::string& node) {
  const Json term = {
      {"matchFields", {{{"key", "metadata.name"}, {"operator", "In"}, {"values", {node}}}}}};
  return {{"nodeAffinity",
           {{"preferredDuringSchedulingIgnoredDuringExecution",
             Json::array({{{"weight", 100}, {"preference", term}}})}}}};
}

/// The scheduler's own way to a node (as DaemonSets do it): taints are tolerated, the node isn't
/// bypassed.
Json NodeAffinity(const std::string& node) {
  const Json term = {
      {"matchFields", {{{"key", "metadata.name"}, {"operator", "In"}, {"values", {node}}}}}};
  return {{"nodeAffinity",
           {{"requiredDuringSchedulingIgnoredDuringExecution",
             {{"nodeSelectorTerms", Json::array({term})}}}}}};
}

Json PodSpec(const Vantage& vantage, const FleetOptions& options, const std::string& config_map) {
  Json security = {{"runAsNonRoot", true},
                   {"runAsUser", 65532},
                   {"runAsGroup", 65532},
                   {"seccompProfile", {{"type", "RuntimeDefault"}}}};
  Json spec = {
      {"containers", Json::array({Container(vantage, options)})},
      {"restartPolicy", "Never"},
      {"automountServiceAccountToken", false},
      {"enableServiceLinks", false},
      {"terminationGracePeriodSeconds", 1},
      {"activeDeadlineSeconds", options.pod_deadline.count()},
      // A condition that nobody sets: the pod never becomes Ready, so no Service sends it traffic.
      {"readinessGates", {{{"conditionType", "podreach.io/never-ready"}}}},
      {"volumes", {{{"name", "order"}, {"configMap", {{"name", config_map}}}}}}};
  if (vantage.kind == VantageKind::kNode) {
    spec["hostNetwork"] = true;
    spec["affinity"] = NodeAffinity(vantage.node);
    spec["tolerations"] = {{{"operator", "Exists"}}};
  } else {
    if (!vantage.prefer_node.empty()) spec["affinity"] = PreferNode(vantage.prefer_node);
    // The responder binds low ports too, without a capability (a safe sysctl, allowed by
    // `restricted`).
    security["sysctls"] = {{{"name", "net.ipv4.ip_unprivileged_port_start"}, {"value", "0"}}};
  }
  spec["securityContext"] = security;
  return spec;
}

}  // namespace

nlohmann::json ProbePod(const Vantage& vantage, const FleetOptions& options,
                        const std::string& config_map, const std::string& config_map_uid) {
  Labels labels = ProbeLabels(options.scan_id);
  labels.insert(vantage.labels.begin(), vantage.labels.end());
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata",
           {{"name", vantage.pod_name},
            {"namespace", vantage.ns},
            {"labels", labels},
            {"annotations", {{"podreach.io/vantage", vantage.name}}},
            // A controller owner: no ReplicaSet, StatefulSet or Job adopts the pod, whatever labels
            // it wears.
            {"ownerReferences",
             {{{"apiVersion", "v1"},
               {"kind", "ConfigMap"},
               {"name", config_map},
               {"uid", config_map_uid},
               {"controller", true}}}}}},
          {"spec", PodSpec(vantage, options, config_map)}};
}

}  // namespace podreach
