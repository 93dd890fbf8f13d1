// DNS: an A question for kubernetes.default.svc.cluster.local, by UDP and, behind its length, by
// TCP (RFC 1035 section 4).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"
#include "udp_payload.h"

namespace podreach::probe::dns {

Fingerprint Make() {
  using namespace std::string_literals;
  const std::string question(UdpPayload(*Port::From(53)));
  Fingerprint fingerprint;
  fingerprint.name = "dns";
  fingerprint.questions = {
      {Transport::kPlain, "\0"s + static_cast<char>(question.size()) + question},
      {Transport::kUdp, question}};
  fingerprint.read = [](const Question& asked, const Reply& reply) -> Reading {
    std::string_view bytes = reply.bytes;
    std::string_view query = asked.text;
    if (asked.transport == Transport::kPlain) {
      bytes.remove_prefix(std::min<std::size_t>(2, bytes.size()));
      query.remove_prefix(2);
    }
    if (bytes.size() < 12) return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    const std::uint32_t flags = BigEndian(bytes, 2, 2);
    // The same id, and a response.
    if (bytes.substr(0, 2) != query.substr(0, 2) || (flags & 0x8000U) == 0) return NotThis{};
    constexpr std::uint32_t kRefused = 5;
    const std::uint32_t code = flags & 15U;
    ServiceIdentity service;
    service.name = "dns";
    service.access = code == kRefused ? Access::kRefuses : Access::kAnswers;
    service.evidence = "A kubernetes.default: RCODE " + std::to_string(code) + ", " +
                       std::to_string(BigEndian(bytes, 6, 2)) + " answers";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::dns
