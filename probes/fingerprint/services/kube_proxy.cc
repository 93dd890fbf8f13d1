// kube-proxy's metrics port: GET /proxyMode.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::kube_proxy {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "kube-proxy",
       .transports = {Transport::kPlain},
       .path = "/proxyMode",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const std::string mode = Clean(reply.body, 32);
         if (!reply.Ok() || !(Contains(mode, "iptables") || Contains(mode, "ipvs") ||
                              Contains(mode, "nftables") || Contains(mode, "userspace")))
           return {};
         return HttpAnswer("kube-proxy", question, reply, Access::kAnswers);
       }});
}

}  // namespace podreach::probe::kube_proxy
