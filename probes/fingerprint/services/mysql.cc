// MySQL and MariaDB: the first handshake packet (MySQL's "Protocol::HandshakeV10"), or the error
// that stands in its place.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::mysql {
namespace {

Reading Read(const Question& /*question*/, const Reply& reply) {
  constexpr std::size_t kHead = 4;
  const std::string_view bytes = reply.bytes;
  if (bytes.size() <= kHead) {
    // The sequence number of the first packet is 0.
    if (reply.ended || (bytes.size() == kHead && bytes[3] != 0)) return NotThis{};
    return NeedMore{};
  }
  if (bytes[3] != 0) return NotThis{};
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) |
                      static_cast<std::size_t>(static_cast<unsigned char>(bytes[1])) << 8U |
                      static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) << 16U;
  if (length < 8 || length > 1024) return NotThis{};
  ServiceIdentity service;
  service.name = "mysql";
  if (bytes[4] == '\xff') {
    if (!Contains(bytes, "Host") && !Contains(bytes, "onnection")) return NotThis{};
    service.access = Access::kRefuses;
    service.evidence = "handshake: an error in its place";
    return service;
  }
  if (bytes[4] != '\x0a') return NotThis{};
  const std::size_t end = bytes.find('\0', kHead + 1);
  if (end == std::string_view::npos) {
    return reply.ended || bytes.size() > 256 ? Reading(NotThis{}) : Reading(NeedMore{});
  }
  std::string_view version = bytes.substr(kHead + 1, end - kHead - 1);
  if (version.empty() || version.front() < '0' || version.front() > '9') return NotThis{};
  const bool maria = Contains(version, "MariaDB");
  // MariaDB puts 5.5.5- before its own version, for old replicas.
  if (maria && version.starts_with("5.5.5-")) version.remove_prefix(6);
  service.product = maria ? "MariaDB" : "MySQL";
  service.version = Clean(version.substr(0, version.find('-')), 24);
  service.evidence = "handshake, version 10";
  return service;
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "mysql";
  fingerprint.questions = {Question{}};
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::mysql
