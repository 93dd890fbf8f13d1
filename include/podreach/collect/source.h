#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/cluster/snapshot.h"
#include "podreach/kube/kube_client.h"

namespace podreach {

/// Reads Kubernetes objects into a snapshot, one at a time. A malformed object adds a gap that
/// names it and the field, and the rest goes on; a malformed NetworkPolicy is kept with its
/// `problems`.
class ObjectParser {
 public:
  /// Takes any object by its apiVersion and kind; kinds that don't bear on reachability are
  /// ignored.
  void Add(const nlohmann::json& object);
  /// A resource that couldn't be read at all.
  void AddGap(SnapshotGap gap);
  /// Resolves owners (a ReplicaSet's Deployment, a Job's CronJob), sorts by namespace and name, and
  /// gives the snapshot.
  [[nodiscard]] Snapshot Finish() &&;

 private:
  Snapshot snapshot_;
};

/// Lists everything that bears on reachability from a live API server, paged. A resource that is
/// forbidden becomes a gap; where namespaces or pods are, or the server can't be reached, it is an
/// error.
[[nodiscard]] Result<Snapshot> CollectLive(KubeClient& client, std::string cluster_name,
                                           std::stop_token stop);

}  // namespace podreach
