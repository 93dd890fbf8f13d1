// PostgreSQL: SSLRequest, answered by S or N (its manual, "SSL Session Encryption"). Whether it
// wants a password only a login would tell.
#include "fingerprint/fingerprint.h"

namespace podreach::probe::postgresql {

Fingerprint Make() {
  using namespace std::string_literals;
  Fingerprint fingerprint;
  fingerprint.name = "postgresql";
  fingerprint.questions = {{Transport::kPlain, "\0\0\0\x08\x04\xd2\x16\x2f"s}};
  fingerprint.asks_anywhere = true;
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    if (reply.bytes.empty() && !reply.ended) return NeedMore{};
    if (reply.bytes != "S" && reply.bytes != "N") return NotThis{};
    ServiceIdentity service;
    service.name = "postgresql";
    service.product = "PostgreSQL";
    service.evidence =
        reply.bytes == "S" ? "SSLRequest: S, it speaks TLS" : "SSLRequest: N, no TLS";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::postgresql
