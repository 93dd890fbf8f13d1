#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "podreach/kube/http_transport.h"
#include "podreach/kube/kube_client.h"

namespace podreach {

/// What FakeTransport says to one request.
struct FakeReply {
  enum class End {
    kClosed,  ///< the server ended the body properly
    kLost,    ///< no response, or after the chunks the connection breaks: kUnavailable
    kHangs,   ///< after the chunks nothing more comes until the request is stopped: kCancelled
  };
  HttpResponse response{200, {}, {}};
  std::vector<std::string> chunks;  ///< of a stream; empty: the body is the one chunk
  End end = End::kClosed;
  /// Where set, makes the whole answer from the request.
  std::function<Result<HttpResponse>(const HttpRequest&)> make;

  [[nodiscard]] static FakeReply Text(std::string body, int status = 200) {
    FakeReply reply;
    reply.response = {status, {{"content-type", "text/plain"}}, std::move(body)};
    return reply;
  }
  [[nodiscard]] static FakeReply Json(const nlohmann::json& body, int status = 200) {
    FakeReply reply;
    reply.response = {status, {{"content-type", "application/json"}}, body.dump()};
    return reply;
  }
  /// A meta/v1 Status, as the API server refuses with.
  [[nodiscard]] static FakeReply Status(int code, std::string_view reason,
                                        std::string_view message) {
    return Json({{"kind", "Status"},
                 {"apiVersion", "v1"},
                 {"status", "Failure"},
                 {"code", code},
                 {"reason", reason},
                 {"message", message}},
                code);
  }
  /// A page of a list, with items as the API server writes them: without kind and apiVersion.
  [[nodiscard]] static FakeReply List(std::string_view api_version, std::string_view kind,
                                      const std::vector<nlohmann::json>& items,
                                      std::string_view continue_token = "") {
    nlohmann::json metadata = {{"resourceVersion", "1"}};
    if (!continue_token.empty()) metadata["continue"] = continue_token;
    return Json({{"kind", std::string(kind) + "List"},
                 {"apiVersion", api_version},
                 {"metadata", metadata},
                 {"items", items}});
  }
  [[nodiscard]] static FakeReply Lost() {
    FakeReply reply;
    reply.end = End::kLost;
    return reply;
  }
  [[nodiscard]] static FakeReply Hangs() {
    FakeReply reply;
    reply.end = End::kHangs;
    return reply;
  }
  [[nodiscard]] static FakeReply Stream(std::vector<std::string> chunks, End end = End::kClosed) {
    FakeReply reply;
    reply.chunks = std::move(chunks);
    reply.end = end;
    return reply;
  }
  [[nodiscard]] static FakeReply From(
      std::function<Result<HttpResponse>(const HttpRequest&)> make) {
    FakeReply reply;
    reply.make = std::move(make);
    return reply;
  }
  [[nodiscard]] FakeReply WithHeader(const std::string& name, const std::string& value) && {
    response.headers[name] = value;
    return std::move(*this);
  }
};

/// Streams that a transport's Stream gives, each whole in one Poll.
class FakeStreamGroup final : public StreamGroup {
 public:
  FakeStreamGroup(HttpTransport& transport, StreamListener& listener)
      : transport_(transport), listener_(listener) {}
  void Start(std::uint64_t id, const HttpRequest& request) override { started_[id] = request; }
  void Cancel(std::uint64_t id) override { started_.erase(id); }
  void Poll(std::chrono::milliseconds) override {
    if (started_.empty()) return;
    const auto [id, request] = *started_.begin();
    started_.erase(started_.begin());
    bool enough = false;
    const auto sink = [&, id = id](std::string_view bytes) {
      enough = !listener_.OnStreamBytes(id, bytes);
      return !enough;
    };
    const auto response = transport_.Stream(request, sink, {});
    if (!enough) listener_.OnStreamEnd(id, response);
  }
  void Wake() override {}
  [[nodiscard]] std::size_t capacity() const override { return 1000; }

 private:
  HttpTransport& transport_;
  StreamListener& listener_;
  std::map<std::uint64_t, HttpRequest> started_;
};

/// A clock that a test sets.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::steady_clock::time_point Now() override { return now_; }
  void Advance(std::chrono::milliseconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
};

/// An HttpTransport that answers from a script and records what it was asked. A request gets the
/// next reply of the rule with its method and the longest prefix of its path (query included); a
/// rule's last reply stays. Without a rule the answer is a 404 Status, as for a resource that isn't
/// served. Thread-safe.
class FakeTransport final : public HttpTransport {
 public:
  /// Appends replies to the rule of this method and prefix.
  template <class... Replies>
  FakeTransport& On(std::string method, std::string path_prefix, Replies... replies) {
    const std::scoped_lock lock(mutex_);
    auto& queue = rules_[{std::move(method), std::move(path_prefix)}];
    (queue.push_back(std::move(replies)), ...);
    return *this;
  }
  /// Forgets a rule's replies and gives it this one.
  FakeTransport& Replace(const std::string& method, const std::string& path_prefix,
                         FakeReply reply) {
    const std::scoped_lock lock(mutex_);
    rules_[{method, path_prefix}] = {std::move(reply)};
    return *this;
  }

  [[nodiscard]] Result<HttpResponse> Send(const HttpRequest& request,
                                          std::stop_token stop) override {
    if (stop.stop_requested()) return Cancelled();
    FakeReply reply = Take(request);
    if (reply.make) return reply.make(request);
    return Finish(std::move(reply), stop);
  }

  [[nodiscard]] Result<HttpResponse> Stream(const HttpRequest& request, const StreamSink& sink,
                                            std::stop_token stop) override {
    if (stop.stop_requested()) return Cancelled();
    FakeReply reply = Take(request);
    if (reply.make) {
      auto made = reply.make(request);
      if (made.has_error()) return made;
      reply.response = *std::move(made);
    }
    if (reply.response.status != 200) return reply.response;
    if (reply.chunks.empty() && !reply.response.body.empty()) {
      reply.chunks.push_back(std::exchange(reply.response.body, {}));
    }
    for (const std::string& chunk : reply.chunks) {
      if (stop.stop_requested()) return Cancelled();
      if (!sink(chunk)) return reply.response;
    }
    return Finish(std::move(reply), stop);
  }

  /// Its streams come whole, one after the other, as they are polled; none hangs.
  [[nodiscard]] std::unique_ptr<StreamGroup> MakeStreamGroup(StreamListener& listener) override {
    return std::make_unique<FakeStreamGroup>(*this, listener);
  }

  [[nodiscard]] std::vector<HttpRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  /// "GET /version", ... in the order in which they came.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const HttpRequest& request : requests()) {
      lines.push_back(request.method + " " + request.path);
    }
    return lines;
  }
  [[nodiscard]] std::size_t CountOf(std::string_view method, std::string_view path_prefix) const {
    std::size_t count = 0;
    for (const HttpRequest& request : requests()) {
      count += request.method == method && request.path.starts_with(path_prefix) ? 1 : 0;
    }
    return count;
  }

 private:
  using RuleKey = std::pair<std::string, std::string>;  // method, path prefix

  static Error Cancelled() { return MakeError(ErrorKind::kCancelled, "stopped"); }

  FakeReply Take(const HttpRequest& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    std::deque<FakeReply>* best = nullptr;
    std::size_t best_length = 0;
    for (auto& [key, queue] : rules_) {
      const auto& [method, prefix] = key;
      if (method != request.method || !request.path.starts_with(prefix) || queue.empty()) continue;
      if (best != nullptr && prefix.size() <= best_length) continue;
      best = &queue;
      best_length = prefix.size();
    }
    if (best == nullptr) {
      return FakeReply::Status(404, "NotFound", "the server could not find the requested resource");
    }
    FakeReply reply = best->front();
    if (best->size() > 1) best->pop_front();
    return reply;
  }

  static Result<HttpResponse> Finish(FakeReply reply, std::stop_token stop) {
    switch (reply.end) {
      case FakeReply::End::kClosed:
        return std::move(reply.response);
      case FakeReply::End::kLost:
        return MakeError(ErrorKind::kUnavailable, "the connection was lost");
      case FakeReply::End::kHangs: {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        stopped.wait(lock, stop, [] { return false; });
        return Cancelled();
      }
    }
    return MakeError(ErrorKind::kInternal, "no such end");
  }

  mutable std::mutex mutex_;
  std::map<RuleKey, std::deque<FakeReply>> rules_;  // guarded by mutex_
  std::vector<HttpRequest> requests_;               // guarded by mutex_
};

/// Returns at once and records how long each sleep would have been. Thread-safe.
class FakeSleeper final : public Sleeper {
 public:
  [[nodiscard]] bool Sleep(std::chrono::milliseconds time, std::stop_token stop) override {
    const std::scoped_lock lock(mutex_);
    sleeps_.push_back(time);
    if (on_sleep_) on_sleep_();
    return !stop.stop_requested();
  }
  /// Called in every sleep, for what must happen meanwhile (a stop, a change of the script).
  void OnSleep(std::function<void()> action) {
    const std::scoped_lock lock(mutex_);
    on_sleep_ = std::move(action);
  }
  [[nodiscard]] std::vector<std::chrono::milliseconds> sleeps() const {
    const std::scoped_lock lock(mutex_);
    return sleeps_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::chrono::milliseconds> sleeps_;  // guarded by mutex_
  std::function<void()> on_sleep_;                 // guarded by mutex_
};

}  // namespace podreach
