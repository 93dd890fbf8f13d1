// NATS' monitoring port: GET /varz.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::nats_monitoring {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "nats-monitoring",
       .transports = {Transport::kPlain},
       .path = "/varz",
       .root_mark = R"(/varz)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!reply.Ok() || !Contains(reply.body, "\"server_id\"")) return {};
         return HttpAnswer("nats-monitoring", question, reply, Access::kAnswers,
                           JsonText(reply.body, "version"));
       }});
}

}  // namespace podreach::probe::nats_monitoring
