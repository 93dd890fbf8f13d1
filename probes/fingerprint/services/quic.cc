// QUIC: an Initial of a reserved version, answered by Version Negotiation (RFC 8999 section 6).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"
#include "udp_payload.h"

namespace podreach::probe::quic {

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "quic";
  fingerprint.questions = {{Transport::kUdp, std::string(UdpPayload(*Port::From(443)))}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    if (reply.bytes.size() < 7)
      return reply.ended || !reply.bytes.empty() ? Reading(NotThis{}) : Reading(NeedMore{});
    // A long header of version 0.
    if ((BigEndian(reply.bytes, 0, 1) & 0x80U) == 0 || BigEndian(reply.bytes, 1, 4) != 0)
      return NotThis{};
    ServiceIdentity service;
    service.name = "quic";
    service.evidence = "Initial of a reserved version: Version Negotiation";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::quic
