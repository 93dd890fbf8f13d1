// Prometheus: GET /api/v1/status/buildinfo.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::prometheus {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "prometheus",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/api/v1/status/buildinfo",
       .root_mark = R"(<title>Prometheus)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const std::string version = JsonText(reply.body, "version");
         if (!reply.Ok() || !Contains(reply.body, "\"goVersion\"") || version.empty()) return {};
         return HttpAnswer("prometheus", question, reply, Access::kAnswers, version);
       }});
}

}  // namespace podreach::probe::prometheus
