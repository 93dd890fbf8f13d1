#include <nlohmann/json.hpp>

#include "fleet/fleet_impl.h"

namespace podreach {

void ProbeFleet::Impl::Apply(Probe& probe, const PodState& state) {
  if (probe.phase == Probe::Phase::kFailed) return;
  switch (state.phase) {
    case PodState::Phase::kWaiting:
      // A probe that ran doesn't start again: a status without its address is no news.
      if (probe.phase == Probe::Phase::kCreated) probe.words = state.words;
      return;
    case PodState::Phase::kRunning:
      probe.phase = Probe::Phase::kRunning;
      probe.words.clear();
      probe.ips = state.ips;
      probe.node = state.node;
      return;
    case PodState::Phase::kNeverStarts:
    case PodState::Phase::kEnded:
      probe.fault = probe.phase == Probe::Phase::kRunning ? ReportFault::kProbeFailed
                                                          : ReportFault::kNotStarted;
      probe.phase = Probe::Phase::kFailed;
      probe.words = state.words;
      return;
  }
}

void ProbeFleet::Impl::NotePod(std::string_view event, const nlohmann::json& pod) {
  const PodState state = ReadPodState(event, pod);
  const std::string uid = TextAt(pod, "/metadata/uid");
  const std::lock_guard lock(mutex_);
  const auto found =
      by_name_.find({TextAt(pod, "/metadata/namespace"), TextAt(pod, "/metadata/name")});
  if (found == by_name_.end()) return;
  Probe& probe = *found->second;
  if (probe.uid.empty()) {
    probe.early.emplace_back(uid, state);
  } else if (probe.uid == uid) {
    Apply(probe, state);
    changed_.notify_all();
  }
}

void ProbeFleet::Impl::WatchPods(const std::stop_token& stop) {
  const ResourcePath pods{"/api/v1", "pods", "", "", ""};
  const std::string selector = "labelSelector=podreach.io%2Fscan-id%3D" + options_.scan_id;
  while (!stop.stop_requested()) {
    auto version = client_.ListForWatch(
        pods, selector, [&](nlohmann::json& pod) { NotePod("ADDED", pod); }, stop);
    if (version) {
      (void)client_.Watch(
          pods, selector + "&resourceVersion=" + *version,
          [&](std::string_view type, nlohmann::json& pod) {
            if (type != "BOOKMARK") NotePod(type, pod);
            return !stop.stop_requested();
          },
          stop);
    }
    (void)RealSleeper().Sleep(std::chrono::milliseconds(200), stop);
  }
}

}  // namespace podreach
