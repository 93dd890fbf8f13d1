#include <algorithm>

#include "collect/parse.h"
#include "collect/workload.h"

namespace podreach {
namespace {

std::string_view MemberText(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto member = object.find(key);
  if (member == object.end() || !member->is_string()) return {};
  return member->get_ref<const std::string&>();
}

const nlohmann::json& Member(const nlohmann::json& object, const char* key) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto member = object.find(key);
  return member == object.end() ? kNull : *member;
}

PodPhase ParsePhase(std::string_view text) {
  if (text == "Pending") return PodPhase::kPending;
  if (text == "Running") return PodPhase::kRunning;
  if (text == "Succeeded") return PodPhase::kSucceeded;
  if (text == "Failed") return PodPhase::kFailed;
  return PodPhase::kUnknown;
}

void AddPorts(const Field& container, std::vector<ContainerPort>& ports) {
  for (const Field& entry : container.At("ports").Items()) {
    const Field number_field = entry.At("containerPort");
    const std::optional<Port> number = number_field.ReadPort();
    const std::optional<Protocol> protocol = entry.At("protocol").ReadProtocol();
    if (!number_field.present()) number_field.AddProblem("is missing");
    if (!number || !protocol) continue;
    ports.push_back(
        {entry.At("name").Text(), *protocol, *number, entry.At("hostPort").ReadPortOrZero()});
  }
}

std::vector<ContainerPort> PortsOf(const Field& pod_spec) {
  std::vector<ContainerPort> ports;
  for (const Field& container : pod_spec.At("containers").Items()) AddPorts(container, ports);
  for (const Field& container : pod_spec.At("initContainers").Items()) {
    // A sidecar runs as long as the pod (core/v1 Container.restartPolicy); other ones are over by
    // then.
    if (container.At("restartPolicy").Text() == "Always") AddPorts(container, ports);
  }
  return ports;
}

/// status.podIPs, or from an API server before dual stack status.podIP.
std::vector<IpAddress> ParseIps(const Field& status) {
  std::vector<IpAddress> ips;
  for (const Field& entry : status.At("podIPs").Items()) {
    if (auto ip = entry.At("ip").ReadIp()) ips.push_back(*ip);
  }
  if (!ips.empty()) return ips;
  const Field single = status.At("podIP");
  if (single.is_string() && single.Text().empty()) return ips;
  if (auto ip = single.ReadIp()) ips.push_back(*ip);
  return ips;
}

bool IsReady(const Field& status) {
  for (const Field& condition : status.At("conditions").Items()) {
    if (condition.At("type").Text() == "Ready") return condition.At("status").Text() == "True";
  }
  return false;
}

/// core/v1 PodSpec: "serviceAccountName", and the older "serviceAccount"; admission gives "default"
/// to a pod that names none.
void ReadMeshAndAccount(const Field& metadata, const Field& spec, Pod& pod) {
  pod.service_account =
      spec.At("serviceAccountName").Text(spec.At("serviceAccount").Text("default"));
  if (pod.service_account.empty()) pod.service_account = "default";
  pod.mesh_hints = MeshHints(metadata);
  for (const char* list : {"containers", "initContainers"}) {
    for (const Field& container : spec.At(list).Items()) {
      std::string name = container.At("name").Text();
      const bool proxy = name == "istio-proxy" || name == "linkerd-proxy" ||
                         name == "consul-dataplane" || name == "envoy-sidecar";
      if (!proxy) continue;
      // What runs goes by what it was started with, wherever that came from.
      for (const Field& variable : container.At("env").Items()) {
        if (variable.At("name").Text() == "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY")
          pod.mesh_hints.insert_or_assign("config.linkerd.io/default-inbound-policy",
                                          variable.At("value").Text().substr(0, 256));
      }
      pod.proxies.push_back(std::move(name));
    }
  }
  // An Istio proxy alone is a gateway, however it came there.
  const auto containers = spec.At("containers").Items();
  if (containers.size() == 1 && containers.front().At("name").Text() == "istio-proxy")
    pod.mesh_hints.insert_or_assign("inject.istio.io/templates", "gateway");
}

}  // namespace

Labels MeshHints(const Field& metadata) {
  Labels hints;
  if (!metadata.Has("annotations")) return hints;
  for (auto& [key, value] : metadata.At("annotations").ReadLabels()) {
    const bool of_mesh = key.find("istio.io/") != std::string::npos ||
                         key.find("linkerd.io/") != std::string::npos ||
                         key.starts_with("consul.hashicorp.com/");
    // A status may be kilobytes of text; that it is there is enough.
    if (of_mesh) hints.emplace(key, value.substr(0, 256));
  }
  return hints;
}

std::optional<ObjectName> ParseName(const Field& object) {
  const Field metadata = object.At("metadata");
  ObjectName name{metadata.At("namespace").Text(), metadata.At("name").Text(),
                  metadata.At("uid").Text()};
  if (name.name.empty()) {
    metadata.At("name").AddProblem("is missing");
    return std::nullopt;
  }
  return name;
}

std::optional<Pod> ParsePod(const Field& object) {
  std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  const Field metadata = object.At("metadata");
  const Field spec = object.At("spec");
  const Field status = object.At("status");
  Pod pod;
  pod.ns = name->ns;
  pod.name = name->name;
  pod.uid = name->uid;
  pod.labels = metadata.At("labels").ReadLabels();
  pod.workload = WorkloadOf(object, *name, pod.labels);
  pod.node = spec.At("nodeName").Text();
  pod.host_network = spec.At("hostNetwork").Flag(false);
  pod.phase = ParsePhase(status.At("phase").Text());
  pod.ready = IsReady(status);
  pod.terminating = metadata.At("deletionTimestamp").present();
  pod.ips = ParseIps(status);
  pod.ports = PortsOf(spec);
  ReadMeshAndAccount(metadata, spec, pod);
  return pod;
}

std::optional<Pod> ParseTemplate(const Field& object) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  const std::string kind = object.At("kind").Text();
  for (const Field& owner : object.At("metadata").At("ownerReferences").Items()) {
    if (owner.At("controller").Flag(false)) return std::nullopt;
  }
  const Field spec = object.At("spec");
  const Field job = kind == "CronJob" ? spec.At("jobTemplate").At("spec") : spec;
  const Field pod_template = job.At("template");
  if (!pod_template.present()) {
    pod_template.AddProblem("is missing");
    return std::nullopt;
  }
  Pod pod;
  pod.ns = name->ns;
  pod.name = name->name;
  pod.labels = pod_template.At("metadata").At("labels").ReadLabels();
  pod.workload = {kind, name->ns, name->name};
  if (kind == "Job") {
    for (const char* key : {"job-name", "batch.kubernetes.io/job-name"})
      pod.labels.try_emplace(key, name->name);
  }
  pod.host_network = pod_template.At("spec").At("hostNetwork").Flag(false);
  pod.phase = PodPhase::kRunning;
  pod.ports = PortsOf(pod_template.At("spec"));
  ReadMeshAndAccount(pod_template.At("metadata"), pod_template.At("spec"), pod);
  pod.from_template = true;
  return pod;
}

bool HasProbeMarks(const nlohmann::json& object) {
  const nlohmann::json& metadata = Member(object, "metadata");
  const nlohmann::json& labels = Member(metadata, "labels");
  const std::string scan(MemberText(labels, "podreach.io/scan-id"));
  if (MemberText(labels, "app.kubernetes.io/managed-by") != "podreach" || scan.empty() ||
      MemberText(metadata, "namespace").empty() ||
      !MemberText(metadata, "name").starts_with("podreach-" + scan)) {
    return false;
  }
  const nlohmann::json& owners = Member(metadata, "ownerReferences");
  if (!owners.is_array()) return false;
  return std::ranges::any_of(owners, [](const nlohmann::json& owner) {
    return Member(owner, "controller") == true && MemberText(owner, "kind") == "ConfigMap";
  });
}

}  // namespace podreach
