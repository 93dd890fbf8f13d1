#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "podreach/base/result.h"
#include "podreach/kube/http_transport.h"

namespace podreach {

/// Whether the status says that the request was carried out.
[[nodiscard]] bool IsSuccess(int status);

/// What an API server's refusal means. `what` is what was tried: "list /api/v1/pods". The body is a
/// meta/v1 Status where the API server itself wrote it, and anything at all where a proxy did.
[[nodiscard]] Error ApiError(std::string_view what, const HttpResponse& response);
/// The same for a Status object that came in a watch's ERROR event.
[[nodiscard]] Error ApiError(std::string_view what, const nlohmann::json& status);

/// Status.reason ("AlreadyExists", "Conflict", ...); empty where there's none.
[[nodiscard]] std::string StatusReason(const HttpResponse& response);

/// What a caller wants of a reply.
enum class ReplyShape {
  kWhole,
  kListWithoutManagedFields,  ///< nobody here reads them, and they are a third of a list
};

/// Parses a reply's body. Bytes that aren't UTF-8 are replaced, so that one object with a broken
/// string can't hide a whole list.
[[nodiscard]] Result<nlohmann::json> ParseJson(std::string_view what, std::string_view body,
                                               ReplyShape shape = ReplyShape::kWhole);

}  // namespace podreach
