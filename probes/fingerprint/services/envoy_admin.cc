// Envoy's administration, which may stop it: GET /server_info.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::envoy_admin {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "envoy-admin",
       .transports = {Transport::kPlain},
       .path = "/server_info",
       .root_mark = R"(Envoy Admin)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const std::string version = JsonText(reply.body, "version");  // commit/1.27.0/Clean/...
         if (!reply.Ok() || !Contains(reply.body, "\"hot_restart_version\"")) return {};
         const auto number = Between(version, "/", "/");
         return HttpAnswer("envoy-admin", question, reply, Access::kAnswers,
                           std::string(number.value_or(version)));
       }});
}

}  // namespace podreach::probe::envoy_admin
