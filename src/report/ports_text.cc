#include "report/ports_text.h"

#include "podreach/net/protocol.h"

namespace podreach {

std::string PortsText(const std::array<PortSet, 3>& by_protocol) {
  std::string text;
  bool all = true;
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    const PortSet& ports = by_protocol[static_cast<std::size_t>(protocol)];
    all = all && ports == PortSet::All();
    if (ports.empty()) continue;
    text += (text.empty() ? "" : "; ") + std::string(ToString(protocol)) + " " +
            (ports == PortSet::All() ? std::string("all") : ports.ToString());
  }
  return all ? "all" : text;
}

}  // namespace podreach
