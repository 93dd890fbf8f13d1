#include <curl/curl.h>

#include <memory>
#include <string>
#include <utility>

#include "kube/curl_pool.h"
#include "kube/curl_session.h"
#include "kube/curl_stream_group.h"
#include "kube/sigpipe_guard.h"
#include "podreach/kube/http_transport.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach {
namespace {

/// Puts an easy handle into its multi handle for one transfer.
class Attachment {
 public:
  explicit Attachment(const CurlPool::Lease& channel) : channel_(channel) {
    curl_multi_add_handle(channel_.multi(), channel_.easy());
  }
  ~Attachment() { curl_multi_remove_handle(channel_.multi(), channel_.easy()); }
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;

 private:
  const CurlPool::Lease& channel_;
};

/// Runs the transfer to its end; CURLE_ABORTED_BY_CALLBACK after `stop`.
CURLcode Perform(const CurlPool::Lease& channel, const std::stop_token& stop) {
  const SigpipeGuard sigpipe;
  const Attachment attachment(channel);
  const std::stop_callback wake(stop, [&] { curl_multi_wakeup(channel.multi()); });
  constexpr int kLongestPollMs = 1000;
  int running = 1;
  while (running > 0) {
    if (stop.stop_requested()) return CURLE_ABORTED_BY_CALLBACK;
    if (curl_multi_perform(channel.multi(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    if (curl_multi_poll(channel.multi(), nullptr, 0, kLongestPollMs, nullptr) != CURLM_OK) {
      return CURLE_FAILED_INIT;
    }
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(channel.multi(), &left)) {
    if (message->msg == CURLMSG_DONE) return message->data.result;
  }
  return CURLE_FAILED_INIT;
}

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(ClusterAccess access, ServerUrl url, std::string token)
      : session_(std::move(access), std::move(url), std::move(token)) {}

  Result<HttpResponse> Send(const HttpRequest& request, std::stop_token stop) override {
    return Authenticated(request, nullptr, stop);
  }
  Result<HttpResponse> Stream(const HttpRequest& request, const StreamSink& sink,
                              std::stop_token stop) override {
    return Authenticated(request, &sink, stop);
  }
  std::unique_ptr<StreamGroup> MakeStreamGroup(StreamListener& listener) override {
    return MakeCurlStreamGroup(session_, listener);
  }

 private:
  /// Once more after a 401, where the token file has a new token by now.
  Result<HttpResponse> Authenticated(const HttpRequest& request, const StreamSink* sink,
                                     const std::stop_token& stop) {
    const std::string token = session_.token().Current();
    auto result = Once(request, sink, token, stop);
    if (result.has_error() || result->status != 401 || !session_.token().RefreshAfter(token))
      return result;
    return Once(request, sink, session_.token().Current(), stop);
  }

  Result<HttpResponse> Once(const HttpRequest& request, const StreamSink* sink,
                            const std::string& token, const std::stop_token& stop) {
    const CurlPool::Lease channel = pool_.Take();
    CURL* easy = channel.easy();
    if (easy == nullptr || channel.multi() == nullptr) {
      return MakeError(ErrorKind::kInternal, "libcurl gives no handle: out of memory?");
    }
    Transfer transfer;
    transfer.sink = sink;
    if (auto prepared = session_.Prepare(easy, request, token, transfer); !prepared)
      return prepared.error();
    const CURLcode code = Perform(channel, stop);
    // The handle goes back to the pool: it must not point at this frame.
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
    if (transfer.end == Transfer::End::kSinkThrew) std::rethrow_exception(transfer.thrown);
    return session_.Conclude(code, request, transfer);
  }

  CurlSession session_;
  CurlPool pool_;
};

}  // namespace

Result<std::unique_ptr<HttpTransport>> MakeCurlTransport(const ClusterAccess& access) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) {
    return MakeError(ErrorKind::kInternal,
                     std::string("libcurl doesn't start: ") + curl_easy_strerror(initialised));
  }
  auto url = ParseServerUrl(access);
  if (url.has_error()) return std::move(url).error();
  auto token = TokenSource::Load(access);
  if (token.has_error()) return std::move(token).error();
  if (access.client_certificate_pem.empty() != access.client_key_pem.empty()) {
    return MakeError(ErrorKind::kInvalidInput,
                     "context " + access.name +
                         ": a client certificate needs its key, and a key "
                         "its certificate");
  }
  return std::unique_ptr<HttpTransport>(
      std::make_unique<CurlTransport>(access, *std::move(url), *std::move(token)));
}

}  // namespace podreach
