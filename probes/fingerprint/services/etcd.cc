// etcd, clients and peers: GET /version, plain and over TLS.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::etcd {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "etcd",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/version",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!reply.Ok()) return {};
         const std::string version = JsonText(reply.body, "etcdserver");
         if (version.empty()) return {};
         return HttpAnswer("etcd", question, reply, Access::kAnswers, version);
       }});
}

}  // namespace podreach::probe::etcd
