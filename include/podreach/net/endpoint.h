#pragma once

#include <compare>
#include <string>

#include "podreach/net/ip_address.h"
#include "podreach/net/port.h"
#include "podreach/net/protocol.h"

namespace podreach {

/// Where a packet can be sent: an address, a protocol and a port.
struct Endpoint {
  IpAddress address;
  Protocol protocol;
  Port port;

  /// "10.0.0.1:80/TCP" or "[fd00::1]:53/UDP".
  [[nodiscard]] std::string ToString() const;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace podreach
