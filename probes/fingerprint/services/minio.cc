// MinIO: GET /minio/health/live, which is public.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::minio {

Fingerprint Make() {
  return MakeHttpFingerprint({.name = "minio",
                              .transports = {Transport::kPlain, Transport::kTls},
                              .path = "/minio/health/live",
                              .root_mark = R"(<RequestId>)",
                              .judge = [](const Question& question, const HttpReply& reply)
                                  -> std::optional<ServiceIdentity> {
                                if (!Contains(reply.Header("server"), "MinIO")) return {};
                                return HttpAnswer("minio", question, reply, Access::kUnknown);
                              }});
}

}  // namespace podreach::probe::minio
