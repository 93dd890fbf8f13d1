#include "fleet/log_follower.h"

#include <algorithm>

namespace podreach {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2000};
constexpr milliseconds kFirstTurn{5000};
constexpr milliseconds kLookEvery{50};  // for streams to be opened: there may be thousands

std::uint64_t IdOf(VantageId vantage) { return Index(vantage); }
VantageId VantageOf(std::uint64_t id) { return VantageId{static_cast<std::uint32_t>(id)}; }

}  // namespace

LogFollower::LogFollower(KubeClient& client, Clock& clock, LogTaker& taker)
    : client_(client),
      clock_(clock),
      taker_(taker),
      group_(client.transport().MakeStreamGroup(*this)) {}

void LogFollower::Want(VantageId vantage, const std::string& ns, const std::string& pod) {
  Log& log = logs_[vantage];
  log.ns = ns;
  log.pod = pod;
  log.wanted = true;
  log.next_try = clock_.Now();
  log.pause = kFirstPause;
  log.turn = kFirstTurn;
  looked_ = {};
}

void LogFollower::Rest(VantageId vantage) {
  const auto found = logs_.find(vantage);
  if (found != logs_.end()) found->second.wanted = false;
}

void LogFollower::Forget(VantageId vantage) {
  const auto found = logs_.find(vantage);
  if (found == logs_.end()) return;
  Close(vantage, found->second);
  logs_.erase(found);
}

void LogFollower::Close(VantageId vantage, Log& log) {
  if (!log.open) return;
  group_->Cancel(IdOf(vantage));
  log.open = false;
  --open_;
}

void LogFollower::Poll(milliseconds longest) {
  const Time now = clock_.Now();
  if (now - looked_ >= kLookEvery) {
    looked_ = now;
    OpenWhatIsDue(now);
  }
  group_->Poll(longest);
}

void LogFollower::OpenWhatIsDue(Time now) {
  for (auto& [vantage, log] : logs_) {
    if (!log.wanted || log.open || log.next_try > now) continue;
    if (open_ >= group_->capacity() && !MakeRoom(now)) return;
    taker_.OnLogStart(vantage);
    group_->Start(IdOf(vantage), client_.LogRequest(log.ns, log.pod, "probe"));
    log.open = true;
    log.begun = false;
    log.opened = now;
    ++open_;
  }
}

bool LogFollower::MakeRoom(Time now) {
  // One whose log nobody awaits, else the one whose turn ended first.
  std::pair<const VantageId, Log>* choice = nullptr;
  for (auto& entry : logs_) {
    const Log& log = entry.second;
    if (!log.open || (log.wanted && now - log.opened < log.turn)) continue;
    const bool better = choice == nullptr || (choice->second.wanted && !log.wanted) ||
                        (choice->second.wanted == log.wanted && log.opened < choice->second.opened);
    if (better) choice = &entry;
  }
  if (choice == nullptr) return false;
  Log& log = choice->second;
  Close(choice->first, log);
  // It comes back after those that wait now, and then for longer: its log is read from the start.
  log.next_try = now + log.turn;
  log.turn *= 2;
  return true;
}

bool LogFollower::OnStreamBytes(std::uint64_t id, std::string_view bytes) {
  const VantageId vantage = VantageOf(id);
  Log& log = logs_.at(vantage);
  log.begun = true;
  if (taker_.OnLog(vantage, bytes)) return true;
  log.open = log.wanted = false;
  --open_;
  return false;
}

void LogFollower::OnStreamEnd(std::uint64_t id, const Result<HttpResponse>& response) {
  const VantageId vantage = VantageOf(id);
  Log& log = logs_.at(vantage);
  log.open = false;
  --open_;
  log.pause = log.begun ? kFirstPause : std::min(2 * log.pause, kLongestPause);
  log.next_try = clock_.Now() + log.pause;
  if (!response) {
    if (response.error().kind == ErrorKind::kUnavailable) return taker_.OnLogEnd(vantage);
    return taker_.OnLogRefused(vantage, response.error());
  }
  if (response->status == 200) return taker_.OnLogEnd(vantage);
  const Error error = KubeClient::LogError(log.ns, log.pod, *response);
  if (error.kind == ErrorKind::kUnavailable) return taker_.OnLogEnd(vantage);
  taker_.OnLogRefused(vantage, error);
}

}  // namespace podreach
