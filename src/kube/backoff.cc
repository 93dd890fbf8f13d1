#include "kube/backoff.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>

#include "podreach/base/text.h"
#include "podreach/kube/kube_client.h"

namespace podreach {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{10'000};
constexpr std::int64_t kLongestRetryAfterSeconds = 30;

/// A time between `low` and `high`, both included.
milliseconds RandomBetween(milliseconds low, milliseconds high) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return milliseconds(
      std::uniform_int_distribution<milliseconds::rep>(low.count(), high.count())(generator));
}

class ConditionSleeper final : public Sleeper {
 public:
  bool Sleep(milliseconds time, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
  }
};

class SteadyClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() override { return std::chrono::steady_clock::now(); }
};

}  // namespace

Clock& RealClock() {
  static SteadyClock clock;
  return clock;
}

std::optional<milliseconds> RetryAfter(const HttpResponse& response) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return std::nullopt;
  const std::string_view text = Trim(header->second);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range) seconds = kLongestRetryAfterSeconds;
  if (end != text.data() + text.size() || text.empty() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kLongestRetryAfterSeconds));
}

milliseconds BackoffTime(int failed_tries, std::optional<milliseconds> retry_after) {
  milliseconds wait = kFirstWait;
  for (int i = 1; i < failed_tries && wait < kLongestWait; ++i) wait *= 2;
  wait = std::min(wait, kLongestWait);
  if (retry_after && *retry_after > wait) {
    return RandomBetween(*retry_after, *retry_after + *retry_after / 5);
  }
  return RandomBetween(wait / 2, wait);
}

Sleeper& RealSleeper() {
  static ConditionSleeper sleeper;
  return sleeper;
}

}  // namespace podreach
