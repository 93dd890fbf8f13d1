#pragma once

#include <string>

#include "podreach/base/result.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach {

/// Where requests go.
struct ServerUrl {
  std::string base;        ///< "https://10.0.0.1:6443", without a slash at the end
  std::string connect_to;  ///< CURLOPT_CONNECT_TO, where another name is verified; else empty
  std::string host;        ///< the Host header that goes with it; else empty
};

/// Takes an access's server apart. libcurl has no option for another TLS server name, so that the
/// URL gets that name, and the connection and the Host header get the real one.
[[nodiscard]] Result<ServerUrl> ParseServerUrl(const ClusterAccess& access);

}  // namespace podreach
