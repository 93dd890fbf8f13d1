#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include "kube/server_url.h"
#include "kube/token_source.h"
#include "podreach/kube/http_transport.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach {

class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  void Add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

/// What the callbacks of one transfer write to.
struct Transfer {
  enum class End { kNone, kSinkHadEnough, kSinkThrew, kTooLarge };
  HttpResponse response;
  const StreamSink* sink = nullptr;  ///< null: the body goes to the response
  std::size_t header_bytes = 0;
  End end = End::kNone;
  std::exception_ptr thrown;  ///< by the sink
  HeaderList headers;
  HeaderList connect_to;
  std::array<char, CURL_ERROR_SIZE> error_text{};
};

/// How transfers to one API server are made: where it is, who asks, and what an end means.
/// Thread-safe.
class CurlSession {
 public:
  CurlSession(ClusterAccess access, ServerUrl url, std::string token)
      : access_(std::move(access)),
        url_(std::move(url)),
        token_(access_.token_file, std::move(token)) {}

  [[nodiscard]] TokenSource& token() { return token_; }
  /// Sets everything of the transfer but its HTTP version, which stays 1.1. The request and the
  /// transfer must outlive the handle's use.
  [[nodiscard]] Result<void> Prepare(CURL* easy, const HttpRequest& request,
                                     const std::string& token, Transfer& transfer) const;
  /// What a transfer that ended with this code gives.
  [[nodiscard]] Result<HttpResponse> Conclude(CURLcode code, const HttpRequest& request,
                                              Transfer& transfer) const;

 private:
  void AddHeaders(const HttpRequest& request, const std::string& token, Transfer& transfer) const;
  void SetConnection(CURL* easy) const;
  void SetRequest(CURL* easy, const HttpRequest& request, const StreamSink* sink) const;
  [[nodiscard]] std::string HintFor(CURLcode code) const;

  const ClusterAccess access_;
  const ServerUrl url_;
  TokenSource token_;
};

}  // namespace podreach
