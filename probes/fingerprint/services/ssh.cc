// SSH: the identification string (RFC 4253 section 4.2).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::ssh {

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "ssh";
  fingerprint.questions = {Question{}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    constexpr std::string_view kHead = "SSH-2.0-";
    constexpr std::string_view kOld = "SSH-1.";
    const std::size_t size = std::min(reply.bytes.size(), kHead.size());
    const bool old = reply.bytes.starts_with(kOld);
    if (!old && reply.bytes.substr(0, size) != kHead.substr(0, size)) return NotThis{};
    const std::size_t end = reply.bytes.find('\n');
    if (end == std::string_view::npos) {
      if (reply.ended || reply.bytes.size() > 255) return NotThis{};
      return NeedMore{};
    }
    // "OpenSSH_9.2p1 Debian-2+deb12u3"
    std::string_view software = reply.bytes.substr(0, end);
    software.remove_prefix(std::min(software.size(), software.find('-', kOld.size()) + 1));
    ServiceIdentity service;
    service.name = "ssh";
    const std::size_t mark = software.find_first_of("_ \r");
    service.product = Clean(software.substr(0, mark));
    if (mark != std::string_view::npos && software[mark] == '_')
      service.version = Clean(software.substr(mark + 1, software.find(' ') - mark - 1));
    service.evidence = "banner";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::ssh
