// rpcbind and NFS: the null procedure, which does nothing (RFC 5531 section 12.1), by TCP in a
// record (section 11) and by UDP.
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"
#include "udp_payload.h"

namespace podreach::probe::sun_rpc {
namespace {

using namespace std::string_literals;

constexpr std::uint16_t kRpcbind = 111;
constexpr std::uint16_t kNfs = 2049;

std::string Call(std::uint16_t port) { return std::string(UdpPayload(*Port::From(port))); }
/// One record mark: the last fragment, and its size.
std::string Record(const std::string& call) {
  return "\x80\0\0"s + static_cast<char>(call.size()) + call;
}

Reading Read(const Question& question, const Reply& reply) {
  std::string_view bytes = reply.bytes;
  const bool tcp = question.transport != Transport::kUdp;
  if (bytes.size() < (tcp ? 28U : 24U))
    return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
  std::string_view call = question.text;
  if (tcp) {
    bytes.remove_prefix(4);
    call.remove_prefix(4);
  }
  // The call's id, REPLY, and whether it was accepted.
  if (bytes.substr(0, 4) != call.substr(0, 4) || BigEndian(bytes, 4, 4) != 1 ||
      BigEndian(bytes, 8, 4) > 1)
    return NotThis{};
  const bool accepted = BigEndian(bytes, 8, 4) == 0;
  // Behind the verifier: whether the program is there, in this version (2: in another).
  const std::size_t verifier = BigEndian(bytes, 16, 4);
  if (accepted && (verifier > 400 || bytes.size() < 24 + verifier)) return NotThis{};
  const std::uint32_t status = BigEndian(bytes, 20 + verifier, 4);
  if (accepted && status != 0 && status != 2) return NotThis{};
  ServiceIdentity service;
  service.name = BigEndian(call, 12, 4) == 100003 ? "nfs" : "rpcbind";
  service.evidence = accepted ? "NULL call: accepted" : "NULL call: denied";
  if (!accepted) service.access = Access::kRefuses;
  // rpcbind tells anyone what is registered; an NFS server's exports have rules of their own.
  if (accepted && service.name == "rpcbind") service.access = Access::kAnswers;
  return service;
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "sun-rpc";
  fingerprint.services = {"rpcbind", "nfs"};
  for (const std::uint16_t port : {kRpcbind, kNfs}) {
    fingerprint.questions.push_back({Transport::kPlain, Record(Call(port))});
    fingerprint.questions.push_back({Transport::kUdp, Call(port)});
  }
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::sun_rpc
