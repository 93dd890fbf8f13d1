// memcached: version, by TCP and in a UDP frame (memcached's protocol.txt).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"
#include "udp_payload.h"

namespace podreach::probe::memcached {
namespace {

Reading Read(const Question& question, const Reply& reply) {
  std::string_view bytes = reply.bytes;
  if (question.transport == Transport::kUdp)
    bytes.remove_prefix(std::min<std::size_t>(8, bytes.size()));
  constexpr std::string_view kHead = "VERSION ";
  const std::size_t size = std::min(bytes.size(), kHead.size());
  if (bytes.substr(0, size) != kHead.substr(0, size)) return NotThis{};
  const auto version = Between(bytes, kHead, "\r\n");
  if (!version) {
    return reply.ended || bytes.size() > 128 ? Reading(NotThis{}) : Reading(NeedMore{});
  }
  ServiceIdentity service;
  service.name = "memcached";
  service.product = "memcached";
  service.version = Clean(*version, 24);
  service.access = Access::kAnswers;
  service.evidence = "version: VERSION";
  return service;
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "memcached";
  fingerprint.questions = {{Transport::kPlain, "version\r\n"},
                           {Transport::kUdp, std::string(UdpPayload(*Port::From(11211)))}};
  fingerprint.asks_anywhere = true;
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::memcached
