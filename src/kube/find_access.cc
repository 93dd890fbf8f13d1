#include <cstdlib>
#include <utility>
#include <vector>

#include "kube/file.h"
#include "podreach/base/text.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach {
namespace {

constexpr const char* kServiceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::vector<std::filesystem::path> SplitPaths(std::string_view list) {
  std::vector<std::filesystem::path> paths;
  while (!list.empty()) {
    const std::size_t colon = list.find(':');
    const std::string_view path = list.substr(0, colon);
    if (!path.empty()) paths.emplace_back(path);
    if (colon == std::string_view::npos) break;
    list.remove_prefix(colon + 1);
  }
  return paths;
}

bool IsInCluster() {
  std::error_code ignored;
  return !Environment("KUBERNETES_SERVICE_HOST").empty() &&
         std::filesystem::exists(std::filesystem::path(kServiceAccountDir) / "token", ignored);
}

}  // namespace

Result<ClusterAccess> InClusterAccess(const std::filesystem::path& service_account_dir) {
  const std::string host = Environment("KUBERNETES_SERVICE_HOST");
  const std::string port = Environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return MakeError(ErrorKind::kNotFound,
                     "not in a cluster: KUBERNETES_SERVICE_HOST and _PORT are not set",
                     "outside of a pod name a kubeconfig with --kubeconfig");
  }
  ClusterAccess access;
  access.name = "in-cluster";
  const bool is_v6 = host.find(':') != std::string::npos;
  access.server = "https://" + (is_v6 ? "[" + host + "]" : host) + ":" + port;
  access.token_file = service_account_dir / "token";
  auto token = ReadFile(access.token_file, "the service account's token");
  auto ca = ReadFile(service_account_dir / "ca.crt", "the service account's CA");
  for (auto* file : {&token, &ca}) {
    if (file->has_value()) continue;
    Error error = std::move(*file).error();
    error.hint = "does the pod mount a service account token (automountServiceAccountToken)?";
    return error;
  }
  access.ca_pem = *std::move(ca);
  const auto ns = ReadFile(service_account_dir / "namespace", "the pod's namespace");
  if (ns.has_value() && !Trim(*ns).empty()) access.default_namespace = Trim(*ns);
  return access;
}

Result<ClusterAccess> FindClusterAccess(std::string_view flag, std::string_view context) {
  if (!flag.empty()) return LoadKubeconfig(flag, context);
  const auto named = SplitPaths(Environment("KUBECONFIG"));
  if (!named.empty()) return LoadKubeconfigs(named, context);
  // A context's name means nothing to a service account.
  if (context.empty() && IsInCluster()) return InClusterAccess(kServiceAccountDir);
  const std::string home = Environment("HOME");
  if (home.empty()) {
    return MakeError(ErrorKind::kNotFound, "no kubeconfig: neither KUBECONFIG nor HOME is set",
                     "name one with --kubeconfig");
  }
  return LoadKubeconfig(std::filesystem::path(home) / ".kube" / "config", context);
}

}  // namespace podreach
