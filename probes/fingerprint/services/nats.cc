// NATS: the INFO that the server begins with (NATS client protocol).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::nats {

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "nats";
  fingerprint.questions = {Question{}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    constexpr std::string_view kHead = "INFO {";
    const std::size_t size = std::min(reply.bytes.size(), kHead.size());
    if (reply.bytes.substr(0, size) != kHead.substr(0, size)) return NotThis{};
    const std::size_t end = reply.bytes.find("\r\n");
    if (end == std::string_view::npos)
      return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    const std::string_view info = reply.bytes.substr(0, end);
    if (!Contains(info, "\"server_id\"")) return NotThis{};
    const bool asks =
        Contains(info, "\"auth_required\":true") || Contains(info, "\"tls_verify\":true");
    ServiceIdentity service;
    service.name = "nats";
    service.product = "NATS";
    service.version = JsonText(info, "version");
    service.access = asks ? Access::kRefuses : Access::kAnswers;
    service.evidence = asks ? "INFO: auth_required" : "INFO: no auth_required";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::nats
