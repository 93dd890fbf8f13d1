// HTTP that is nothing more special: GET /, plain and over TLS.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::http {

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "http";
  fingerprint.questions = {RootQuestion(Transport::kPlain), RootQuestion(Transport::kTls)};
  fingerprint.general = true;
  fingerprint.read = ReadHttp(
      [](const Question& question, const HttpReply& reply) -> std::optional<ServiceIdentity> {
        ServiceIdentity service = HttpAnswer("http", question, reply, AccessOf(reply));
        // "nginx/1.22.1 (Debian)" (RFC 9110 section 10.2.4).
        const std::string_view server = reply.Header("server");
        const std::size_t slash = server.find('/');
        service.product = Clean(server.substr(0, slash));
        if (slash != std::string_view::npos)
          service.version = Clean(server.substr(slash + 1, server.find(' ', slash) - slash - 1));
        return service;
      });
  return fingerprint;
}

}  // namespace podreach::probe::http
