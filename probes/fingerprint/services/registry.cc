// A registry of images: GET /v2/.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::registry {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "docker-registry",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/v2/",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!Contains(reply.Header("docker-distribution-api-version"), "registry/2")) return {};
         if (!reply.Ok() && !reply.Refused()) return {};
         return HttpAnswer("docker-registry", question, reply, AccessOf(reply));
       }});
}

}  // namespace podreach::probe::registry
