// kube-controller-manager: GET /metrics over TLS.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::controller_manager {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "kube-controller-manager",
       .transports = {Transport::kTls},
       .path = "/metrics",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const bool metrics = reply.Ok() && Contains(reply.body, "# HELP ");
         const bool refused = reply.Refused() && Contains(reply.body, "\"kind\":\"Status\"");
         if (!metrics && !refused) return {};
         return HttpAnswer("kube-controller-manager", question, reply, AccessOf(reply));
       }});
}

}  // namespace podreach::probe::controller_manager
