// RabbitMQ's management: GET /api/overview.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::rabbitmq_management {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "rabbitmq-management",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/api/overview",
       .root_mark = R"(<title>RabbitMQ Management)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const std::string version = JsonText(reply.body, "rabbitmq_version");
         if (reply.Ok() && !version.empty())
           return HttpAnswer("rabbitmq-management", question, reply, Access::kAnswers, version);
         if (reply.status == 401 && Contains(reply.Header("www-authenticate"), "RabbitMQ"))
           return HttpAnswer("rabbitmq-management", question, reply, Access::kRefuses);
         return {};
       }});
}

}  // namespace podreach::probe::rabbitmq_management
