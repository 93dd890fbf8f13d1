#include "podreach/net/ip_block.h"

#include <algorithm>

namespace podreach {

bool IpBlock::Contains(const IpAddress& address) const {
  return cidr.Contains(address) &&
         std::ranges::none_of(except, [&](const Cidr& cut) { return cut.Contains(address); });
}

}  // namespace podreach
