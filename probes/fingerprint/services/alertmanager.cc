// Alertmanager: GET /api/v2/status.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::alertmanager {

Fingerprint Make() {
  return MakeHttpFingerprint({.name = "alertmanager",
                              .transports = {Transport::kPlain, Transport::kTls},
                              .path = "/api/v2/status",
                              .root_mark = R"(<title>Alertmanager)",
                              .judge = [](const Question& question, const HttpReply& reply)
                                  -> std::optional<ServiceIdentity> {
                                if (!reply.Ok() || !Contains(reply.body, "\"versionInfo\""))
                                  return {};
                                return HttpAnswer("alertmanager", question, reply, Access::kAnswers,
                                                  JsonText(reply.body, "version"));
                              }});
}

}  // namespace podreach::probe::alertmanager
