#include "podreach/net/protocol.h"

namespace podreach {

std::string_view ToString(Protocol protocol) {
  switch (protocol) {
    case Protocol::kTcp:
      return "TCP";
    case Protocol::kUdp:
      return "UDP";
    case Protocol::kSctp:
      return "SCTP";
  }
  return "?";
}

std::optional<Protocol> ParseProtocol(std::string_view text) {
  for (const auto protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    if (ToString(protocol) == text) return protocol;
  }
  return std::nullopt;
}

}  // namespace podreach
