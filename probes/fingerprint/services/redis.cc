// Redis and what speaks as it does: PING, then INFO server for the version, as inline commands
// (Redis serialization protocol, "Inline commands"). Without the password both are refused.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::redis {
namespace {

ServiceIdentity Answer(Access access, std::string_view evidence) {
  ServiceIdentity service;
  service.name = "redis";
  service.access = access;
  service.evidence = "PING: " + Clean(evidence, 32);
  return service;
}

Reading Read(const Question& /*question*/, const Reply& reply) {
  const std::string_view bytes = reply.bytes;
  const std::size_t end = bytes.find("\r\n");
  if (bytes.empty() || (bytes.front() != '+' && bytes.front() != '-')) {
    return bytes.empty() && !reply.ended ? Reading(NeedMore{}) : Reading(NotThis{});
  }
  if (end == std::string_view::npos) {
    return reply.ended || bytes.size() > 512 ? Reading(NotThis{}) : Reading(NeedMore{});
  }
  const std::string_view line = bytes.substr(0, end);
  if (line.starts_with("-NOAUTH")) return Answer(Access::kRefuses, "-NOAUTH");
  if (line.starts_with("-DENIED")) return Answer(Access::kRefuses, "-DENIED, protected mode");
  if (line != "+PONG") return NotThis{};
  ServiceIdentity service = Answer(Access::kAnswers, "+PONG");
  const std::string_view info = bytes.substr(end + 2);
  for (const auto& [field, product] :
       {std::pair<std::string_view, std::string_view>{"valkey_version:", "Valkey"},
        {"dragonfly_version:", "Dragonfly"},
        {"redis_version:", "Redis"}}) {
    const auto version = Between(info, field, "\r\n");
    if (!version) continue;
    service.product = std::string(product);
    service.version = Clean(*version, 24);
    return service;
  }
  // An error instead of the section, or the section whole.
  const bool section_over = info.starts_with("-") || Contains(info, "\r\n\r\n");
  return reply.ended || section_over ? Reading(service) : Reading(NeedMore{});
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "redis";
  fingerprint.questions = {{Transport::kPlain, "PING\r\nINFO server\r\n"},
                           {Transport::kTls, "PING\r\nINFO server\r\n", {}}};
  fingerprint.asks_anywhere = true;
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::redis
