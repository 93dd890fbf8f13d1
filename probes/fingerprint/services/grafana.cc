// Grafana: GET /api/health.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::grafana {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "grafana",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/api/health",
       .root_mark = R"(<title>Grafana)",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         // Health is public, whatever else is.
         const std::string version = JsonText(reply.body, "version");
         if (!Contains(reply.body, "\"database\"") || version.empty()) return {};
         return HttpAnswer("grafana", question, reply, Access::kUnknown, version);
       }});
}

}  // namespace podreach::probe::grafana
