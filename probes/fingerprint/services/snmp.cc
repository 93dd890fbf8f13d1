// SNMP: version 3's discovery, answered by a Report with the engine's id (RFC 3414 section 4).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"
#include "udp_payload.h"

namespace podreach::probe::snmp {

Fingerprint Make() {
  using namespace std::string_literals;
  Fingerprint fingerprint;
  fingerprint.name = "snmp";
  fingerprint.questions = {{Transport::kUdp, std::string(UdpPayload(*Port::From(161)))}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    if (reply.bytes.size() < 16)
      return reply.ended || !reply.bytes.empty() ? Reading(NotThis{}) : Reading(NeedMore{});
    // A sequence that begins with version 3, and the Report's tag in it.
    const bool version = Contains(reply.bytes.substr(0, 8), "\x02\x01\x03"s);
    if (BigEndian(reply.bytes, 0, 1) != 0x30 || !version || !Contains(reply.bytes, "\xa8"))
      return NotThis{};
    ServiceIdentity service;
    service.name = "snmp";
    service.version = "3";
    service.evidence = "discovery: Report";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::snmp
