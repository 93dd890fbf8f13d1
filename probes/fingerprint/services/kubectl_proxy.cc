// kubectl proxy, which speaks to the API with its owner's rights: GET /api/v1.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::kubectl_proxy {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "kubectl-proxy",
       .transports = {Transport::kPlain},
       .path = "/api/v1",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!reply.Ok() || !Contains(reply.body, "\"APIResourceList\"")) return {};
         return HttpAnswer("kubectl-proxy", question, reply, Access::kAnswers);
       }});
}

}  // namespace podreach::probe::kubectl_proxy
