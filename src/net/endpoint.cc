#include "podreach/net/endpoint.h"

namespace podreach {

std::string Endpoint::ToString() const {
  const std::string host = address.is_v4() ? address.ToString() : "[" + address.ToString() + "]";
  return host + ":" + std::to_string(port.number()) + "/" +
         std::string(podreach::ToString(protocol));
}

}  // namespace podreach
