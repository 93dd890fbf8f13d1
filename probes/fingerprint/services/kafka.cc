// Kafka: ApiVersions, which is answered before any login, and Metadata for no topic, which isn't
// (Kafka protocol guide). Both in one go; the answers come in order.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::kafka {
namespace {

using namespace std::string_literals;

constexpr std::uint32_t kVersions = 0x70726f31;
constexpr std::uint32_t kMetadata = 0x70726f32;

std::string Requests() {
  // Size, key, version, correlation id, client id.
  const std::string client = "\0\x08podreach"s;
  const std::string versions = "\0\x12\0\0pro1"s + client;
  const std::string metadata = "\0\x03\0\x01pro2"s + client + "\0\0\0\0"s;
  const auto framed = [](const std::string& request) {
    return "\0\0\0"s + static_cast<char>(request.size()) + request;
  };
  return framed(versions) + framed(metadata);
}

Reading Read(const Question& /*question*/, const Reply& reply) {
  const std::string_view bytes = reply.bytes;
  const Reading more = reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
  if (bytes.size() < 10) return more;
  const std::size_t size = BigEndian(bytes, 0, 4);
  // An error code of 0 or 35, UNSUPPORTED_VERSION.
  const std::uint32_t error = BigEndian(bytes, 8, 2);
  if (BigEndian(bytes, 4, 4) != kVersions || size < 6 || size > 8192 || (error != 0 && error != 35))
    return NotThis{};
  ServiceIdentity service;
  service.name = "kafka";
  service.product = "Kafka";
  service.evidence = "ApiVersions";
  const std::size_t next = 4 + size;
  if (bytes.size() >= next + 8 && BigEndian(bytes, next + 4, 4) == kMetadata) {
    service.access = Access::kAnswers;
    service.evidence += ", Metadata of no topic";
    return service;
  }
  if (!reply.ended) return NeedMore{};
  // The connection ended there: a listener with SASL does so.
  service.access = Access::kRefuses;
  service.evidence += ", Metadata: no answer";
  return service;
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "kafka";
  fingerprint.questions = {{Transport::kPlain, Requests()}, {Transport::kTls, Requests(), {}}};
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::kafka
