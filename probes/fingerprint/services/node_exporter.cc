// Prometheus' node exporter: GET /, as its /metrics is long; newer ones say their version there.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::node_exporter {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "node-exporter",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!reply.Ok() || !Contains(reply.body, "<title>Node Exporter")) return {};
         const auto version = Between(reply.body, "version=", ",");
         return HttpAnswer("node-exporter", question, reply, Access::kAnswers,
                           Clean(version.value_or(""), 24));
       }});
}

}  // namespace podreach::probe::node_exporter
