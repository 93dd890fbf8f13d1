// Jupyter's servers: GET /api, which is public, then GET /api/status, which wants the token.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::jupyter {

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "jupyter";
  fingerprint.questions = {Get(Transport::kPlain, "/api"), Get(Transport::kPlain, "/api/status"),
                           Get(Transport::kTls, "/api"), Get(Transport::kTls, "/api/status")};
  const auto status = ReadHttp(
      [](const Question& question, const HttpReply& reply) -> std::optional<ServiceIdentity> {
        if (reply.Ok() && Contains(reply.body, "\"kernels\""))
          return HttpAnswer("jupyter", question, reply, Access::kAnswers);
        if (reply.Refused()) return HttpAnswer("jupyter", question, reply, Access::kRefuses);
        return {};
      });
  const auto version = ReadHttp(
      [](const Question& question, const HttpReply& reply) -> std::optional<ServiceIdentity> {
        const std::string number = JsonText(reply.body, "version");
        if (!reply.Ok() || number.empty() || !Contains(reply.Header("server"), "Tornado"))
          return {};
        return HttpAnswer("jupyter", question, reply, Access::kUnknown, number);
      });
  fingerprint.read = [status, version](const Question& question, const Reply& reply) -> Reading {
    if (Contains(question.text, "GET /api/status ")) return status(question, reply);
    Reading reading = version(question, reply);
    if (auto* service = std::get_if<ServiceIdentity>(&reading)) return Partial{std::move(*service)};
    return reading;
  };
  return fingerprint;
}

}  // namespace podreach::probe::jupyter
