#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "podreach/base/result.h"

namespace podreach {

struct HttpRequest {
  std::string method = "GET";
  std::string path;  ///< from the server's root, query included: "/api/v1/pods?limit=500"
  std::string body;
  std::string content_type;  ///< empty without a body
  std::chrono::milliseconds timeout{
      30'000};  ///< of the whole request; 0 for a stream without an end
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// Called with each piece of a streamed body as it comes; false ends the stream.
using StreamSink = std::function<bool(std::string_view)>;

/// Takes what several streams bring, on the thread that polls them.
class StreamListener {
 public:
  virtual ~StreamListener() = default;
  /// A piece of a 200's body; false ends the stream, without OnStreamEnd.
  [[nodiscard]] virtual bool OnStreamBytes(std::uint64_t id, std::string_view bytes) = 0;
  /// The stream ended: with its response, whose body is empty after a 200, or as Stream's errors
  /// say.
  virtual void OnStreamEnd(std::uint64_t id, const Result<HttpResponse>& response) = 0;
};

/// Many streams at once, followed by the one thread that polls. Destroying it ends all of them.
class StreamGroup {
 public:
  virtual ~StreamGroup() = default;
  /// Begins a stream; `id` is the caller's and isn't in use. It moves on in Poll alone.
  virtual void Start(std::uint64_t id, const HttpRequest& request) = 0;
  /// Ends a stream without OnStreamEnd; nothing where there is none of that id.
  virtual void Cancel(std::uint64_t id) = 0;
  /// Moves all streams on: returns once the listener was called, after `longest` at the latest, or
  /// soon after Wake.
  virtual void Poll(std::chrono::milliseconds longest) = 0;
  /// Ends a Poll from another thread.
  virtual void Wake() = 0;
  /// How many streams may be open at once: few where each takes a connection of its own, many
  /// where the server lets them share connections, which shows with its first response.
  [[nodiscard]] virtual std::size_t capacity() const = 0;
};

/// One API server, spoken to over HTTP. Thread-safe: several threads may call at once. Knows
/// nothing of Kubernetes.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// Any status is a response, a redirect too: none is followed. An Error (kUnavailable) means that
  /// no response came: unreachable, TLS failure, timeout. kCancelled after `stop`. kInvalidInput
  /// where trying again can't help: a certificate that can't be verified, a bad PEM, a token file
  /// that can't be read. kCorrupt for a body above 256 MiB.
  [[nodiscard]] virtual Result<HttpResponse> Send(const HttpRequest& request,
                                                  std::stop_token stop) = 0;
  /// Like Send, but a 200's body goes to `sink` and not into the response. An Error after the sink
  /// got something means that the stream broke.
  [[nodiscard]] virtual Result<HttpResponse> Stream(const HttpRequest& request,
                                                    const StreamSink& sink,
                                                    std::stop_token stop) = 0;
  /// The listener and the transport must outlive the group.
  [[nodiscard]] virtual std::unique_ptr<StreamGroup> MakeStreamGroup(StreamListener& listener) = 0;
};

}  // namespace podreach
