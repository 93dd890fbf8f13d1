// istiod's monitoring port: GET /metrics.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::istiod {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "istiod",
       .transports = {Transport::kPlain},
       .path = "/metrics",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!reply.Ok() || !Contains(reply.body, "# HELP ") ||
             !(Contains(reply.body, "pilot_") || Contains(reply.body, "citadel_") ||
               Contains(reply.body, "galley_")))
           return {};
         return HttpAnswer("istiod", question, reply, Access::kAnswers);
       }});
}

}  // namespace podreach::probe::istiod
