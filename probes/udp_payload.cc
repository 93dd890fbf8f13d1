#include "udp_payload.h"

#include <map>
#include <string>

namespace podreach::probe {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// An A question for kubernetes.default.svc.cluster.local (RFC 1035 section 4), recursion desired.
constexpr std::string_view kDns =
    "\x70\x72\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0akubernetes\x07"
    "default\x03svc\x07"
    "cluster\x05local\x00\x00\x01\x00\x01"sv;

// A PTR question for all services, to be answered by unicast (RFC 6762 section 5.4, RFC 6763
// section 9).
constexpr std::string_view kMulticastDns =
    "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09_services\x07_dns-sd\x04_udp\x05local\x00\x00\x0c\x80\x01"sv;

// A read request for a file that won't be there (RFC 1350 section 5): the error comes from a port
// of the server's choice.
constexpr std::string_view kTftp = "\x00\x01podreach-probe\x00octet\x00"sv;

// SNMPv3 engine discovery (RFC 3414 section 4): a reportable, unauthenticated GetRequest of nobody.
constexpr std::string_view kSnmp =
    "\x30\x37\x02\x01\x03"
    "\x30\x0d\x02\x01\x01\x02\x02\x05\xdc\x04\x01\x04\x02\x01\x03"
    "\x04\x10\x30\x0e\x04\x00\x02\x01\x00\x02\x01\x00\x04\x00\x04\x00\x04\x00"
    "\x30\x11\x04\x00\x04\x00\xa0\x0b\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x00"sv;

// memcached's 8-byte frame header: request 1, datagram 0 of 1 (its protocol.txt, "UDP protocol").
constexpr std::string_view kMemcached = "\x00\x01\x00\x00\x00\x01\x00\x00version\r\n"sv;

// A binding request (RFC 8489 section 5).
constexpr std::string_view kStun = "\x00\x01\x00\x00\x21\x12\xa4\x42podreachprob"sv;

// A control channel's hard reset by a client, version 2: opcode 7, key 0, session, no
// acknowledgements, packet 0 (OpenVPN protocol, "Network protocol").
constexpr std::string_view kOpenVpn = "\x38podreach\x00\x00\x00\x00\x00"sv;

/// A call of procedure 0, which does nothing (RFC 5531 section 9).
std::string NullCall(unsigned program, unsigned version) {
  std::string call;
  for (const unsigned word : {0x70726f62U, 0U, 2U, program, version, 0U, 0U, 0U, 0U, 0U}) {
    for (int shift = 24; shift >= 0; shift -= 8) call += static_cast<char>(word >> shift & 0xFFU);
  }
  return call;
}

/// A client's packet without extensions (RFC 5905 section 7.3): version 4, mode 3.
std::string Ntp() { return "\x23" + std::string(47, '\0'); }

/// An Initial of a version that nobody has, at full length, so that the server names its own (RFC
/// 9000 sections 6.1 and 15, RFC 8999 section 5.1).
std::string Quic() {
  std::string packet = "\xc0\x1a\x2a\x3a\x4a\x08podreach"s;
  packet += '\0';
  packet.resize(1200, '\0');
  return packet;
}

}  // namespace

std::string_view UdpPayload(Port port) {
  static const std::map<unsigned, std::string> kPayloads = {
      {53, std::string(kDns)},          {69, std::string(kTftp)},
      {111, NullCall(100000, 2)},       {123, Ntp()},
      {161, std::string(kSnmp)},        {443, Quic()},
      {1194, std::string(kOpenVpn)},    {2049, NullCall(100003, 3)},
      {3478, std::string(kStun)},       {5353, std::string(kMulticastDns)},
      {11211, std::string(kMemcached)},
  };
  const auto found = kPayloads.find(port.number());
  return found == kPayloads.end() ? "\r\n\r\n"sv : std::string_view(found->second);
}

}  // namespace podreach::probe
