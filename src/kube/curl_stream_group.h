#pragma once

#include <memory>

#include "kube/curl_session.h"

namespace podreach {

/// Streams on one multi handle: over HTTP/2 many share a connection, else each has its own. Both
/// arguments must outlive it.
[[nodiscard]] std::unique_ptr<StreamGroup> MakeCurlStreamGroup(CurlSession& session,
                                                               StreamListener& listener);

}  // namespace podreach
