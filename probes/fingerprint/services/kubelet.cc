// The kubelet: GET /pods on its API (10250, TLS) and its read-only port (10255, plain).
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::kubelet {

Fingerprint Make() {
  return MakeHttpFingerprint({.name = "kubelet",
                              .transports = {Transport::kPlain, Transport::kTls},
                              .path = "/pods",
                              .root_mark = "",
                              .judge = [](const Question& question, const HttpReply& reply)
                                  -> std::optional<ServiceIdentity> {
                                if (reply.Ok() && Contains(reply.body, "\"PodList\""))
                                  return HttpAnswer("kubelet", question, reply, Access::kAnswers);
                                // The authorizer's words name the subresource; a kubelet without
                                // webhook says less.
                                if (reply.status == 403 && Contains(reply.body, "Forbidden (user="))
                                  return HttpAnswer("kubelet", question, reply, Access::kRefuses);
                                if (reply.status == 401 && reply.body == "Unauthorized")
                                  return HttpAnswer("kubelet", question, reply, Access::kRefuses);
                                return {};
                              }});
}

}  // namespace podreach::probe::kubelet
