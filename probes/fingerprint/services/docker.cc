// Docker's API, and Podman's in its place: GET /version.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::docker {

Fingerprint Make() {
  return MakeHttpFingerprint(
      {.name = "docker",
       .transports = {Transport::kPlain, Transport::kTls},
       .path = "/version",
       .root_mark = R"({"message":"page not found"})",
       .judge = [](const Question& question,
                   const HttpReply& reply) -> std::optional<ServiceIdentity> {
         const std::string version = JsonText(reply.body, "Version");
         if (!reply.Ok() || !Contains(reply.body, "\"ApiVersion\"")) return {};
         ServiceIdentity service = HttpAnswer("docker", question, reply, Access::kAnswers, version);
         service.product = Contains(reply.body, "Podman Engine") ? "Podman" : "Docker Engine";
         return service;
       }});
}

}  // namespace podreach::probe::docker
