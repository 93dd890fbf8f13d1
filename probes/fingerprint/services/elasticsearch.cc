// Elasticsearch and OpenSearch: GET /.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::elasticsearch {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "elasticsearch",
       .services = {"elasticsearch", "opensearch"},
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/",
       .root_mark = "",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const bool search = Contains(reply.body, "opensearch");
         const std::string name = search ? "opensearch" : "elasticsearch";
         if (reply.Ok() && Contains(reply.body, "\"cluster_name\"") &&
             Contains(reply.body, "\"lucene_version\""))
           return HttpAnswer(name, question, reply, Access::kAnswers,
                             JsonText(reply.body, "number"));
         if (reply.status == 401 && Contains(reply.body, "security_exception"))
           return HttpAnswer("elasticsearch", question, reply, Access::kRefuses);
         return {};
       }});
}

}  // namespace podreach::probe::elasticsearch
