// Vault: GET /v1/sys/health.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::vault {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "vault",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/v1/sys/health",
       .root_mark = R"(<title>Vault</title>)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         // Health is public; the status is 429, 473, 501 or 503 for what isn't the active node.
         if (!Contains(reply.body, "\"sealed\":") || !Contains(reply.body, "\"initialized\":"))
           return {};
         return HttpAnswer("vault", question, reply, Access::kUnknown,
                           JsonText(reply.body, "version"));
       }});
}

}  // namespace podreach::probe::vault
