#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/net/ip_address.h"

namespace podreach {

/// The text at a place of an object; empty where none is there.
[[nodiscard]] std::string TextAt(const nlohmann::json& object, const char* pointer);

/// What a probe pod's status says of it (core/v1 PodStatus).
struct PodState {
  enum class Phase {
    kWaiting,
    kNeverStarts,  ///< its waiting reason doesn't go away by itself
    kRunning,      ///< it runs and has an address
    kEnded,        ///< it ended, restarted or was deleted
  };
  Phase phase = Phase::kWaiting;
  std::string words;  ///< the kubelet's or the scheduler's, for people alone; empty where it runs
  std::vector<IpAddress> ips;
  std::string node;
};

/// `event`: a watch event's type, "ADDED", "MODIFIED" or "DELETED".
[[nodiscard]] PodState ReadPodState(std::string_view event, const nlohmann::json& pod);

}  // namespace podreach
