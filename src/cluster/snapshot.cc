#include "podreach/cluster/snapshot.h"

#include <algorithm>

namespace podreach {

const Namespace* Snapshot::FindNamespace(std::string_view name) const {
  const auto found = std::find_if(namespaces.begin(), namespaces.end(),
                                  [&](const Namespace& n) { return n.name == name; });
  return found == namespaces.end() ? nullptr : &*found;
}

}  // namespace podreach
