// HTTP/2 with prior knowledge (RFC 9113 section 3.3), as gRPC servers speak it: the preface and
// empty SETTINGS, answered by SETTINGS. Tiller's port is told by its number alone.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::http2 {
namespace {

using namespace std::string_literals;

const std::string& Preface() {
  static const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s + "\0\0\0\4\0\0\0\0\0"s;
  return kPreface;
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "http2";
  fingerprint.questions = {{Transport::kPlain, Preface(), {}}, {Transport::kTls, Preface(), "h2"}};
  fingerprint.asks_anywhere = true;
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    constexpr std::size_t kFrameHead = 9;
    if (reply.bytes.size() < kFrameHead)
      return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    // A SETTINGS frame: type 4, no ACK, stream 0, whole entries of six bytes.
    const std::uint32_t length = BigEndian(reply.bytes, 0, 3);
    if (length % 6 != 0 || length > 600 || BigEndian(reply.bytes, 3, 1) != 4 ||
        BigEndian(reply.bytes, 4, 1) != 0 || BigEndian(reply.bytes, 5, 4) != 0)
      return NotThis{};
    ServiceIdentity service;
    service.name = "http2";
    service.evidence = "HTTP/2 preface: SETTINGS, as gRPC servers send them";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::http2
