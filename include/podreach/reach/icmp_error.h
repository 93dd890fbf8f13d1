#pragma once

#include <compare>
#include <cstdint>

#include "podreach/net/ip_address.h"

namespace podreach {

/// An ICMP error that ended an attempt, as the socket's error queue told it (sock_extended_err of
/// ip(7), IP_RECVERR).
struct IcmpError {
  IpAddress from;  ///< who sent it
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  friend bool operator==(const IcmpError&, const IcmpError&) = default;
  friend auto operator<=>(const IcmpError&, const IcmpError&) = default;
};

}  // namespace podreach
