#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "podreach/cluster/snapshot.h"

/// A second opinion on all policy dialects, written from src/policy/semantics: pod by pod, port
/// by port, rule by rule, straight from the documents' JSON. Shares nothing with src/policy.
namespace podreach::oracle {

using Json = nlohmann::json;

struct World {
  Snapshot snapshot;            ///< namespaces, pods, nodes
  std::vector<Json> documents;  ///< policies of every kind, as the API server gives them
};

/// One end of a connection: an index into the snapshot's pods or nodes, or an address outside. The
/// address of a pod or node is its first one; of one that has none, it isn't known.
struct End {
  std::optional<std::size_t> pod;
  std::optional<IpAddress> outside;
  std::optional<std::size_t> node;
};

/// An end as policies see it. A hostNetwork pod is its node.
struct Place {
  const Pod* pod = nullptr;       ///< one with its own network alone
  const Namespace* ns = nullptr;  ///< the pod's
  bool is_node = false;
  std::string node;                   ///< the node that it is or runs on; may be empty
  const Node* node_object = nullptr;  ///< absent where the snapshot has no such node
  std::optional<IpAddress> address;

  [[nodiscard]] bool IsPod() const { return pod != nullptr; }
  [[nodiscard]] bool IsOutside() const { return pod == nullptr && !is_node; }
};

inline const Node* FindNode(const Snapshot& snapshot, const std::string& name) {
  for (const auto& node : snapshot.nodes) {
    if (node.name == name) return &node;
  }
  return nullptr;
}

inline Place PlaceOf(const Snapshot& snapshot, const End& end) {
  Place place;
  if (end.outside) place.address = end.outside;
  if (end.node) {
    const Node& node = snapshot.nodes.at(*end.node);
    place.is_node = true;
    place.node = node.name;
    if (!node.internal_ips.empty()) place.address = node.internal_ips.front();
  }
  if (end.pod) {
    const Pod& pod = snapshot.pods.at(*end.pod);
    place.is_node = pod.host_network;
    place.node = pod.node;
    if (!pod.ips.empty()) place.address = pod.ips.front();
    if (!pod.host_network) place.pod = &pod;
    for (const auto& ns : snapshot.namespaces) {
      if (!pod.host_network && ns.name == pod.ns) place.ns = &ns;
    }
  }
  place.node_object = FindNode(snapshot, place.node);
  return place;
}

/// One connection from one side.
struct Side {
  const World& world;
  Place source;
  Place destination;
  Protocol protocol;
  Port port;
  bool ingress;

  [[nodiscard]] const Place& subject() const { return ingress ? destination : source; }
  [[nodiscard]] const Place& other() const { return ingress ? source : destination; }
  [[nodiscard]] bool OtherIsOwnNode() const {
    return other().is_node && !other().node.empty() && other().node == subject().node;
  }
};

}  // namespace podreach::oracle
