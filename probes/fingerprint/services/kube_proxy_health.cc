// kube-proxy's health port, which cloud load balancers ask: GET /healthz.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::kube_proxy_health {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "kube-proxy-health",
       .transports = {Transport::kPlain},
       .path = "/healthz",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!Contains(reply.body, "\"lastUpdated\"") || !Contains(reply.body, "\"currentTime\""))
           return {};
         return HttpAnswer("kube-proxy-health", question, reply, Access::kUnknown);
       }});
}

}  // namespace podreach::probe::kube_proxy_health
