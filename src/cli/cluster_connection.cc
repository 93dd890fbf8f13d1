#include "cli/cluster_connection.h"

#include <utility>

namespace podreach::cli {

void AddAccessOptions(OptionSet& options, AccessOptions& access) {
  options
      .Text("--kubeconfig", access.kubeconfig,
            "The kubeconfig file. Without it, the first of these that is there is taken: "
            "$KUBECONFIG, the pod's service account, ~/.kube/config.")
      .Called("FILE");
  options
      .Text("--context", access.context,
            "The context of the kubeconfig. Without it, the current one is taken.")
      .Called("NAME");
}

Result<ClusterConnection> Connect(const AccessOptions& options) {
  auto access = FindClusterAccess(options.kubeconfig, options.context);
  if (!access) {
    Error error = std::move(access).error();
    if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kInvalidInput;
    return error;
  }
  auto transport = MakeCurlTransport(*access);
  if (!transport) return std::move(transport).error();
  ClusterConnection connection{*std::move(access), *std::move(transport), nullptr};
  connection.client = std::make_unique<KubeClient>(*connection.transport, RealSleeper());
  return connection;
}

}  // namespace podreach::cli
