#include "podreach/kube/kube_client.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "kube/api_error.h"
#include "kube/backoff.h"
#include "kube/resource_path.h"

namespace podreach {
namespace {

using nlohmann::json;

Error Cancelled() { return MakeError(ErrorKind::kCancelled, "stopped"); }

bool IsLost(const Result<HttpResponse>& result) {
  if (result.has_error()) return result.error().kind == ErrorKind::kUnavailable;
  return result->status >= 500;
}

/// Whether every one of `wanted`'s labels or annotations is in `found` with the same value.
bool HasAll(const json& wanted, const json& found) {
  if (!wanted.is_object()) return true;
  for (const auto& [key, value] : wanted.items()) {
    if (!found.is_object() || found.value(key, json()) != value) return false;
  }
  return true;
}

json Metadata(const json& object, const char* key) {
  if (!object.is_object() || !object.contains("metadata")) return {};
  const json& metadata = object.at("metadata");
  return metadata.is_object() ? metadata.value(key, json()) : json();
}

/// Whether `found` is what an earlier, lost try to create `wanted` made.
bool IsOurs(const json& wanted, const json& found) {
  return HasAll(Metadata(wanted, "labels"), Metadata(found, "labels")) &&
         HasAll(Metadata(wanted, "annotations"), Metadata(found, "annotations"));
}

/// Compact JSON; strings that aren't UTF-8 get U+FFFD, for dump() throws on them otherwise.
std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

KubeClient::KubeClient(HttpTransport& transport, Sleeper& sleeper, int max_tries)
    : transport_(transport), sleeper_(sleeper), max_tries_(max_tries) {}

Result<KubeClient::Answer> KubeClient::Try(const SendFunction& send, Repeat repeat,
                                           Counter& counter, const std::stop_token& stop) {
  const auto worth_repeating = [repeat](const Result<HttpResponse>& result) {
    if (result.has_value() && result->status == 429) return true;
    if (repeat == Repeat::kIfRefused) return false;
    if (result.has_value() && result->status == 409) {
      return repeat == Repeat::kCreateNamed && StatusReason(*result) == "Conflict";
    }
    return IsLost(result);
  };
  bool lost = false;
  for (int tries = 1;; ++tries) {
    if (stop.stop_requested()) return Cancelled();
    ++counter;
    if (tries > 1) ++counts_.retried;
    Result<HttpResponse> result = send();
    if (tries >= max_tries_ || !worth_repeating(result)) {
      if (result.has_error()) return std::move(result).error();
      return Answer{*std::move(result), lost};
    }
    lost = lost || IsLost(result);
    const auto wait = BackoffTime(tries, result.has_value() ? RetryAfter(*result) : std::nullopt);
    if (!sleeper_.Sleep(wait, stop)) return Cancelled();
  }
}

Result<KubeClient::Answer> KubeClient::TrySend(const HttpRequest& request, Repeat repeat,
                                               Counter& counter, const std::stop_token& stop) {
  return Try([&] { return transport_.Send(request, stop); }, repeat, counter, stop);
}

Result<json> KubeClient::GetJson(const ResourcePath& path, Counter& counter,
                                 const std::stop_token& stop) {
  const std::string what = Describe("get", path);
  HttpRequest request;
  request.path = path.ToString();
  auto answer = TrySend(request, Repeat::kAlways, counter, stop);
  if (answer.has_error()) return std::move(answer).error();
  if (!IsSuccess(answer->response.status)) return ApiError(what, answer->response);
  return ParseJson(what, answer->response.body);
}

Result<json> KubeClient::Get(const ResourcePath& path, const std::stop_token& stop) {
  return GetJson(path, counts_.get, stop);
}

Result<json> KubeClient::GetRaw(std::string_view path, const std::stop_token& stop) {
  const std::string what = "get " + std::string(path);
  HttpRequest request;
  request.path = path;
  auto answer = TrySend(request, Repeat::kAlways, counts_.get, stop);
  if (answer.has_error()) return std::move(answer).error();
  const HttpResponse& response = answer->response;
  if (!IsSuccess(response.status)) return ApiError(what, response);
  const auto type = response.headers.find("content-type");
  if (type != response.headers.end() && type->second.starts_with("text/plain")) {
    return {boost::system::in_place_value, response.body};
  }
  return ParseJson(what, response.body);
}

Result<json> KubeClient::Create(const ResourcePath& collection, const json& object,
                                const std::stop_token& stop) {
  const json name = Metadata(object, "name");
  const bool named = name.is_string() && !name.get_ref<const std::string&>().empty();
  ResourcePath created = collection;
  if (named) created.name = name.get<std::string>();
  const std::string what = Describe("create", created);

  HttpRequest request;
  request.method = "POST";
  request.path = collection.ToString();
  request.body = Dump(object);
  request.content_type = "application/json";
  auto answer =
      TrySend(request, named ? Repeat::kCreateNamed : Repeat::kIfRefused, counts_.create, stop);
  if (answer.has_error()) return std::move(answer).error();
  const HttpResponse& response = answer->response;
  if (response.status == 409 && named && answer->after_lost_try) {
    auto found = Get(created, stop);
    if (found.has_value() && IsOurs(object, *found)) return found;
  }
  if (!IsSuccess(response.status)) return ApiError(what, response);
  return ParseJson(what, response.body);
}

Result<json> KubeClient::Patch(const ResourcePath& path, const json& patch,
                               const std::stop_token& stop) {
  const std::string what = Describe("patch", path);
  HttpRequest request;
  request.method = "PATCH";
  request.path = path.ToString();
  request.body = Dump(patch);
  request.content_type = "application/merge-patch+json";
  auto answer = TrySend(request, Repeat::kAlways, counts_.patch, stop);
  if (answer.has_error()) return std::move(answer).error();
  if (!IsSuccess(answer->response.status)) return ApiError(what, answer->response);
  return ParseJson(what, answer->response.body);
}

Result<void> KubeClient::DeleteCollection(const ResourcePath& collection, std::string_view query,
                                          int grace_seconds, const std::stop_token& stop) {
  // Without a selector it would delete everything.
  if (query.find("labelSelector=") == std::string_view::npos)
    return MakeError(ErrorKind::kInternal, "a collection is deleted by labels alone");
  json options = {
      {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
  if (grace_seconds >= 0) options["gracePeriodSeconds"] = grace_seconds;
  HttpRequest request;
  request.method = "DELETE";
  request.path = WithQuery(collection.ToString(), {query});
  request.body = Dump(options);
  request.content_type = "application/json";
  auto answer = TrySend(request, Repeat::kAlways, counts_.remove, stop);
  if (answer.has_error()) return std::move(answer).error();
  if (!IsSuccess(answer->response.status))
    return ApiError(Describe("delete", collection), answer->response);
  return {};
}

Result<void> KubeClient::Delete(const ResourcePath& path, std::string_view uid, int grace_seconds,
                                const std::stop_token& stop) {
  json options = {
      {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
  if (grace_seconds >= 0) options["gracePeriodSeconds"] = grace_seconds;
  if (!uid.empty()) options["preconditions"] = {{"uid", uid}};
  HttpRequest request;
  request.method = "DELETE";
  request.path = path.ToString();
  request.body = Dump(options);
  request.content_type = "application/json";
  auto answer = TrySend(request, Repeat::kAlways, counts_.remove, stop);
  if (answer.has_error()) return std::move(answer).error();
  // Gone after a lost try: that try did it.
  if (answer->response.status == 404 && answer->after_lost_try) return {};
  if (!IsSuccess(answer->response.status)) {
    return ApiError(Describe("delete", path), answer->response);
  }
  return {};
}

}  // namespace podreach
