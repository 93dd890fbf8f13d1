#pragma once

#include <chrono>
#include <optional>

#include "podreach/kube/http_transport.h"

namespace podreach {

/// Retry-After in whole seconds (RFC 9110, section 10.2.3), bounded to 30 s; nothing without one or
/// for its date form, which API servers don't send.
[[nodiscard]] std::optional<std::chrono::milliseconds> RetryAfter(const HttpResponse& response);

/// How long to wait after the `failed_tries`-th failure: 0.2 s doubling up to 10 s, of which a
/// random half is left off; or `retry_after` where that is longer, plus up to a fifth, so that
/// clients that were turned away together don't come back together.
[[nodiscard]] std::chrono::milliseconds BackoffTime(
    int failed_tries, std::optional<std::chrono::milliseconds> retry_after);

}  // namespace podreach
