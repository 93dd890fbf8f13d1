#include "podreach/cluster/network_policy.h"

#include <algorithm>

namespace podreach {

bool IpBlock::Contains(const IpAddress& address) const {
  return cidr.Contains(address) &&
         std::none_of(except.begin(), except.end(),
                      [&](const Cidr& cut) { return cut.Contains(address); });
}

}  // namespace podreach
