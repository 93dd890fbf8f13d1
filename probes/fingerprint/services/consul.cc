// Consul's HTTP API: GET /v1/agent/self.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::consul {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "consul",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/v1/agent/self",
       .root_mark = R"(Consul by HashiCorp)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (reply.Ok() && Contains(reply.body, "\"Datacenter\""))
           return HttpAnswer("consul", question, reply, Access::kAnswers,
                             JsonText(reply.body, "Version"));
         if (reply.status == 403 && Contains(reply.body, "Permission denied") &&
             !reply.Header("x-consul-default-acl-policy").empty())
           return HttpAnswer("consul", question, reply, Access::kRefuses);
         return {};
       }});
}

}  // namespace podreach::probe::consul
