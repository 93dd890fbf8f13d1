#pragma once

#include <string>

namespace podreach {

/// Which Kubernetes object something is about. A member that isn't known is empty; the core group's
/// name is the empty one, and an object that is in no namespace has an empty `ns`.
struct ObjectRef {
  std::string group;    ///< "networking.k8s.io"
  std::string version;  ///< "v1"
  std::string kind;     ///< "NetworkPolicy"
  std::string ns;
  std::string name;

  /// "shop/Pod/web-1", or "Node/n1" for an object that is in no namespace. The text is clean for a
  /// terminal, and short.
  [[nodiscard]] std::string ToString() const;
  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
};

}  // namespace podreach
