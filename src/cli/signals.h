#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <string>
#include <thread>

namespace podreach::cli {

/// Turns SIGINT and SIGTERM into a stop token, or ends the process. Made once, before any other
/// thread starts: it blocks both signals in the threads that follow and waits for them in one of
/// its own.
class Signals {
 public:
  enum class Then {
    kStop,  ///< the token is stopped: there is something to put in order
    kQuit,  ///< the process ends with 130 or 143, and an UnfinishedFile goes
  };
  explicit Signals(Then then);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  /// SIGINT, SIGTERM, or 0 while none came.
  [[nodiscard]] int received() const { return received_; }

 private:
  std::stop_source stop_;
  std::atomic<int> received_{0};
  std::jthread waiter_;
};

/// A file that is being written; there is one at most. It goes if a signal ends the process.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const std::string& path);
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
};

}  // namespace podreach::cli
