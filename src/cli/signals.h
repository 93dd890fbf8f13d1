#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace podreach::cli {

/// Turns SIGINT and SIGTERM into a stop token. Made once, before any other thread starts: it blocks
/// both signals in the threads that follow and waits for them in one of its own.
class Signals {
 public:
  Signals();
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

}  // namespace podreach::cli
