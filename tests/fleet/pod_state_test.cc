#include "fleet/pod_state.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace podreach {
namespace {

using Phase = PodState::Phase;

struct Case {
  const char *what;
  const char *event;
  const char *pod;
  Phase phase;
  const char *words;
};

const Case kCases[] = {
    {"nothing known yet", "ADDED", R"({})", Phase::kWaiting, "it didn't start in time"},
    {"the scheduler has no room", "MODIFIED",
     R"({"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
         "reason": "Unschedulable", "message": "0/3 nodes"}]}})",
     Phase::kWaiting, "Unschedulable: 0/3 nodes"},
    {"the image is being pulled", "MODIFIED",
     R"({"status": {"phase": "Pending", "containerStatuses": [{"restartCount": 0,
         "state": {"waiting": {"reason": "ImagePullBackOff", "message": "later"}}}]}})",
     Phase::kWaiting, "ImagePullBackOff later"},
    {"the image is never there", "MODIFIED",
     R"({"status": {"phase": "Pending", "containerStatuses": [
         {"state": {"waiting": {"reason": "ErrImageNeverPull", "message": "no"}}}]}})",
     Phase::kNeverStarts, "ErrImageNeverPull no"},
    {"a message that quotes such a reason", "MODIFIED",
     R"({"status": {"phase": "Pending", "containerStatuses": [
         {"state": {"waiting": {"reason": "", "message": "InvalidImageName"}}}]}})",
     Phase::kWaiting, " InvalidImageName"},
    {"it runs", "MODIFIED",
     R"({"spec": {"nodeName": "n1"}, "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"},
         {"ip": "fd00::1"}]}})",
     Phase::kRunning, ""},
    {"it runs without an address", "MODIFIED", R"({"status": {"phase": "Running"}})",
     Phase::kWaiting, "it has no address yet"},
    {"it restarted", "MODIFIED",
     R"({"status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}],
         "containerStatuses": [{"restartCount": 1}]}})",
     Phase::kEnded, "the probe restarted"},
    {"it was evicted", "MODIFIED",
     R"({"status": {"phase": "Failed", "reason": "Evicted", "message": "disk"}})", Phase::kEnded,
     "the probe ended: Evicted: disk"},
    {"it exited", "MODIFIED",
     R"({"status": {"phase": "Succeeded", "containerStatuses": [{"restartCount": 0,
         "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]}})",
     Phase::kEnded, "the probe ended with exit code 3 (Error)"},
    {"it was deleted", "DELETED", R"({"status": {"phase": "Running"}})", Phase::kEnded,
     "the probe pod was deleted"},
    {"no field has its type", "MODIFIED",
     R"({"status": {"phase": 1, "podIPs": 2, "conditions": "x", "containerStatuses": {"0": []}}})",
     Phase::kWaiting, "it didn't start in time"},
};

TEST(PodStateTest, IsReadFromTheStatus) {
  for (const Case &c : kCases) {
    const PodState state = ReadPodState(c.event, nlohmann::json::parse(c.pod));
    EXPECT_EQ(state.phase, c.phase) << c.what;
    EXPECT_EQ(state.words, c.words) << c.what;
    EXPECT_EQ(state.ips.size(), c.phase == Phase::kRunning ? 2U : 0U) << c.what;
  }
}

}  // namespace
}  // namespace podreach
