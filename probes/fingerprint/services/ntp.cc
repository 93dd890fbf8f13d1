// NTP: a client's packet, answered by a server's (RFC 5905 section 7.3). Never mode 6 or 7.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"
#include "udp_payload.h"

namespace podreach::probe::ntp {

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "ntp";
  fingerprint.questions = {{Transport::kUdp, std::string(UdpPayload(*Port::From(123)))}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    if (reply.bytes.empty() && !reply.ended) return NeedMore{};
    // Mode 4, a stratum that there is, and our transmit timestamp, zero, as its origin.
    const std::string_view origin =
        reply.bytes.substr(std::min<std::size_t>(24, reply.bytes.size()), 8);
    if (reply.bytes.size() < 48 || (BigEndian(reply.bytes, 0, 1) & 7U) != 4 ||
        BigEndian(reply.bytes, 1, 1) > 16 || origin != std::string(8, '\0'))
      return NotThis{};
    ServiceIdentity service;
    service.name = "ntp";
    service.version = std::to_string(BigEndian(reply.bytes, 0, 1) >> 3U & 7U);
    service.access = Access::kAnswers;
    service.evidence = "mode 3: mode 4, stratum " + std::to_string(BigEndian(reply.bytes, 1, 1));
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::ntp
