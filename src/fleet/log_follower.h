#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "podreach/kube/kube_client.h"
#include "podreach/reach/reach_matrix.h"

namespace podreach {

/// Takes the logs that a LogFollower follows, on the thread that polls it.
class LogTaker {
 public:
  virtual ~LogTaker() = default;
  /// The log comes from its start, for the first time or again.
  virtual void OnLogStart(VantageId vantage) = 0;
  /// False: no more of this log is wanted, ever.
  [[nodiscard]] virtual bool OnLog(VantageId vantage, std::string_view bytes) = 0;
  /// The log ended for now. It is asked for again a little later, unless it is laid to rest.
  virtual void OnLogEnd(VantageId vantage) = 0;
  /// The API server won't give this log, whenever it is asked.
  virtual void OnLogRefused(VantageId vantage, const Error& error) = 0;
};

/// Follows the logs of many pods on the one thread that polls. A stream stays open as long as there
/// is room for it. Where there isn't, those that were open longest give way to those that wait, so
/// that a stuck pod holds up nobody.
class LogFollower final : private StreamListener {
 public:
  LogFollower(KubeClient& client, Clock& clock, LogTaker& taker);

  /// Follows this log from now on.
  void Want(VantageId vantage, const std::string& ns, const std::string& pod);
  /// Nothing is awaited of this log for now; its stream stays open while there is room.
  void Rest(VantageId vantage);
  /// Ends its stream for good.
  void Forget(VantageId vantage);
  /// Takes what comes, for at most this long.
  void Poll(std::chrono::milliseconds longest);
  /// Ends a Poll from another thread.
  void Wake() { group_->Wake(); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Log {
    std::string ns;
    std::string pod;
    bool wanted = false;
    bool open = false;
    bool begun = false;  // bytes of the open stream came
    Time next_try = {};
    Time opened = {};
    std::chrono::milliseconds pause{0};
    std::chrono::milliseconds turn{0};  // how long it may be open while others wait
  };

  [[nodiscard]] bool OnStreamBytes(std::uint64_t id, std::string_view bytes) override;
  void OnStreamEnd(std::uint64_t id, const Result<HttpResponse>& response) override;
  void OpenWhatIsDue(Time now);
  /// Closes a stream that can give way; false where none can.
  [[nodiscard]] bool MakeRoom(Time now);
  void Close(VantageId vantage, Log& log);

  KubeClient& client_;
  Clock& clock_;
  LogTaker& taker_;
  std::map<VantageId, Log> logs_;
  std::size_t open_ = 0;
  Time looked_ = {};
  std::unique_ptr<StreamGroup> group_;
};

}  // namespace podreach
