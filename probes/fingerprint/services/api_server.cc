// kube-apiserver: GET /version, which anyone may ask by default, then GET /api, which tells whether
// an anonymous client is let in. Plain, too: the port without authentication that old ones had.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::api_server {
namespace {

bool IsStatus(const HttpReply& reply) {
  return Contains(reply.body, "\"Status\"") && Contains(reply.body, "\"apiVersion\"");
}

Reading ReadOwn(const Question& question, const HttpReply& reply) {
  const bool api = Contains(question.text, "GET /api ");
  if (api) {
    if (reply.Ok() && Contains(reply.body, "\"APIVersions\""))
      return HttpAnswer("kube-apiserver", question, reply, Access::kAnswers);
    if (reply.Refused() && IsStatus(reply))
      return HttpAnswer("kube-apiserver", question, reply, Access::kRefuses);
    return NotThis{};
  }
  const std::string version = JsonText(reply.body, "gitVersion");
  if (reply.Ok() && !version.empty() && Contains(reply.body, "\"platform\""))
    return Partial{HttpAnswer("kube-apiserver", question, reply, Access::kUnknown, version)};
  return NotThis{};
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "kube-apiserver";
  fingerprint.reads_root = true;
  for (const Transport transport : {Transport::kTls, Transport::kPlain}) {
    fingerprint.questions.push_back(Get(transport, "/version"));
    fingerprint.questions.push_back(Get(transport, "/api"));
  }
  fingerprint.read = [](const Question& question, const Reply& reply) -> Reading {
    if (!MayBeHttp(reply.bytes)) return NotThis{};
    const auto http = ParseHttp(reply);
    if (!http) return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    const bool root = Contains(question.text, "GET / ");
    Reading reading = NotThis{};
    if (root) {
      const bool may_be =
          (http->Refused() && IsStatus(*http)) || (http->Ok() && Contains(http->body, "\"/apis\""));
      if (may_be) reading = AskOwn{};
    } else {
      reading = ReadOwn(question, *http);
    }
    if (std::holds_alternative<NotThis>(reading) && !http->complete) return NeedMore{};
    return reading;
  };
  return fingerprint;
}

}  // namespace podreach::probe::api_server
