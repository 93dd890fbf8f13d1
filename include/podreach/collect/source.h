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
/// names it and the field, and the rest goes on. Objects of the policies' kinds are kept as they
/// are written: what is malformed in them is found by whoever evaluates them.
class ObjectParser {
 public:
  /// `policy_kinds` must outlive the parser.
  explicit ObjectParser(PolicyKindList policy_kinds) : policy_kinds_(policy_kinds) {}
  /// Takes any object by its apiVersion and kind; kinds that don't bear on reachability are
  /// ignored.
  void Add(nlohmann::json object);
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
  void AddObject(nlohmann::json& object, const std::string& prefix, const Locate* locate);
  PolicyKindList policy_kinds_;
  Snapshot snapshot_;
};

/// Reads manifests: files, directories (every .yaml, .yml and .json below, hidden ones left out),
/// and
/// "-", which is `input`. Namespaces that objects are in and no manifest has are added, with a gap.
/// A template gives a pod only where no pod of that workload is there. An Error where a path can't
/// be read, or no object came at all.
[[nodiscard]] Result<Snapshot> CollectManifests(const std::vector<std::string>& paths,
                                                std::istream& input, PolicyKindList policy_kinds);

/// Lists everything that bears on reachability from a live API server, paged. A resource that is
/// forbidden becomes a gap; where namespaces or pods are, or the server can't be reached, it is an
/// error.
[[nodiscard]] Result<Snapshot> CollectLive(KubeClient& client, std::string cluster_name,
                                           PolicyKindList policy_kinds, std::stop_token stop);

/// Finds the lines of fields in manifests that were read before, for messages.
class FieldPlaces {
 public:
  /// "shop.yaml:17", given "shop.yaml:12" as the object's place and the path of one of its fields;
  /// the object's own place where the field can't be found, as on stdin and in Lists. Reads the
  /// file again, and no more than 64 MiB in all.
  [[nodiscard]] std::string Of(const std::string& object_place, std::string_view path);

 private:
  std::string file_;  // whose text it is
  std::string text_;
  std::size_t read_ = 0;
};

}  // namespace podreach
