#include "fingerprint/http_reply.h"

#include <algorithm>
#include <charconv>

#include "fingerprint/reply_text.h"

namespace podreach::probe {
namespace {

constexpr std::string_view kHead = "HTTP/1.";
constexpr std::size_t kStatusEnd = 12;  // "HTTP/1.1 200"

bool EqualNoCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::size_t> NumberOf(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

bool IsRoot(const Question& question) {
  return question.transport != Transport::kUdp && question == RootQuestion(question.transport);
}

}  // namespace

std::string_view HttpReply::Header(std::string_view name) const {
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t end = std::min(head.find('\n', at), head.size());
    const std::string_view line = head.substr(at, end - at);
    at = end + 1;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !EqualNoCase(line.substr(0, colon), name)) continue;
    const std::size_t first = line.find_first_not_of(" \t", colon + 1);
    if (first == std::string_view::npos) return {};
    const std::size_t last = line.find_last_not_of(" \t\r");
    return last < first ? std::string_view() : line.substr(first, last - first + 1);
  }
  return {};
}

bool MayBeHttp(std::string_view bytes) {
  const std::size_t size = std::min(bytes.size(), kHead.size());
  return bytes.substr(0, size) == kHead.substr(0, size);
}

std::optional<HttpReply> ParseHttp(const Reply& reply) {
  const std::string_view bytes = reply.bytes;
  if (!bytes.starts_with(kHead) || bytes.size() < kStatusEnd) return {};
  const auto status = NumberOf(bytes.substr(9, 3));
  if (!status || bytes[8] != ' ') return {};
  std::size_t end = bytes.find("\r\n\r\n");
  std::size_t body = end + 4;
  if (end == std::string_view::npos) {
    end = bytes.find("\n\n");
    body = end + 2;
  }
  // A head that ends without its empty line, as old servers and resets leave it.
  if (end == std::string_view::npos) {
    if (!reply.ended) return {};
    end = body = bytes.size();
  }
  HttpReply http;
  http.status = static_cast<int>(*status);
  const std::size_t first = std::min(bytes.find('\n'), end);
  http.head = bytes.substr(first, end - first);
  if (!http.head.empty()) http.head.remove_prefix(1);
  http.body = bytes.substr(body);
  const auto length = NumberOf(http.Header("content-length"));
  http.complete = reply.ended || (length && http.body.size() >= *length) ||
                  (EqualNoCase(http.Header("transfer-encoding"), "chunked") &&
                   http.body.ends_with("0\r\n\r\n"));
  return http;
}

Question Get(Transport transport, std::string_view path, std::string_view headers) {
  return {transport, "GET " + std::string(path) +
                         " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: podreach-probe\r\nAccept: "
                         "*/*\r\n" +
                         std::string(headers) + "Connection: close\r\n\r\n"};
}

const Question& RootQuestion(Transport transport) {
  static const Question kPlain = Get(Transport::kPlain, "/");
  static const Question kTls = Get(Transport::kTls, "/");
  return transport == Transport::kTls ? kTls : kPlain;
}

std::function<Reading(const Question&, const Reply&)> ReadHttp(HttpJudge judge) {
  return [judge = std::move(judge)](const Question& question, const Reply& reply) -> Reading {
    if (!MayBeHttp(reply.bytes)) return NotThis{};
    const auto http = ParseHttp(reply);
    if (!http) return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    if (auto service = judge(question, *http)) return *std::move(service);
    return http->complete ? Reading(NotThis{}) : Reading(NeedMore{});
  };
}

Fingerprint MakeHttpFingerprint(HttpService service) {
  Fingerprint fingerprint;
  fingerprint.name = service.name;
  fingerprint.services = std::move(service.services);
  for (const Transport transport : service.transports)
    fingerprint.questions.push_back(Get(transport, service.path));
  fingerprint.reads_root = !service.root_mark.empty();
  fingerprint.read = [own = service.path == "/", mark = std::move(service.root_mark),
                      judge = ReadHttp(std::move(service.judge))](const Question& question,
                                                                  const Reply& reply) -> Reading {
    if (own || !IsRoot(question)) return judge(question, reply);
    if (!MayBeHttp(reply.bytes)) return NotThis{};
    if (Contains(reply.bytes, mark)) return AskOwn{};
    const auto http = ParseHttp(reply);
    const bool whole = reply.ended || (http && http->complete);
    return whole ? Reading(NotThis{}) : Reading(NeedMore{});
  };
  return fingerprint;
}

ServiceIdentity HttpAnswer(std::string_view name, const Question& question, const HttpReply& reply,
                           Access access, std::string version) {
  ServiceIdentity service;
  service.name = std::string(name);
  service.version = std::move(version);
  service.access = access;
  const auto path = Between(question.text, "GET ", " HTTP/");
  service.evidence = "GET " + std::string(path.value_or("/")) + ": " + std::to_string(reply.status);
  return service;
}

Access AccessOf(const HttpReply& reply) {
  if (reply.Refused()) return Access::kRefuses;
  return reply.Ok() ? Access::kAnswers : Access::kUnknown;
}

}  // namespace podreach::probe
