// Remote Desktop: an X.224 connection request, answered by its confirmation (MS-RDPBCGR sections
// 2.2.1.1 and 2.2.1.2).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::rdp {

Fingerprint Make() {
  using namespace std::string_literals;
  Fingerprint fingerprint;
  fingerprint.name = "rdp";
  fingerprint.questions = {
      {Transport::kPlain, "\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0"s}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    if (reply.bytes.size() < 7) return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    if (BigEndian(reply.bytes, 0, 2) != 0x0300 || BigEndian(reply.bytes, 5, 1) != 0xd0)
      return NotThis{};
    ServiceIdentity service;
    service.name = "rdp";
    service.evidence = "connection request: confirmed";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::rdp
