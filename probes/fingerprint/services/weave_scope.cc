// Weave Scope, which opens shells in containers: GET /api.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::weave_scope {

Fingerprint Make() {
  return MakeHttpFingerprint({.name = "weave-scope",
                              .transports = {Transport::kPlain},
                              .path = "/api",
                              .root_mark = R"(<title>Weave Scope)",
                              .judge = [](const Question& question, const HttpReply& reply)
                                  -> std::optional<ServiceIdentity> {
                                if (!reply.Ok() || !Contains(reply.body, "\"hostname\"") ||
                                    !Contains(reply.body, "\"capabilities\""))
                                  return {};
                                return HttpAnswer("weave-scope", question, reply, Access::kAnswers,
                                                  JsonText(reply.body, "version"));
                              }});
}

}  // namespace podreach::probe::weave_scope
