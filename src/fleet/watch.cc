#include <algorithm>
#include <nlohmann/json.hpp>

#include "fleet/probe.h"

namespace podreach {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& object, const char* pointer) {
  return object.value(Json::json_pointer(pointer), std::string());
}

/// Why a pod doesn't run yet: the scheduler's or the kubelet's words.
std::string WaitingReason(const Json& pod) {
  const Json statuses = pod.value(Json::json_pointer("/status/containerStatuses"), Json::array());
  if (!statuses.empty() && statuses[0].contains("/state/waiting"_json_pointer)) {
    return Text(statuses[0], "/state/waiting/reason") + " " +
           Text(statuses[0], "/state/waiting/message");
  }
  for (const Json& condition : pod.value(Json::json_pointer("/status/conditions"), Json::array())) {
    if (condition.value("type", "") == "PodScheduled" && condition.value("status", "") == "False") {
      return condition.value("reason", "") + ": " + condition.value("message", "");
    }
  }
  return "it didn't start in time";
}

/// How a probe ended, by its container's exit or the kubelet's words (core/v1 PodStatus).
std::string EndingReason(const Json& pod) {
  const Json statuses = pod.value(Json::json_pointer("/status/containerStatuses"), Json::array());
  std::string why = "the probe ended";
  if (!statuses.empty() && statuses[0].contains("/state/terminated"_json_pointer)) {
    const Json& ended = statuses[0].at("/state/terminated"_json_pointer);
    why += " with exit code " + std::to_string(ended.value("exitCode", -1)) + " (" +
           ended.value("reason", "no reason") + ")";
  }
  for (const char* field : {"/status/reason", "/status/message"}) {
    if (const std::string text = Text(pod, field); !text.empty()) why += ": " + text;
  }
  return why;
}

bool NeverPulls(const std::string& why) {
  return why.starts_with("ErrImageNeverPull") || why.starts_with("InvalidImageName") ||
         why.starts_with("CreateContainerConfigError");
}

}  // namespace

void ProbeFleet::Note(std::string_view type, const nlohmann::json& pod) {
  const std::lock_guard lock(mutex_);
  for (const auto& probe : probes_) {
    if (probe->uid.empty() || probe->uid != Text(pod, "/metadata/uid")) continue;
    const auto fail = [&](std::string why) {
      probe->phase = Probe::Phase::kFailed;
      probe->why = std::move(why);
    };
    const std::string phase = Text(pod, "/status/phase");
    const Json statuses = pod.value(Json::json_pointer("/status/containerStatuses"), Json::array());
    if (type == "DELETED") {
      fail("the probe pod was deleted");
    } else if (!statuses.empty() && statuses[0].value("restartCount", 0) > 0) {
      fail("the probe restarted");
    } else if (phase == "Failed" || phase == "Succeeded") {
      fail(EndingReason(pod));
    } else if (phase == "Running" && probe->phase != Probe::Phase::kFailed) {
      probe->ips.clear();
      probe->node = Text(pod, "/spec/nodeName");
      for (const Json& entry : pod.value(Json::json_pointer("/status/podIPs"), Json::array())) {
        if (const auto ip = IpAddress::Parse(entry.value("ip", ""))) probe->ips.push_back(*ip);
      }
      if (!probe->ips.empty()) {
        probe->phase = Probe::Phase::kRunning;
        probe->why.clear();
      }
    } else {
      probe->why = WaitingReason(pod);
      if (NeverPulls(probe->why)) fail(probe->why);
    }
  }
  changed_.notify_all();
}

void ProbeFleet::Watch(const std::stop_token& stop) {
  const ResourcePath pods{"/api/v1", "pods", "", "", ""};
  const std::string selector = "labelSelector=podreach.io%2Fscan-id%3D" + options_.scan_id;
  while (!stop.stop_requested()) {
    std::string version;
    auto listed = client_.ListForWatch(
        pods, selector, [&](Json& pod) { Note("ADDED", pod); }, stop);
    if (listed) {
      version = *listed;
      (void)client_.Watch(
          pods, selector + "&resourceVersion=" + version,
          [&](std::string_view type, Json& pod) {
            if (type != "BOOKMARK") Note(type, pod);
            return !stop.stop_requested();
          },
          stop);
    }
    (void)RealSleeper().Sleep(std::chrono::milliseconds(200), stop);
  }
}

Result<void> ProbeFleet::WaitRunning(const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + options_.start_timeout;
  const auto settled = [&] {
    return std::none_of(probes_.begin(), probes_.end(),
                        [](const auto& probe) { return probe->phase == Probe::Phase::kCreated; });
  };
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, deadline, settled);
  if (stop.stop_requested())
    return MakeError(ErrorKind::kCancelled, "stopped while probes were starting");
  for (const auto& probe : probes_) {
    if (probe->phase != Probe::Phase::kCreated) continue;
    probe->phase = Probe::Phase::kFailed;
    if (probe->why.empty()) probe->why = "it didn't start in time";
  }
  return {};
}

}  // namespace podreach
