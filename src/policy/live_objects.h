#pragma once

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "podreach/policy/live_matrix.h"

/// Objects in the lists of a snapshot.
namespace podreach::policy {

/// What makes two objects of a kind one object.
inline bool IsSame(const Namespace& one, const Namespace& other) { return one.name == other.name; }
inline bool IsSame(const Node& one, const Node& other) { return one.name == other.name; }
inline bool IsSame(const Pod& one, const Pod& other) {
  return one.ns == other.ns && one.name == other.name;
}
inline bool IsSame(const PolicyDocument& one, const PolicyDocument& other) {
  return one.name == other.name && one.ns == other.ns && one.kind == other.kind &&
         one.group == other.group;
}

inline std::vector<Namespace>& ListOf(Snapshot& in, const Namespace& /*like*/) {
  return in.namespaces;
}
inline std::vector<Node>& ListOf(Snapshot& in, const Node& /*like*/) { return in.nodes; }
inline std::vector<Pod>& ListOf(Snapshot& in, const Pod& /*like*/) { return in.pods; }
inline std::vector<PolicyDocument>& ListOf(Snapshot& in, const PolicyDocument& /*like*/) {
  return in.policy_documents;
}

template <class Object>
auto Find(std::vector<Object>& list, const Object& object) {
  return std::find_if(list.begin(), list.end(),
                      [&](const Object& other) { return IsSame(object, other); });
}

/// Puts an object into its list, or takes it out. Gives what stood there before.
template <class Object>
std::optional<Object> Store(ObjectEvent event, const Object& object, Snapshot& in) {
  auto& list = ListOf(in, object);
  const auto at = Find(list, object);
  std::optional<Object> old;
  if (at != list.end()) old = std::move(*at);
  if (event == ObjectEvent::kPut) {
    if (at == list.end()) {
      list.push_back(object);
    } else {
      *at = object;
    }
  } else if (at != list.end()) {
    list.erase(at);
  }
  return old;
}

template <class Object>
void Undo(const Object& object, const std::optional<Object>& old, Snapshot& in) {
  if (old) {
    (void)Store(ObjectEvent::kPut, *old, in);
  } else {
    (void)Store(ObjectEvent::kDeleted, object, in);
  }
}

/// Whether policies see no difference.
inline bool LooksAlike(const Pod& one, const Pod& other) {
  const auto seen = [](const Pod& pod) {
    return std::tie(pod.labels, pod.workload, pod.node, pod.host_network, pod.ips, pod.ports,
                    pod.service_account, pod.proxies, pod.mesh_hints, pod.from_template);
  };
  return one.IsLive() == other.IsLive() && seen(one) == seen(other);
}

}  // namespace podreach::policy
