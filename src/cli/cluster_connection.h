#pragma once

#include <memory>
#include <string>

#include "cli/option_set.h"
#include "podreach/base/result.h"
#include "podreach/kube/kube_client.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach::cli {

/// How a person says which cluster is meant.
struct AccessOptions {
  std::string kubeconfig;
  std::string context;
};

/// --kubeconfig and --context.
void AddAccessOptions(OptionSet& options, AccessOptions& access);

/// A client of one cluster's API server, with what it needs.
struct ClusterConnection {
  ClusterAccess access;
  std::unique_ptr<HttpTransport> transport;
  std::unique_ptr<KubeClient> client;
};

/// Finds the cluster as kubectl does. Asks the server nothing yet. A kubeconfig or a context that
/// isn't there is kInvalidInput.
[[nodiscard]] Result<ClusterConnection> Connect(const AccessOptions& options);

}  // namespace podreach::cli
