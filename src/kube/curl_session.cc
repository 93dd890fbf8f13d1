#include "kube/curl_session.h"

#include <algorithm>
#include <string_view>

#include "podreach/base/text.h"

namespace podreach {
namespace {

constexpr std::size_t kMaxBody = 256U << 20U;
constexpr std::size_t kMaxHeaders = 1U << 20U;
constexpr std::chrono::milliseconds kConnectTimeout{10'000};

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kMaxHeaders) {
    transfer.end = Transfer::End::kTooLarge;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    // A status line: whatever came before belongs to an interim response or a proxy.
    transfer.response.headers.clear();
    const std::size_t space = line.find(' ');
    const std::string_view code = space == std::string_view::npos ? "" : line.substr(space + 1, 3);
    transfer.response.status = 0;
    for (const char c : code) {
      if (c < '0' || c > '9') break;
      transfer.response.status = transfer.response.status * 10 + (c - '0');
    }
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(Trim(line.substr(0, colon)));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  transfer.response.headers[std::move(name)] = Trim(line.substr(colon + 1));
  return line.size();
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view bytes(data, size * count);
  if (transfer.sink != nullptr && transfer.response.status == 200) {
    try {
      if ((*transfer.sink)(bytes)) return bytes.size();
      transfer.end = Transfer::End::kSinkHadEnough;
    } catch (...) {
      // It can't pass through libcurl's frames; the caller gets it once they are left.
      transfer.thrown = std::current_exception();
      transfer.end = Transfer::End::kSinkThrew;
    }
    return 0;
  }
  if (transfer.response.body.size() + bytes.size() > kMaxBody) {
    transfer.end = Transfer::End::kTooLarge;
    return 0;
  }
  transfer.response.body += bytes;
  return bytes.size();
}

curl_blob BlobOf(const std::string& text) {
  // The transport keeps the text as long as its handles, so libcurl needn't copy it.
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

void SetCallbacks(CURL* easy, Transfer& transfer) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error_text.data());
}

ErrorKind KindOf(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorKind::kInvalidInput;
    default:
      return ErrorKind::kUnavailable;
  }
}

}  // namespace

Result<void> CurlSession::Prepare(CURL* easy, const HttpRequest& request, const std::string& token,
                                  Transfer& transfer) const {
  if (request.path.find_first_of("\r\n ") != std::string::npos) {
    return MakeError(ErrorKind::kInternal,
                     "a request path with white space: " + CleanText(request.path, 256));
  }
  curl_easy_reset(easy);
  AddHeaders(request, token, transfer);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer.connect_to.get());
  SetConnection(easy);
  SetRequest(easy, request, transfer.sink);
  SetCallbacks(easy, transfer);
  return {};
}

void CurlSession::AddHeaders(const HttpRequest& request, const std::string& token,
                             Transfer& transfer) const {
  HeaderList& headers = transfer.headers;
  headers.Add(transfer.sink == nullptr ? "Accept: application/json"
                                       : "Accept: application/json, */*");
  headers.Add("Expect:");  // no 100-continue: it costs a round trip
  if (!request.content_type.empty()) headers.Add("Content-Type: " + request.content_type);
  if (!token.empty()) headers.Add("Authorization: Bearer " + token);
  if (!url_.host.empty()) headers.Add("Host: " + url_.host);
  if (!url_.connect_to.empty()) transfer.connect_to.Add(url_.connect_to);
}

void CurlSession::SetConnection(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a stop doesn't wait for the resolver
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "podreach/" PODREACH_VERSION);
  // A stream may be silent for hours: let the kernel find out that the other end is gone.
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
  if (!access_.proxy_url.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXY, access_.proxy_url.c_str());
  }
  const auto set_blob = [&](CURLoption option, const std::string& pem) {
    if (pem.empty()) return;
    const curl_blob blob = BlobOf(pem);
    curl_easy_setopt(easy, option, &blob);
  };
  set_blob(CURLOPT_CAINFO_BLOB, access_.ca_pem);
  set_blob(CURLOPT_SSLCERT_BLOB, access_.client_certificate_pem);
  set_blob(CURLOPT_SSLKEY_BLOB, access_.client_key_pem);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (access_.insecure_skip_tls_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

void CurlSession::SetRequest(CURL* easy, const HttpRequest& request, const StreamSink* sink) const {
  curl_easy_setopt(easy, CURLOPT_URL, (url_.base + request.path).c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  // Large lists shrink tenfold; a stream must come through as it is written.
  if (sink == nullptr) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  const auto connect_timeout =
      request.timeout.count() > 0 ? std::min(kConnectTimeout, request.timeout) : kConnectTimeout;
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
}

Result<HttpResponse> CurlSession::Conclude(CURLcode code, const HttpRequest& request,
                                           Transfer& transfer) const {
  if (code == CURLE_OK || transfer.end == Transfer::End::kSinkHadEnough) {
    return std::move(transfer.response);
  }
  std::string text = request.method + " " + access_.server + request.path + ": ";
  if (transfer.end == Transfer::End::kTooLarge) {
    return MakeError(ErrorKind::kCorrupt, text + "the reply is above 256 MiB");
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) return MakeError(ErrorKind::kCancelled, text + "stopped");
  text += transfer.error_text[0] != '\0' ? transfer.error_text.data() : curl_easy_strerror(code);
  return MakeError(KindOf(code), CleanText(text, 1024), HintFor(code));
}

std::string CurlSession::HintFor(CURLcode code) const {
  const std::string context = "context " + CleanText(access_.name, 128);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return "check the certificate authority of " + context +
             ": is the kubeconfig of this cluster?";
    case CURLE_SSL_CERTPROBLEM:
      return "check the client certificate and key of " + context;
    case CURLE_COULDNT_RESOLVE_HOST:
      return "check the server of " + context + ": its name doesn't resolve from here";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "check HTTPS_PROXY and the proxy-url of " + context;
    default:
      return "is the API server running? check the server of " + context;
  }
}

}  // namespace podreach
