#include "tests/sim/pod_text.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tests/sim/store.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

// What stands where a hole will be; nothing in an object looks like it.
constexpr std::string_view kMark = "@@hole-";
constexpr std::array<const char*, 6> kHoles = {"@@hole-0", "@@hole-1", "@@hole-2",
                                               "@@hole-3", "@@hole-4", "@@hole-5"};

json Condition(const char* type, bool status, const std::string& time) {
  return {{"type", type},
          {"status", status ? "True" : "False"},
          {"lastProbeTime", nullptr},
          {"lastTransitionTime", time}};
}

json TokenVolume() {
  return {
      {"name", "kube-api-access"},
      {"projected",
       {{"defaultMode", 420},
        {"sources",
         {{{"serviceAccountToken", {{"expirationSeconds", 3607}, {"path", "token"}}}},
          {{"configMap",
            {{"name", "kube-root-ca.crt"}, {"items", {{{"key", "ca.crt"}, {"path", "ca.crt"}}}}}}},
          {{"downwardAPI",
            {{"items",
              {{{"path", "namespace"},
                {"fieldRef",
                 {{"apiVersion", "v1"}, {"fieldPath", "metadata.namespace"}}}}}}}}}}}}}};
}

void DefaultContainer(json& container, bool token) {
  container.emplace("resources", json::object());
  container.emplace("imagePullPolicy", "IfNotPresent");
  container.emplace("terminationMessagePath", "/dev/termination-log");
  container.emplace("terminationMessagePolicy", "File");
  if (container.contains("ports")) {
    for (json& port : container["ports"]) port.emplace("protocol", "TCP");
  }
  if (!token) return;
  if (!container.contains("volumeMounts")) container["volumeMounts"] = json::array();
  container["volumeMounts"].push_back(
      {{"name", "kube-api-access"},
       {"readOnly", true},
       {"mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"}});
}

}  // namespace

json DefaultedSpec(json spec) {
  const bool token = spec.value("automountServiceAccountToken", true);
  if (token) {
    if (!spec.contains("volumes")) spec["volumes"] = json::array();
    spec["volumes"].push_back(TokenVolume());
  }
  for (json& container : spec["containers"]) DefaultContainer(container, token);
  for (const auto& [key, value] :
       {std::pair{"restartPolicy", "Always"}, std::pair{"dnsPolicy", "ClusterFirst"},
        std::pair{"serviceAccountName", "default"}, std::pair{"schedulerName", "default-scheduler"},
        std::pair{"preemptionPolicy", "PreemptLowerPriority"}}) {
    spec.emplace(key, value);
  }
  spec.emplace("serviceAccount", spec["serviceAccountName"]);
  spec.emplace("terminationGracePeriodSeconds", 30);
  spec.emplace("securityContext", json::object());
  spec.emplace("enableServiceLinks", true);
  spec.emplace("priority", 0);
  if (!spec.contains("tolerations")) spec["tolerations"] = json::array();
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    spec["tolerations"].push_back({{"key", key},
                                   {"operator", "Exists"},
                                   {"effect", "NoExecute"},
                                   {"tolerationSeconds", 300}});
  }
  return spec;
}

json RunningStatus(const json& spec, const std::string& address, const std::string& host_address,
                   bool ready, const std::string& time) {
  json containers = json::array();
  for (const json& container : spec.at("containers")) {
    const std::string image = container.value("image", "none");
    containers.push_back({{"name", container.value("name", "main")},
                          {"state", {{"running", {{"startedAt", time}}}}},
                          {"lastState", json::object()},
                          {"ready", true},
                          {"restartCount", 0},
                          {"image", image},
                          {"imageID", image + "@sha256:" + std::string(64, '5')},
                          {"containerID", "containerd://" + std::string(64, 'c')},
                          {"started", true}});
  }
  return {{"phase", "Running"},
          {"conditions",
           {Condition("PodReadyToStartContainers", true, time),
            Condition("Initialized", true, time), Condition("Ready", ready, time),
            Condition("ContainersReady", true, time), Condition("PodScheduled", true, time)}},
          {"hostIP", host_address},
          {"hostIPs", {{{"ip", host_address}}}},
          {"podIP", address},
          {"podIPs", {{{"ip", address}}}},
          {"startTime", time},
          {"containerStatuses", containers},
          {"qosClass", "BestEffort"}};
}

PodTexts::Text PodTexts::Cut(const std::string& text) {
  Text cut;
  std::size_t start = 0;
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, start)) {
    const char digit = text[at + kMark.size()];
    cut.pieces.push_back({text.substr(start, at - start), static_cast<Hole>(digit - '0')});
    start = at + kMark.size() + 1;
  }
  cut.rest = text.substr(start);
  return cut;
}

std::uint32_t PodTexts::Add(const json& metadata, const json& spec) {
  static const std::string time = TimeText();  // one for all, so that equal pods share a text
  json pod = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", metadata}};
  pod["metadata"]["name"] = kHoles[0];
  pod["metadata"]["uid"] = kHoles[1];
  pod["metadata"]["resourceVersion"] = kHoles[2];
  pod["metadata"]["creationTimestamp"] = time;
  pod["spec"] = DefaultedSpec(spec);
  pod["spec"]["nodeName"] = kHoles[3];
  pod["status"] = RunningStatus(pod["spec"], kHoles[4], kHoles[5], true, time);
  const std::string text = pod.dump();
  const auto [found, added] = ids_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
  if (added) texts_.push_back(Cut(text));
  return found->second;
}

void PodTexts::Render(const PodText& pod, std::string& out) const {
  const Text& text = texts_[pod.text];
  for (const Piece& piece : text.pieces) {
    out += piece.before;
    switch (piece.hole) {
      case Hole::kName:
        out += pod.name;
        break;
      case Hole::kUid:
        out += UidText(pod.uid);
        break;
      case Hole::kVersion:
        out += std::to_string(pod.version);
        break;
      case Hole::kNode:
        out += pod.node;
        break;
      case Hole::kAddress:
        out += pod.address;
        break;
      case Hole::kHostAddress:
        out += pod.host_address;
        break;
    }
  }
  out += text.rest;
}

}  // namespace podreach::sim
