#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/sim/labels.h"
#include "tests/sim/pod_text.h"

namespace podreach::sim {

/// An object as the API server keeps it: text that is sent as it is.
struct Object {
  std::uint64_t number = 0;  ///< its uid
  std::uint64_t version = 0;
  std::uint32_t labels = 0;
  /// JSON; empty where `pod_text` has it.
  std::string raw;
  std::optional<PodText> pod_text;
  std::uint32_t pod = 0xFFFFFFFF;  ///< number in the Cluster, of a pod
};

/// The text of a uid.
[[nodiscard]] std::string UidText(std::uint64_t number);

/// Namespace and name; the namespace is empty for what is in none.
using ObjectKey = std::pair<std::string, std::string>;

/// What happened to an object, as a watch tells it.
struct Event {
  std::uint64_t version = 0;
  ObjectKey key;
  std::uint32_t labels = 0;
  std::string line;  ///< {"type":..., "object":...} and a newline
};

/// What a kind is called (apimachinery's GroupVersionResource, and Kind).
struct Resource {
  std::string group_version;  ///< "v1", "networking.k8s.io/v1"
  std::string plural;
  std::string kind;
  bool namespaced = true;
  /// "/api/v1/pods", "/apis/networking.k8s.io/v1/networkpolicies".
  [[nodiscard]] std::string Path() const;
};

/// All objects of one kind, by namespace and name as etcd orders them.
struct Collection {
  Resource resource;
  std::map<ObjectKey, Object> objects;
  std::deque<Event> history;         ///< of the last kMaxHistory changes
  std::uint64_t oldest_version = 0;  ///< a watch from before this one is told 410
};

struct ListQuery {
  std::string ns;  ///< empty: all
  std::optional<Selector> labels;
  std::size_t limit = 0;  ///< 0: no limit
  std::string after;      ///< the continue token
};

/// The objects of a cluster behind the API server's verbs. Every change gets the next
/// resourceVersion and is told to the listener. Not thread-safe.
class Store {
 public:
  using Listener = std::function<void(const Collection&, const Event&)>;
  static constexpr std::size_t kMaxHistory = 200'000;

  Store(LabelTable& labels, const PodTexts& pod_texts) : labels_(labels), pod_texts_(pod_texts) {}
  void Listen(Listener listener) { listener_ = std::move(listener); }

  /// The collection of a kind; made where it isn't there yet.
  Collection& Of(const Resource& resource);
  /// Null where no such kind is served. `group_version`: "v1".
  [[nodiscard]] Collection* Find(std::string_view group_version, std::string_view plural);
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, Collection>& all() const {
    return collections_;
  }

  /// Gives the object uid, creationTimestamp and resourceVersion, and keeps it. The caller has seen
  /// that the name is free. No event while the cluster is being loaded.
  Object& Create(Collection& collection, nlohmann::json object);
  /// Keeps a pod whose text is made from a template.
  Object& CreatePod(Collection& collection, const ObjectKey& key, PodText text,
                    std::uint32_t labels, std::uint32_t pod);
  /// Replaces the object's text by `json`, with the next version, and tells it as MODIFIED.
  void Update(Collection& collection, const ObjectKey& key, nlohmann::json json);
  void Delete(Collection& collection, const ObjectKey& key);
  /// What was made after loading with this owner, and may be gone since.
  [[nodiscard]] std::vector<std::pair<Collection*, ObjectKey>> OwnedBy(const std::string& uid);
  [[nodiscard]] nlohmann::json Json(const Object& object) const;
  void Render(const Object& object, std::string& out) const;

  /// The text of a list, of a page of it where there is a limit.
  [[nodiscard]] std::string List(const Collection& collection, const ListQuery& query) const;
  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] std::uint64_t NextNumber() { return ++number_; }
  void EndLoading() { loading_ = false; }

 private:
  void Tell(Collection& collection, const ObjectKey& key, const Object& object,
            std::string_view type);

  LabelTable& labels_;
  const PodTexts& pod_texts_;
  Listener listener_;
  std::map<std::pair<std::string, std::string>, Collection> collections_;
  std::unordered_multimap<std::string, std::pair<Collection*, ObjectKey>> owned_;  // by owner
  std::uint64_t version_ = 1000;
  std::uint64_t number_ = 0;
  bool loading_ = true;
};

/// The time now, as meta/v1 Time: "2006-01-02T15:04:05Z".
[[nodiscard]] std::string TimeText();

}  // namespace podreach::sim
