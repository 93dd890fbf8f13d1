// cAdvisor: GET /api/v1.3/machine.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::cadvisor {

Fingerprint Make() {
  return MakeHttpFingerprint({.name = "cadvisor",
                              .transports = {Transport::kPlain},
                              .path = "/api/v1.3/machine",
                              .root_mark = R"(<title>cAdvisor)",
                              .judge = [](const Question& question, const HttpReply& reply)
                                  -> std::optional<ServiceIdentity> {
                                if (!reply.Ok() || !Contains(reply.body, "\"num_cores\""))
                                  return {};
                                return HttpAnswer("cadvisor", question, reply, Access::kAnswers);
                              }});
}

}  // namespace podreach::probe::cadvisor
