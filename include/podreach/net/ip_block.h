#pragma once

#include <vector>

#include "podreach/net/cidr.h"
#include "podreach/net/ip_address.h"

namespace podreach {

/// A range of addresses but for some parts of it, as policies of all dialects write it
/// (networking.k8s.io/v1 IPBlock).
struct IpBlock {
  Cidr cidr;
  std::vector<Cidr> except;

  [[nodiscard]] bool Contains(const IpAddress& address) const;
  friend bool operator==(const IpBlock&, const IpBlock&) = default;
};

}  // namespace podreach
