#pragma once

#include <string_view>
#include <vector>

#include "podreach/net/port.h"
#include "podreach/net/protocol.h"

namespace podreach {

/// A sensitive port of the catalogue: what attackers look for.
struct CatalogPort {
  Port port;
  Protocol protocol;
  std::string_view service;
  int severity;  ///< 0 info, 1 low, 2 medium, 3 high, 4 critical: of an unauthenticated answer
};
[[nodiscard]] const std::vector<CatalogPort>& PortCatalog();
/// Nothing where the catalogue doesn't know the port.
[[nodiscard]] const CatalogPort* FindCatalogPort(Protocol protocol, Port port);

}  // namespace podreach
