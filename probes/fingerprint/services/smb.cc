// SMB: NEGOTIATE for versions 2.0.2 to 3.0.2 (MS-SMB2 section 2.2.3), in a direct TCP frame.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::smb {
namespace {

using namespace std::string_literals;

std::string Negotiate() {
  std::string header = "\xfeSMB\x40\0\0\0"s;
  header.resize(64, '\0');
  std::string body = "\x24\0\x04\0\x01\0\0\0"s;  // size, four dialects, signing enabled
  body.resize(36, '\0');                         // capabilities, a GUID of zeros, start time
  body += "\x02\x02\x10\x02\x00\x03\x02\x03"s;
  const std::string message = header + body;
  return "\0\0\0"s + static_cast<char>(message.size()) + message;
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "smb";
  fingerprint.questions = {{Transport::kPlain, Negotiate()}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    if (reply.bytes.size() < 74) return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    if (reply.bytes.substr(4, 4) != "\xfeSMB" && reply.bytes.substr(4, 4) != "\xffSMB")
      return NotThis{};
    ServiceIdentity service;
    service.name = "smb";
    if (reply.bytes[4] == '\xfe') {
      const auto minor = static_cast<unsigned char>(reply.bytes[72]);
      const auto major = static_cast<unsigned char>(reply.bytes[73]);
      service.version = std::to_string(major) + "." + std::to_string(minor >> 4U) + "." +
                        std::to_string(minor & 15U);
    }
    service.evidence = "NEGOTIATE: a dialect";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::smb
