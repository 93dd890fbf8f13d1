// A mesh sidecar's health port: GET /healthz/ready.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::istio_health {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "istio-health",
       .transports = {Transport::kPlain},
       .path = "/healthz/ready",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const bool envoy = Contains(reply.Header("server"), "envoy");
         if (!envoy && !(reply.Ok() && reply.complete && reply.body.empty())) return {};
         return HttpAnswer("istio-health", question, reply, Access::kUnknown);
       }});
}

}  // namespace podreach::probe::istio_health
