#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port_set.h"

namespace podreach {

/// The ports of one address that a probe sweeps.
struct HostOrder {
  IpAddress address;
  PortSet tcp;
  PortSet udp;
  friend bool operator==(const HostOrder&, const HostOrder&) = default;
};

/// How many hosts one text may hold.
inline constexpr std::size_t kMaxHostsOfAsk = 1U << 17U;

/// Hosts as an order has them: ASCII without quotes, backslashes and white space, a few bytes a
/// host. The grammar is in src/wire/FORMAT.md. The hosts are sorted by address, each address comes
/// once, and none has a zone.
[[nodiscard]] std::string EncodeHosts(std::span<const HostOrder> hosts);
/// Errors are kCorrupt. What it gives is sorted, has each address once, and is within
/// kMaxHostsOfAsk.
[[nodiscard]] Result<std::vector<HostOrder>> ParseHosts(std::string_view text);

}  // namespace podreach
