#pragma once

#include <string>
#include <utility>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/policy/evaluator.h"

namespace podreach::cli {

/// A protocol and a port as a person asks for them.
struct AskedPort {
  Protocol protocol = Protocol::kTcp;
  Port port;
};
/// "5432", "53/udp" or "UDP/53".
[[nodiscard]] Result<AskedPort> ParseAskedPort(const std::string& text);

/// A pod ("shop/web"), a workload ("shop/web[Deployment]"), a node ("node/n1") or an address. Of a
/// workload whose pods are not all of one class it is the first, which is said on stderr. A Service
/// is an error: it opens no connection.
[[nodiscard]] Result<PolicyPeer> FindSource(const Evaluator& evaluator, const std::string& name);

/// Where a connection to what was named ends.
struct Destinations {
  std::string through;   ///< "Service shop/web"; empty where it ends at what was named
  bool by_node = false;  ///< through a port of a node: the enforcer may see the node as source
  std::vector<std::pair<PolicyPeer, Port>> ends;  ///< a Service may have none
};
/// The same, or a Service ("svc/shop/web", or an address of it, or its NodePort on a node): what
/// stands behind it, as policies judge a connection after DNAT.
[[nodiscard]] Result<Destinations> FindDestinations(const Evaluator& evaluator,
                                                    const std::string& name,
                                                    const AskedPort& asked);

}  // namespace podreach::cli
