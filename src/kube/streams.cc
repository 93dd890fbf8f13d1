#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "kube/api_error.h"
#include "kube/resource_path.h"
#include "podreach/base/text.h"
#include "podreach/kube/kube_client.h"

namespace podreach {
namespace {

using nlohmann::json;

/// etcd takes objects of 1.5 MiB by default; a line that grows past this is no event.
constexpr std::size_t kMaxEventBytes = 16U << 20U;

/// Cuts a watch's stream into lines, one event each, and hands them on.
class EventReader {
 public:
  using Each = std::function<bool(std::string_view, json&)>;
  EventReader(std::string_view what, const Each& each) : what_(what), each_(each) {}

  /// False ends the stream: the caller had enough, or failure() says why.
  [[nodiscard]] bool Feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t newline = bytes.find('\n');
      line_ += bytes.substr(0, newline);
      if (line_.size() > kMaxEventBytes) return Fail("an event is above 16 MiB");
      if (newline == std::string_view::npos) return true;
      bytes.remove_prefix(newline + 1);
      const std::string line = std::exchange(line_, {});
      if (!Trim(line).empty() && !HandleLine(line)) return false;
    }
    return true;
  }

  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  [[nodiscard]] bool HandleLine(const std::string& line) {
    auto event = ParseJson(what_, line);
    if (event.has_error()) {
      failure_ = std::move(event).error();
      return false;
    }
    if (!event->is_object() || !event->contains("object") || !event->contains("type") ||
        !event->at("type").is_string()) {
      return Fail("an event without type or object");
    }
    const std::string type = event->at("type").get<std::string>();
    if (type == "ERROR") {
      failure_ = ApiError(what_, event->at("object"));
      return false;
    }
    return each_(type, event->at("object"));
  }

  [[nodiscard]] bool Fail(std::string_view problem) {
    failure_ = MakeError(ErrorKind::kCorrupt, std::string(what_) + ": " + std::string(problem));
    return false;
  }

  const std::string_view what_;
  const Each& each_;
  std::string line_;
  std::optional<Error> failure_;
};

/// The part of a watch's query that depends on where it starts. With bookmarks and without a
/// version (0 or none) the API server asks etcd for progress, and answers 500 where an older etcd
/// (3.4) can't tell it.
std::string_view StartOf(std::string_view query) {
  constexpr std::string_view kVersion = "resourceVersion=";
  const std::size_t version = query.find(kVersion);
  if (version == std::string_view::npos) return "resourceVersion=0";
  const std::string_view value = query.substr(version + kVersion.size());
  return value.empty() || value[0] == '0' ? "" : "allowWatchBookmarks=true";
}

}  // namespace

Result<void> KubeClient::TryStream(const HttpRequest& request, std::string_view what,
                                   const StreamSink& sink, Counter& counter,
                                   const std::stop_token& stop) {
  bool delivered = false;
  std::optional<Error> broken;
  const StreamSink watched_sink = [&](std::string_view bytes) {
    delivered = true;
    return sink(bytes);
  };
  const SendFunction send = [&]() -> Result<HttpResponse> {
    auto result = transport_.Stream(request, watched_sink, stop);
    if (result.has_error() && delivered) {
      // The caller has seen a part and alone knows where to go on: no repetition from here.
      broken = std::move(result).error();
      return HttpResponse{.status = 200, .headers = {}, .body = {}};
    }
    return result;
  };
  auto answer = Try(send, Repeat::kAlways, counter, stop);
  if (answer.has_error()) return std::move(answer).error();
  if (broken) return *std::move(broken);
  if (!IsSuccess(answer->response.status)) return ApiError(what, answer->response);
  return {};
}

Result<void> KubeClient::Watch(const ResourcePath& path, std::string_view query,
                               const std::function<bool(std::string_view type, json& object)>& each,
                               const std::stop_token& stop) {
  const std::string what = Describe("watch", path);
  HttpRequest request;
  request.path = WithQuery(path.ToString(), {"watch=1", StartOf(query), query});
  request.timeout = std::chrono::milliseconds::zero();
  EventReader reader(what, each);
  auto result = TryStream(
      request, what, [&](std::string_view bytes) { return reader.Feed(bytes); }, counts_.watch,
      stop);
  if (reader.failure()) return *reader.failure();
  return result;
}

HttpRequest KubeClient::LogRequest(std::string_view ns, std::string_view pod,
                                   std::string_view container) {
  ++counts_.log;
  const ResourcePath path{"/api/v1", "pods", std::string(ns), std::string(pod), "log"};
  HttpRequest request;
  request.path =
      WithQuery(path.ToString(), {"follow=true", "container=" + PercentEncode(container)});
  request.timeout = std::chrono::milliseconds::zero();
  return request;
}

Error KubeClient::LogError(std::string_view ns, std::string_view pod,
                           const HttpResponse& response) {
  const ResourcePath path{"/api/v1", "pods", std::string(ns), std::string(pod), "log"};
  Error error = ApiError(Describe("get", path), response);
  const bool busy = response.status == 429 || response.status >= 500;
  if (busy || response.status == 400) error.kind = ErrorKind::kUnavailable;
  return error;
}

}  // namespace podreach
