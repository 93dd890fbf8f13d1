// Windows Remote Management: GET /wsman.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::winrm {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "winrm",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/wsman",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         if (!Contains(reply.Header("server"), "Microsoft-HTTPAPI")) return {};
         return HttpAnswer("winrm", question, reply,
                           reply.Refused() ? Access::kRefuses : Access::kUnknown);
       }});
}

}  // namespace podreach::probe::winrm
