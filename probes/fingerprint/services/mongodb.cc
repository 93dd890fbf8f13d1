// MongoDB: hello, which anyone may ask, and listDatabases for a name that nobody has, which only
// users may (MongoDB wire protocol, OP_MSG). Both in one go; the answers come in order.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::mongodb {
namespace {

using namespace std::string_literals;

std::string LittleEndian(std::uint32_t number) {
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(number >> shift & 0xffU);
  return bytes;
}

/// A BSON document (bsonspec.org) of these elements.
std::string Document(const std::string& elements) {
  return LittleEndian(static_cast<std::uint32_t>(elements.size() + 5)) + elements + '\0';
}
std::string Int32(const std::string& name, std::uint32_t value) {
  return "\x10" + name + '\0' + LittleEndian(value);
}
std::string Text(const std::string& name, const std::string& value) {
  return "\x02" + name + '\0' + LittleEndian(static_cast<std::uint32_t>(value.size() + 1)) + value +
         '\0';
}
std::string Flag(const std::string& name) { return "\x08" + name + '\0' + '\1'; }

/// A message of one body section.
std::string Message(std::uint32_t id, const std::string& document) {
  constexpr std::uint32_t kOpMsg = 2013;
  const std::string body = LittleEndian(0) + '\0' + document;
  return LittleEndian(static_cast<std::uint32_t>(body.size() + 16)) + LittleEndian(id) +
         LittleEndian(0) + LittleEndian(kOpMsg) + body;
}

constexpr std::uint32_t kHello = 0x70726f31;
constexpr std::uint32_t kList = 0x70726f32;

std::string Commands() {
  const std::string filter = "\x03"s + "filter" + '\0' + Document(Text("name", "podreach-nobody"));
  return Message(kHello, Document(Int32("hello", 1) + Text("$db", "admin"))) +
         Message(kList, Document(Int32("listDatabases", 1) + Flag("nameOnly") + filter +
                                 Text("$db", "admin")));
}

/// The size of a message that answers a request; nothing where the bytes are none.
std::optional<std::size_t> AnswerSize(std::string_view bytes, std::uint32_t request) {
  if (bytes.size() < 16 || bytes.substr(8, 4) != LittleEndian(request)) return {};
  std::size_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8U | static_cast<unsigned char>(bytes[i]);
  if (size < 26 || size > 65536) return {};
  return size;
}

ServiceIdentity Answer(Access access, std::string_view evidence) {
  ServiceIdentity service;
  service.name = "mongodb";
  service.product = "MongoDB";
  service.access = access;
  service.evidence = std::string(evidence);
  return service;
}

Reading Read(const Question& /*question*/, const Reply& reply) {
  std::string_view bytes = reply.bytes;
  const Reading more = reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
  if (bytes.size() < 16) return more;
  const auto hello = AnswerSize(bytes, kHello);
  if (!hello) return NotThis{};
  if (bytes.size() < *hello) return more;
  if (!Contains(bytes.substr(0, *hello), "maxWireVersion"s + '\0')) return NotThis{};
  bytes.remove_prefix(*hello);
  const auto list = AnswerSize(bytes, kList);
  if (!list || bytes.size() < *list) {
    return reply.ended ? Reading(Answer(Access::kUnknown, "hello: maxWireVersion"))
                       : Reading(NeedMore{});
  }
  bytes = bytes.substr(0, *list);
  // Code 13 is Unauthorized.
  if (Contains(bytes, "code"s + '\0' + LittleEndian(13)))
    return Answer(Access::kRefuses, "listDatabases: Unauthorized");
  if (Contains(bytes, "databases"s + '\0')) return Answer(Access::kAnswers, "listDatabases: ok");
  return Answer(Access::kUnknown, "hello: maxWireVersion");
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "mongodb";
  fingerprint.questions = {{Transport::kPlain, Commands()}, {Transport::kTls, Commands(), {}}};
  fingerprint.asks_anywhere = true;
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::mongodb
