// The Kubernetes dashboard: GET /api/v1/service/default.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::dashboard {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "kubernetes-dashboard",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/api/v1/service/default",
       .root_mark = R"(<title>Kubernetes Dashboard</title>)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (reply.Ok() && Contains(reply.body, "\"listMeta\""))
           return HttpAnswer("kubernetes-dashboard", question, reply, Access::kAnswers);
         if (reply.Refused() && Contains(reply.body, "MSG_LOGIN_UNAUTHORIZED_ERROR"))
           return HttpAnswer("kubernetes-dashboard", question, reply, Access::kRefuses);
         return {};
       }});
}

}  // namespace podreach::probe::dashboard
