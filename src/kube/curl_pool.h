#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace podreach {

/// One transfer's place: an easy handle, and a multi handle of its own, which keeps the connection
/// alive between transfers and can be woken from another thread. Used by one thread at a time.
struct CurlChannel {
  struct EasyCleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct MultiCleanup {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
  };
  // The easy handle goes first: libcurl wants it out of the multi handle by then.
  std::unique_ptr<CURLM, MultiCleanup> multi{curl_multi_init()};
  std::unique_ptr<CURL, EasyCleanup> easy{curl_easy_init()};
};

/// Channels to one server. Grows to as many as are in use at once, and keeps a few of them when
/// they come back. Thread-safe.
class CurlPool {
 public:
  /// Gives its channel back at the end of its life.
  class Lease {
   public:
    Lease(CurlPool& pool, std::unique_ptr<CurlChannel> channel)
        : pool_(pool), channel_(std::move(channel)) {}
    ~Lease() { pool_.Return(std::move(channel_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] CURL* easy() const { return channel_->easy.get(); }
    [[nodiscard]] CURLM* multi() const { return channel_->multi.get(); }

   private:
    CurlPool& pool_;
    std::unique_ptr<CurlChannel> channel_;
  };

  [[nodiscard]] Lease Take() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) return {*this, std::make_unique<CurlChannel>()};
    std::unique_ptr<CurlChannel> channel = std::move(idle_.back());
    idle_.pop_back();
    return {*this, std::move(channel)};
  }

 private:
  static constexpr std::size_t kMaxIdle = 8;

  void Return(std::unique_ptr<CurlChannel> channel) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(channel));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlChannel>> idle_;  // guarded by mutex_; the warmest last
};

}  // namespace podreach
