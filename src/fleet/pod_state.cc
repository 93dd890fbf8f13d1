#include "fleet/pod_state.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace podreach {
namespace {

using Json = nlohmann::json;

/// What is at a place, or null.
Json At(const Json& object, const char* pointer) {
  const Json::json_pointer place(pointer);
  return object.contains(place) ? object.at(place) : Json();
}

/// The status of the pod's one container, or null.
Json ContainerStatus(const Json& pod) { return At(pod, "/status/containerStatuses/0"); }

std::string WaitingWords(const Json& pod) {
  const Json waiting = At(ContainerStatus(pod), "/state/waiting");
  if (waiting.is_object()) return TextAt(waiting, "/reason") + " " + TextAt(waiting, "/message");
  for (const Json& condition : At(pod, "/status/conditions")) {
    if (TextAt(condition, "/type") == "PodScheduled" && TextAt(condition, "/status") == "False")
      return TextAt(condition, "/reason") + ": " + TextAt(condition, "/message");
  }
  return "it didn't start in time";
}

std::string EndingWords(const Json& pod) {
  std::string words = "the probe ended";
  const Json ended = At(ContainerStatus(pod), "/state/terminated");
  if (ended.is_object()) {
    const Json code = At(ended, "/exitCode");
    words += " with exit code " + (code.is_number_integer() ? code.dump() : std::string("unknown"));
    words += " (" + TextAt(ended, "/reason") + ")";
  }
  for (const char* field : {"/status/reason", "/status/message"}) {
    if (const std::string text = TextAt(pod, field); !text.empty()) words += ": " + text;
  }
  return words;
}

bool Restarted(const Json& pod) {
  const Json count = At(ContainerStatus(pod), "/restartCount");
  return count.is_number_integer() && count.get<std::int64_t>() > 0;
}

/// The kubelet's waiting reasons that no time heals (kubernetes pkg/kubelet/images/types.go and
/// pkg/kubelet/kuberuntime).
bool NeverStarts(const Json& pod) {
  static constexpr std::array<std::string_view, 3> kReasons = {
      "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError"};
  const std::string reason = TextAt(ContainerStatus(pod), "/state/waiting/reason");
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace

std::string TextAt(const Json& object, const char* pointer) {
  const Json found = At(object, pointer);
  return found.is_string() ? found.get<std::string>() : std::string();
}

PodState ReadPodState(std::string_view event, const Json& pod) {
  using Phase = PodState::Phase;
  if (event == "DELETED") return {Phase::kEnded, "the probe pod was deleted", {}, {}};
  if (Restarted(pod)) return {Phase::kEnded, "the probe restarted", {}, {}};
  const std::string phase = TextAt(pod, "/status/phase");
  if (phase == "Failed" || phase == "Succeeded") return {Phase::kEnded, EndingWords(pod), {}, {}};
  if (phase != "Running") {
    return {NeverStarts(pod) ? Phase::kNeverStarts : Phase::kWaiting, WaitingWords(pod), {}, {}};
  }
  PodState state{Phase::kRunning, {}, {}, TextAt(pod, "/spec/nodeName")};
  for (const Json& entry : At(pod, "/status/podIPs")) {
    if (const auto ip = IpAddress::Parse(TextAt(entry, "/ip"))) state.ips.push_back(*ip);
  }
  if (state.ips.empty()) return {Phase::kWaiting, "it has no address yet", {}, {}};
  return state;
}

}  // namespace podreach
