#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>

#include "podreach/base/result.h"
#include "podreach/kube/http_transport.h"

namespace podreach {

/// Where objects of one kind live: "/api/v1" + "pods", "/apis/networking.k8s.io/v1" +
/// "networkpolicies".
struct ResourcePath {
  std::string group_version = {};  ///< "/api/v1" or "/apis/GROUP/VERSION"
  std::string plural = {};
  std::string ns = {};    ///< empty: all namespaces, or a cluster-scoped kind
  std::string name = {};  ///< empty for a collection
  std::string subresource = {};

  [[nodiscard]] std::string ToString() const;  ///< the request path
};

/// Counts of requests by verb, for the benchmark and the report. Every request sent counts, so a
/// list counts once a page, and a repetition counts under its verb as well as in `retried`.
struct RequestCounts {
  std::atomic<std::uint64_t> get{0}, list{0}, watch{0}, create{0}, patch{0}, remove{0}, log{0};
  std::atomic<std::uint64_t> retried{0};
  [[nodiscard]] std::uint64_t total() const {
    return get + list + watch + create + patch + remove + log;
  }
};

/// How long to wait between tries; the clock is a parameter, so that no test sleeps.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  /// False where `stop` came first.
  [[nodiscard]] virtual bool Sleep(std::chrono::milliseconds time, std::stop_token stop) = 0;
};
[[nodiscard]] Sleeper& RealSleeper();

/// What time it is, for deadlines; a parameter, too.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point Now() = 0;
};
[[nodiscard]] Clock& RealClock();

/// The Kubernetes API's verbs over a transport: paged lists, retries, errors that carry the API
/// server's own message (Status.message, cleaned of control characters and bounded to 1 KiB) and
/// say what to do. Thread-safe where transport and sleeper are; both must outlive it.
///
/// Retries: 429, 5xx and lost connections, up to `max_tries` sends, with jittered exponential
/// backoff (0.2 s doubling up to 10 s) or the server's Retry-After in seconds (up to 30 s) where
/// that is longer. A stop ends the wait at once, with kCancelled.
class KubeClient {
 public:
  KubeClient(HttpTransport& transport, Sleeper& sleeper, int max_tries = 5);

  /// Calls `each` with every item of a collection, page by page (limit=500), so that one page at a
  /// time is in memory. A continue token that expired in the middle (410) lists again from the
  /// start; objects that were delivered before, by uid, are not delivered again, so `each` never
  /// sees one twice (it may keep one that was deleted meanwhile). Items get the `kind` and
  /// `apiVersion` that the server leaves out of lists, and lose metadata.managedFields. After an
  /// error `each` may have seen a part. `query` has no leading '?' or '&': "labelSelector=a%3Db".
  [[nodiscard]] Result<void> List(const ResourcePath& path, std::string_view query,
                                  const std::function<void(nlohmann::json& item)>& each,
                                  const std::stop_token& stop = {});
  /// Like List, and gives the collection's resourceVersion, to watch from.
  [[nodiscard]] Result<std::string> ListForWatch(
      const ResourcePath& path, std::string_view query,
      const std::function<void(nlohmann::json& item)>& each, const std::stop_token& stop = {});
  [[nodiscard]] Result<nlohmann::json> Get(const ResourcePath& path,
                                           const std::stop_token& stop = {});
  /// Any GET outside of resources: "/version". A reply that isn't JSON ("/readyz") comes as a
  /// string.
  [[nodiscard]] Result<nlohmann::json> GetRaw(std::string_view path,
                                              const std::stop_token& stop = {});
  /// POST to the collection; 409 is kConflict, 403 kForbidden with the server's reason. Where an
  /// earlier try was lost on its way, and the name is then taken by an object with the same labels
  /// and annotations, that object is the result. With generateName only 429 is retried: a lost try
  /// may have created something. A 409 because a quota changed meanwhile is retried.
  [[nodiscard]] Result<nlohmann::json> Create(const ResourcePath& collection,
                                              const nlohmann::json& object,
                                              const std::stop_token& stop = {});
  /// application/merge-patch+json (RFC 7396: applying it twice is applying it once, so it is
  /// retried).
  [[nodiscard]] Result<nlohmann::json> Patch(const ResourcePath& path, const nlohmann::json& patch,
                                             const std::stop_token& stop = {});
  /// `uid` as precondition where not empty; kNotFound where it was gone; a negative `grace_seconds`
  /// leaves the object's own. Background propagation.
  [[nodiscard]] Result<void> Delete(const ResourcePath& path, std::string_view uid,
                                    int grace_seconds, const std::stop_token& stop = {});
  /// DELETE of a collection's objects of these labels: one request for all of them.
  /// `query`: "labelSelector=...", never empty.
  [[nodiscard]] Result<void> DeleteCollection(const ResourcePath& collection,
                                              std::string_view query, int grace_seconds,
                                              const std::stop_token& stop = {});
  /// Watches a collection (`query`: labelSelector, resourceVersion, timeoutSeconds); `each` gets
  /// type ("ADDED", "MODIFIED", "DELETED", "BOOKMARK") and object and returns false to end. Without
  /// a resourceVersion it is 0: everything that is there comes as ADDED first, and there are no
  /// bookmarks. kGone for 410, as status or as ERROR event: list again. Returns without error when
  /// the server closes the stream or `each` ended it; kUnavailable where the connection broke after
  /// events came.
  [[nodiscard]] Result<void> Watch(
      const ResourcePath& path, std::string_view query,
      const std::function<bool(std::string_view type, nlohmann::json& object)>& each,
      const std::stop_token& stop);
  /// The request that follows a container's log from its start, for a StreamGroup. Counted when it
  /// is made.
  [[nodiscard]] HttpRequest LogRequest(std::string_view ns, std::string_view pod,
                                       std::string_view container);
  /// The error that a refused log request means. kUnavailable: it's worth asking again, for the
  /// container hasn't started (the API server answers 400), or the server is busy.
  [[nodiscard]] static Error LogError(std::string_view ns, std::string_view pod,
                                      const HttpResponse& response);
  [[nodiscard]] HttpTransport& transport() { return transport_; }

  [[nodiscard]] const RequestCounts& counts() const { return counts_; }

 private:
  using Counter = std::atomic<std::uint64_t>;
  /// What may be sent again, and after what.
  enum class Repeat {
    kAlways,       ///< idempotent: after 429, 5xx and lost connections
    kCreateNamed,  ///< the same, and after a 409 that isn't AlreadyExists (a quota changed)
    kIfRefused,    ///< after 429 alone
  };
  struct Answer {
    HttpResponse response;
    bool after_lost_try = false;  ///< an earlier try may have been carried out unseen
  };
  using SendFunction = std::function<Result<HttpResponse>()>;

  /// Sends until there is an answer worth having; the last one, whatever it is, after max_tries_.
  [[nodiscard]] Result<Answer> Try(const SendFunction& send, Repeat repeat, Counter& counter,
                                   const std::stop_token& stop);
  [[nodiscard]] Result<Answer> TrySend(const HttpRequest& request, Repeat repeat, Counter& counter,
                                       const std::stop_token& stop);
  [[nodiscard]] Result<void> TryStream(const HttpRequest& request, std::string_view what,
                                       const StreamSink& sink, Counter& counter,
                                       const std::stop_token& stop);
  [[nodiscard]] Result<nlohmann::json> GetJson(const ResourcePath& path, Counter& counter,
                                               const std::stop_token& stop);

  HttpTransport& transport_;
  Sleeper& sleeper_;
  const int max_tries_;
  RequestCounts counts_;
};

}  // namespace podreach
