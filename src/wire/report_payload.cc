#include "wire/report_payload.h"

#include <nlohmann/json.hpp>

#include "podreach/wire/host_list.h"
#include "wire/frame_codec.h"
#include "wire/service_json.h"
#include "wire/vlq.h"

namespace podreach::wire {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxItems = kMaxReadLine;          // a line holds fewer anyway
constexpr std::uint64_t kMaxErrno = 4095;                // MAX_ERRNO of the kernel's err.h
constexpr std::uint64_t kMaxCount = (1ULL << 53U) - 1;   // RFC 7493, section 2.2
constexpr std::uint64_t kMaxMilliseconds = 1ULL << 40U;  // 34 years

Protocol ReadProtocol(FieldReader& fields) {
  const auto protocol = ParseProtocol(fields.Text("protocol", 4));
  if (!protocol) fields.Refuse("protocol", "must be TCP, UDP or SCTP");
  return protocol.value_or(Protocol::kTcp);
}

IcmpError ReadIcmp(const json& value, const std::string& path, Problem& problem) {
  FieldReader fields(value, path, problem);
  IcmpError icmp;
  icmp.from = fields.Address("from");
  icmp.type = static_cast<std::uint8_t>(fields.Number("type", 0, 255));
  icmp.code = static_cast<std::uint8_t>(fields.Number("code", 0, 255));
  fields.Done();
  return icmp;
}

// The rules of PortGroup::icmp and PortGroup::error_number.
void CheckCauses(const PortGroup& group, FieldReader& fields) {
  const bool udp_closed = group.protocol == Protocol::kUdp && group.state == Outcome::kClosed;
  const bool unreachable = group.state == Outcome::kUnreachable;
  const bool needs_icmp = udp_closed || group.state == Outcome::kRejected;
  if (needs_icmp && !group.icmp) fields.Refuse("icmp", "is missing, and this state needs it");
  if (group.icmp && !needs_icmp && !unreachable) {
    fields.Refuse("icmp", "can't come with this state");
  }
  if (group.error_number != 0 && !unreachable && group.state != Outcome::kLocalError) {
    fields.Refuse("errno", "can't come with this state");
  }
  const bool silent = group.state == Outcome::kFiltered || group.state == Outcome::kOpenFiltered;
  if (group.unsure && !silent) fields.Refuse("unsure", "can't come with this state");
}

PortGroup ReadGroup(const json& value, const std::string& path, Problem& problem) {
  FieldReader fields(value, path, problem);
  PortGroup group;
  group.protocol = ReadProtocol(fields);
  const auto state = ParseOutcome(fields.Text("state", 16));
  if (!state || *state == Outcome::kNotProbed) fields.Refuse("state", "is no state of a port");
  group.state = state.value_or(Outcome::kFiltered);
  group.all = !fields.Has("ports");
  if (!group.all) group.ports = fields.Ports("ports");
  if (fields.Has("icmp")) {
    group.icmp = ReadIcmp(fields.Object("icmp"), fields.PathOf("icmp"), problem);
  }
  if (fields.Has("errno")) {
    group.error_number = static_cast<int>(fields.Number("errno", 0, kMaxErrno));
  }
  if (fields.Has("unsure")) group.unsure = fields.Flag("unsure");
  fields.Done();
  CheckCauses(group, fields);
  return group;
}

void ReadListen(const json& value, const std::string& path, Problem& problem, HelloReport& hello) {
  FieldReader fields(value, path, problem);
  const Protocol protocol = ReadProtocol(fields);
  PortSet ports = fields.Ports("ports");
  if (protocol == Protocol::kSctp) fields.Refuse("protocol", "must be TCP or UDP");
  if (fields.Has("errno")) {
    const auto error = static_cast<int>(fields.Number("errno", 0, kMaxErrno));
    hello.failed_listen.push_back({protocol, std::move(ports), error});
  } else {
    (protocol == Protocol::kTcp ? hello.listening_tcp : hello.listening_udp).Add(ports);
  }
  fields.Done();
}

ConntrackUse ReadConntrack(const json& value, const std::string& path, Problem& problem) {
  FieldReader fields(value, path, problem);
  ConntrackUse use;
  use.max = fields.Number("max", 0, kMaxCount);
  use.count = fields.Number("count", 0, kMaxCount);
  fields.Done();
  return use;
}

std::vector<HostRun> ReadRuns(FieldReader& fields) {
  std::vector<HostRun> runs;
  const std::string text = fields.Text("hosts", kMaxReadLine);
  std::uint32_t next = 0;
  for (std::string_view left = text; !left.empty();) {
    const auto gap = CutVlq(left);
    const auto rest = gap ? CutVlq(left) : std::nullopt;
    // Both are below 2^30, and an ask has far fewer hosts, so that the sum stays below 2^32.
    if (!rest || *gap + *rest + next >= kMaxHostsOfAsk) {
      fields.Refuse("hosts", "must be pairs of numbers, within an ask");
      return {};
    }
    runs.push_back({next + *gap, *rest + 1});
    next += *gap + *rest + 1;
  }
  if (runs.empty()) fields.Refuse("hosts", "must be pairs of numbers, within an ask");
  return runs;
}

HostsEntry ReadEntry(const json& value, const std::string& path, Problem& problem) {
  FieldReader fields(value, path, problem);
  HostsEntry entry;
  entry.runs = ReadRuns(fields);
  const json& groups = fields.Array("groups", kMaxItems);
  for (std::size_t i = 0; i < groups.size() && !problem.found(); ++i)
    entry.groups.push_back(ReadGroup(groups[i], fields.PathOf("groups", i), problem));
  if (groups.empty()) fields.Refuse("groups", "must not be empty");
  if (fields.Has("more")) entry.more = fields.Flag("more");
  fields.Done();
  return entry;
}

}  // namespace

std::string EncodeRuns(std::span<const HostRun> runs) {
  std::string text;
  std::uint32_t next = 0;
  for (const HostRun& run : runs) {
    AppendVlq(text, run.first - next);
    AppendVlq(text, run.count - 1);
    next = run.first + run.count;
  }
  return text;
}

HelloPayload ReadHello(FieldReader& fields, Problem& problem) {
  HelloPayload hello;
  const json& listen = fields.Array("listen", kMaxItems);
  for (std::size_t i = 0; i < listen.size() && !problem.found(); ++i)
    ReadListen(listen[i], fields.PathOf("listen", i), problem, hello.said);
  if (fields.Has("conntrack")) {
    hello.said.conntrack =
        ReadConntrack(fields.Object("conntrack"), fields.PathOf("conntrack"), problem);
  }
  hello.more = fields.Flag("more");
  fields.Done();
  return hello;
}

std::vector<HostsEntry> ReadHosts(FieldReader& fields, Problem& problem) {
  std::vector<HostsEntry> entries;
  const json& array = fields.Array("entries", kMaxItems);
  for (std::size_t i = 0; i < array.size() && !problem.found(); ++i)
    entries.push_back(ReadEntry(array[i], fields.PathOf("entries", i), problem));
  fields.Done();
  return entries;
}

ServicePayload ReadService(FieldReader& fields, Problem& problem) {
  ServicePayload payload;
  payload.host = static_cast<std::uint32_t>(fields.Number("host", 0, kMaxHostsOfAsk - 1));
  payload.protocol = ReadProtocol(fields);
  const auto port = Port::From(static_cast<std::uint16_t>(fields.Number("port", 1, 65535)));
  if (port) payload.port = *port;
  payload.service = ReadService(fields.Object("service"), fields.PathOf("service"), problem);
  fields.Done();
  return payload;
}

SweepTotals ReadClose(FieldReader& fields) {
  SweepTotals totals;
  totals.attempts = fields.Number("attempts", 0, kMaxCount);
  totals.ports = fields.Number("ports", 0, kMaxCount);
  totals.peak_in_flight = fields.Number("peak_in_flight", 0, kMaxCount);
  totals.sweep_time = std::chrono::milliseconds(fields.Number("sweep_ms", 0, kMaxMilliseconds));
  totals.resident_kib = fields.Number("resident_kib", 0, kMaxCount);
  fields.Done();
  return totals;
}

}  // namespace podreach::wire
