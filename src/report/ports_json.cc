#include "report/ports_json.h"

#include <nlohmann/json.hpp>

#include "podreach/net/protocol.h"

namespace podreach {

nlohmann::ordered_json PortsJson(const std::array<PortSet, 3>& by_protocol) {
  auto list = nlohmann::ordered_json::array();
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    for (const PortRange& range : by_protocol.at(static_cast<std::size_t>(protocol)).ranges()) {
      list.push_back({{"protocol", std::string(ToString(protocol))},
                      {"first", range.first.number()},
                      {"last", range.last.number()}});
    }
  }
  return list;
}

}  // namespace podreach
