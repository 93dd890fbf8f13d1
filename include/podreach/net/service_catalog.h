#pragma once

#include <string_view>
#include <vector>

#include "podreach/base/severity.h"
#include "podreach/net/port.h"
#include "podreach/net/port_set.h"
#include "podreach/net/protocol.h"

namespace podreach {

/// A usual port of a service that matters in a cluster. This is the one list of them: the scan's
/// plan, the findings, the built-in intents and the probe's fingerprints all read it. A service
/// with several ports has several entries, and so has a port that several services use: the first
/// of these names it.
struct CatalogPort {
  Port port;
  Protocol protocol;
  std::string_view service;    ///< how people call what listens there: "kubelet read-only"
  std::string_view name;       ///< what its fingerprint calls it (ServiceIdentity::name): "kubelet"
  Severity severity;           ///< of an answer without credentials
  bool every_pod = false;      ///< asked of every pod; others where they are declared or listen
  bool every_node = false;     ///< asked of every node's address
  bool control_plane = false;  ///< asked of the API servers' addresses
};

/// Every entry, by protocol, then by port.
[[nodiscard]] const std::vector<CatalogPort>& ServiceCatalog();

/// The entries that every pod is asked for, by port; all of them TCP.
[[nodiscard]] const std::vector<CatalogPort>& PortCatalog();

/// The entry that names a port; null where the catalogue doesn't know the port.
[[nodiscard]] const CatalogPort* FindCatalogPort(Protocol protocol, Port port);

/// The entry of a service that was recognised on a port: its entry for that port or, where it
/// listens elsewhere, the least severe of its entries. Null where the catalogue doesn't know it.
[[nodiscard]] const CatalogPort* FindService(std::string_view name, Protocol protocol, Port port);

/// The usual ports of a service, by its fingerprint's name; none where the catalogue doesn't know
/// it.
[[nodiscard]] PortSet ServicePorts(std::string_view name, Protocol protocol);

/// The TCP ports that every node's address is asked for, and the API servers' addresses.
[[nodiscard]] PortSet NodePorts();
[[nodiscard]] PortSet ControlPlanePorts();

/// The TCP ports that "cluster" means to a sweep: the catalogue's, and others that run in clusters
/// and that no fingerprint knows.
[[nodiscard]] PortSet ClusterPorts();

}  // namespace podreach
