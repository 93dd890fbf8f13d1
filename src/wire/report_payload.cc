#include "wire/report_payload.h"

#include "wire/frame_codec.h"
#include "wire/service_json.h"

namespace podreach::wire {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxItems = kMaxReadLine;          // a line holds fewer anyway
constexpr std::size_t kMaxTextBytes = 1024;              // names and error texts
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
  group.ports = fields.Ports("ports");
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

void ReadListen(const json& value, const std::string& path, Problem& problem, HelloPayload& hello) {
  FieldReader fields(value, path, problem);
  const Protocol protocol = ReadProtocol(fields);
  PortSet ports = fields.Ports("ports");
  if (protocol == Protocol::kSctp) fields.Refuse("protocol", "must be TCP or UDP");
  if (fields.Has("errno")) {
    const auto error = static_cast<int>(fields.Number("errno", 0, kMaxErrno));
    hello.failed.push_back({protocol, std::move(ports), error});
  } else {
    (protocol == Protocol::kTcp ? hello.tcp : hello.udp).Add(ports);
  }
  fields.Done();
}

}  // namespace

HelloPayload ReadHello(FieldReader& fields, Problem& problem) {
  HelloPayload hello;
  const json& listen = fields.Array("listen", kMaxItems);
  for (std::size_t i = 0; i < listen.size() && !problem.found(); ++i) {
    ReadListen(listen[i], fields.PathOf("listen", i), problem, hello);
  }
  hello.more = fields.Flag("more");
  fields.Done();
  return hello;
}

HostReport ReadHost(FieldReader& fields, Problem& problem) {
  HostReport host;
  host.address = fields.Address("address");
  const json& groups = fields.Array("groups", kMaxItems);
  for (std::size_t i = 0; i < groups.size() && !problem.found(); ++i) {
    host.groups.push_back(ReadGroup(groups[i], fields.PathOf("groups", i), problem));
  }
  fields.Done();
  return host;
}

NameReport ReadName(FieldReader& fields, Problem& problem) {
  NameReport name;
  name.name = fields.Text("name", kMaxTextBytes);
  const json& addresses = fields.Array("addresses", kMaxItems);
  for (std::size_t i = 0; i < addresses.size() && !problem.found(); ++i) {
    const auto* text = addresses[i].get_ptr<const std::string*>();
    const auto address = text == nullptr ? std::nullopt : IpAddress::Parse(*text);
    if (!address) problem.Say(fields.PathOf("addresses", i), "must be an IPv4 or IPv6 address");
    name.addresses.push_back(address.value_or(IpAddress{}));
  }
  if (fields.Has("error")) name.error = fields.Text("error", kMaxTextBytes);
  fields.Done();
  return name;
}

ServiceReport ReadServiceReport(FieldReader& fields, Problem& problem) {
  const IpAddress address = fields.Address("address");
  const Protocol protocol = ReadProtocol(fields);
  const auto port = Port::From(static_cast<std::uint16_t>(fields.Number("port", 1, 65535)));
  ServiceIdentity service =
      ReadService(fields.Object("service"), fields.PathOf("service"), problem);
  fields.Done();
  return {{address, protocol, port.value_or(*Port::From(1))}, std::move(service)};
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
