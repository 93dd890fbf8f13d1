#pragma once

#include <chrono>
#include <functional>
#include <map>
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
};

}  // namespace podreach
