#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "podreach/base/result.h"
#include "podreach/kube/http_transport.h"

namespace podreach {

/// How to reach and authenticate to one API server. PEM texts, not paths, except for the token
/// file, which is read again when the server answers 401 (bound tokens rotate).
struct ClusterAccess {
  std::string name;    ///< the context's name, or "in-cluster"
  std::string server;  ///< "https://10.0.0.1:6443"
  std::string ca_pem;  ///< empty: the system's certificates
  bool insecure_skip_tls_verify = false;
  std::string tls_server_name;
  std::string client_certificate_pem;
  std::string client_key_pem;
  std::string token;
  std::filesystem::path token_file;  ///< wins over `token`
  std::string proxy_url;             ///< empty: HTTPS_PROXY and NO_PROXY decide
  std::string default_namespace = "default";
};

/// Reads a kubeconfig's context (clientcmd/api/v1: current-context where `context` is empty). Files
/// that it names are relative to it. What podreach can't do (exec and auth-provider plugins, basic
/// authentication, impersonation) is an error that says so, never left out silently.
[[nodiscard]] Result<ClusterAccess> LoadKubeconfig(const std::filesystem::path& file,
                                                   std::string_view context);
/// Several files merged, as in $KUBECONFIG: the first to name a cluster, user, context or
/// current-context wins. Files that don't exist are passed over as long as one does.
[[nodiscard]] Result<ClusterAccess> LoadKubeconfigs(std::span<const std::filesystem::path> files,
                                                    std::string_view context);
/// From a pod's service account (KUBERNETES_SERVICE_HOST and the mounted token and CA).
[[nodiscard]] Result<ClusterAccess> InClusterAccess(
    const std::filesystem::path& service_account_dir =
        "/var/run/secrets/kubernetes.io/serviceaccount");
/// The way kubectl does it: `flag`, else $KUBECONFIG, else in-cluster where a service account is
/// mounted and no context is asked for, else ~/.kube/config.
[[nodiscard]] Result<ClusterAccess> FindClusterAccess(std::string_view flag,
                                                      std::string_view context);

/// The real transport, on libcurl. Keeps connections alive; each request has a handle of a pool to
/// itself. kInvalidInput for an access that can't work.
[[nodiscard]] Result<std::unique_ptr<HttpTransport>> MakeCurlTransport(const ClusterAccess& access);

}  // namespace podreach
