#pragma once

#include <filesystem>
#include <functional>
#include <istream>
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
  /// The place of a field in a manifest, "shop.yaml:12".
  using Locate = std::function<std::string(std::string_view path)>;
  /// Takes an object of a manifest: a List's items, too; a workload's template as the pod that
  /// stands for its replicas; objects without a namespace are in `default`. What is wrong is said
  /// with its place.
  void AddManifest(nlohmann::json object, const Locate& locate);
  /// A resource that couldn't be read at all.
  void AddGap(SnapshotGap gap);
  /// Resolves owners (a ReplicaSet's Deployment, a Job's CronJob), sorts by namespace and name, and
  /// gives the snapshot.
  [[nodiscard]] Snapshot Finish() &&;

 private:
  void AddFromManifest(nlohmann::json& object, const std::string& prefix, const Locate& locate);
  void AddObject(const nlohmann::json& object, const std::string& prefix, const Locate* locate);
  Snapshot snapshot_;
};

/// Reads manifests: files, directories (every .yaml, .yml and .json below, hidden ones left out),
/// and
/// "-", which is `input`. Namespaces that objects are in and no manifest has are added, with a gap.
/// A template gives a pod only where no pod of that workload is there. An Error where a path can't
/// be read, or no object came at all.
[[nodiscard]] Result<Snapshot> CollectManifests(const std::vector<std::string>& paths,
                                                std::istream& input);

/// Lists everything that bears on reachability from a live API server, paged. A resource that is
/// forbidden becomes a gap; where namespaces or pods are, or the server can't be reached, it is an
/// error.
[[nodiscard]] Result<Snapshot> CollectLive(KubeClient& client, std::string cluster_name,
                                           std::stop_token stop);

}  // namespace podreach
