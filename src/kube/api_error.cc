#include "kube/api_error.h"

#include <nlohmann/json.hpp>

#include "podreach/base/text.h"

namespace podreach {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMessage = 1024;
constexpr std::size_t kMaxStatusBody = 1U << 20U;

std::string StringField(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto field = object.find(key);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

json ParseStatus(const HttpResponse& response) {
  if (response.body.size() > kMaxStatusBody) return {};
  json body = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  return StringField(body, "kind") == "Status" ? std::move(body) : json();
}

ErrorKind KindOf(int status) {
  switch (status) {
    case 401:
      return ErrorKind::kUnauthenticated;
    case 403:
      return ErrorKind::kForbidden;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
      return ErrorKind::kConflict;
    case 410:
      return ErrorKind::kGone;
    case 408:
    case 429:
      return ErrorKind::kUnavailable;
    default:
      return status >= 400 && status < 500 ? ErrorKind::kInvalidInput : ErrorKind::kUnavailable;
  }
}

/// The piece of `text` between `before` and the next `after`; empty where they aren't there.
std::string_view Between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = text.substr(start + before.size());
  const std::size_t end = rest.find(after);
  return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

/// RBAC's refusals read: pods is forbidden: User "x" cannot list resource "pods" in API group "" at
/// the cluster scope (apiserver, endpoints/handlers/responsewriters/errors.go).
std::string ForbiddenHint(std::string_view message) {
  const std::string_view verb = Between(message, " cannot ", " resource \"");
  if (!verb.empty()) {
    std::string resource(Between(message, " resource \"", "\""));
    const std::string_view group = Between(message, " in API group \"", "\"");
    if (!group.empty()) resource += "." + std::string(group);
    return "grant " + CleanText(verb, 32) + " on " + CleanText(resource, 128) + ": k8s/rbac.yaml";
  }
  if (message.find("exceeded quota") != std::string_view::npos) {
    return "raise the namespace's ResourceQuota, or leave the namespace out";
  }
  if (message.find("violates PodSecurity") != std::string_view::npos) {
    return "the namespace's Pod Security level doesn't admit this pod";
  }
  if (message.find("admission webhook") != std::string_view::npos) {
    return "an admission webhook refused it: exempt podreach's pods there, or leave the namespace "
           "out";
  }
  return {};
}

std::string HintFor(int status, std::string_view message) {
  if (status == 401) {
    return "the credentials are missing or expired: log in again, or make a token with "
           "`kubectl create token`";
  }
  if (status == 403) return ForbiddenHint(message);
  if (status >= 300 && status < 400) {
    return "redirects are not followed: set the context's server to where the API itself is";
  }
  if (status == 429) return "the API server is overloaded: try later, or with lower limits";
  if (status >= 500) return "see the API server's own log, and that of what stands before it";
  return {};
}

Error MakeApiError(std::string_view what, int status, std::string_view message) {
  std::string text(what);
  text += ": ";
  text += message.empty() ? "no reason given" : CleanText(message, kMaxMessage);
  text += " (HTTP " + std::to_string(status) + ")";
  return MakeError(KindOf(status), std::move(text), HintFor(status, message));
}

}  // namespace

bool IsSuccess(int status) { return status >= 200 && status < 300; }

Error ApiError(std::string_view what, const HttpResponse& response) {
  const json status = ParseStatus(response);
  if (status.is_object()) {
    return MakeApiError(what, response.status, StringField(status, "message"));
  }
  return MakeApiError(what, response.status, Trim(response.body));
}

Error ApiError(std::string_view what, const json& status) {
  int code = 500;
  if (status.is_object()) {
    const auto field = status.find("code");
    // Read wide, so that no hostile number is cut to a friendly one.
    if (field != status.end() && field->is_number_integer()) {
      const auto wide = field->get<std::int64_t>();
      if (wide >= 300 && wide <= 599) code = static_cast<int>(wide);
    }
  }
  return MakeApiError(what, code, StringField(status, "message"));
}

std::string StatusReason(const HttpResponse& response) {
  return StringField(ParseStatus(response), "reason");
}

Result<json> ParseJson(std::string_view what, std::string_view body, ReplyShape shape) {
  json::parser_callback_t keep;
  if (shape == ReplyShape::kListWithoutManagedFields) {
    // items, the item, its metadata, the key: a label of that name lies deeper.
    constexpr int kDepth = 4;
    keep = [](int depth, json::parse_event_t event, const json& value) {
      return event != json::parse_event_t::key || depth != kDepth || value != "managedFields";
    };
  }
  json value = json::parse(body, keep, /*allow_exceptions=*/false);
  if (value.is_discarded()) {
    value = json::parse(ScrubUtf8(body), keep, /*allow_exceptions=*/false);
  }
  // In place, because json claims to convert to Error too.
  if (!value.is_discarded()) return {boost::system::in_place_value, std::move(value)};
  return MakeError(ErrorKind::kCorrupt,
                   std::string(what) + ": the reply isn't JSON: " + CleanText(body, 120),
                   "is the context's server a Kubernetes API server?");
}

}  // namespace podreach
