// RabbitMQ, and AMQP 0-9-1 at large: the protocol header, answered by Connection.Start with the
// server's properties (AMQP 0-9-1 section 4.2). AMQP 1.0 alone answers with its own header.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::rabbitmq {
namespace {

using namespace std::string_literals;

/// A long string of the property table: "version" 'S' length text.
std::string Property(std::string_view bytes, const std::string& name) {
  const std::string key = static_cast<char>(name.size()) + name + 'S';
  const std::size_t at = bytes.find(key);
  if (at == std::string_view::npos) return {};
  const std::size_t text = at + key.size() + 4;
  const std::size_t size = BigEndian(bytes, at + key.size(), 4);
  if (size > 256 || text + size > bytes.size()) return {};
  return Clean(bytes.substr(text, size), 48);
}

Reading Read(const Question& /*question*/, const Reply& reply) {
  const std::string_view bytes = reply.bytes;
  const Reading more = reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
  if (bytes.size() < 8) return more;
  ServiceIdentity service;
  service.name = "amqp";
  if (bytes.starts_with("AMQP")) {
    service.evidence = "protocol header: another version's header";
    return service;
  }
  // A method frame on channel 0: class 10, method 10.
  if (BigEndian(bytes, 0, 1) != 1 || BigEndian(bytes, 1, 2) != 0) return NotThis{};
  const std::size_t size = BigEndian(bytes, 3, 4);
  if (size < 8 || size > 16384) return NotThis{};
  if (bytes.size() < size + 8) return more;
  if (BigEndian(bytes, 7, 4) != 0x000a000aU) return NotThis{};
  service.product = Property(bytes, "product");
  service.version = Property(bytes, "version");
  if (Contains(service.product, "RabbitMQ")) service.name = "rabbitmq";
  service.evidence = "protocol header: Connection.Start";
  return service;
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "rabbitmq";
  fingerprint.questions = {{Transport::kPlain, "AMQP\0\0\x09\x01"s},
                           {Transport::kTls, "AMQP\0\0\x09\x01"s, {}}};
  fingerprint.asks_anywhere = true;
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::rabbitmq
