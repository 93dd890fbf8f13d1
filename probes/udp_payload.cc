#include "udp_payload.h"

namespace podreach::probe {

using namespace std::string_view_literals;

std::string_view UdpPayload(Port port) {
  switch (port.number()) {
    case 53:  // an A question for kubernetes.default.svc.cluster.local (RFC 1035 section 4)
      return "\x70\x72\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0akubernetes\x07"
             "default\x03svc\x07"
             "cluster\x05local\x00\x00\x01\x00\x01"sv;
    default:
      return "\r\n\r\n";
  }
}

}  // namespace podreach::probe
