#include "podreach/wire/probe_order.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "wire/strict_json.h"

namespace podreach {
namespace {

using nlohmann::json;
using wire::FieldReader;
using wire::Problem;

constexpr std::string_view kSchema = "podreach.io/order/v1";
constexpr std::size_t kMaxBytes = 1U << 20U;
constexpr std::size_t kMaxItems = 65536;       // hosts of one list, names, probes
constexpr std::size_t kMaxNameBytes = 255;     // RFC 1035, section 2.3.4
constexpr std::size_t kMaxPodNameBytes = 253;  // a DNS subdomain, as the API takes it
constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

json EncodeHosts(const std::vector<HostOrder>& hosts) {
  json array = json::array();
  for (const auto& host : hosts) {
    json object = {{"address", host.address.ToString()}};
    if (!host.tcp.empty()) object["tcp"] = host.tcp.ToString();
    if (!host.udp.empty()) object["udp"] = host.udp.ToString();
    array.push_back(std::move(object));
  }
  return array;
}

json EncodeLimits(const SweepLimits& limits) {
  return {{"in_flight", limits.in_flight},
          {"rate", limits.rate},
          {"rate_per_host", limits.rate_per_host},
          {"flows_per_two_minutes", limits.flows_per_two_minutes},
          {"tries", limits.tries},
          {"timeout_ms", limits.timeout.count()}};
}

json EncodeProbe(const ProbeIdentity& probe) {
  json object = {{"nonce", probe.nonce}};
  if (!probe.listen_tcp.empty()) object["listen_tcp"] = probe.listen_tcp.ToString();
  if (!probe.listen_udp.empty()) object["listen_udp"] = probe.listen_udp.ToString();
  if (probe.hosts) object["hosts"] = EncodeHosts(*probe.hosts);
  return object;
}

bool IsLowerAlnum(char c) { return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9'); }

bool IsScanId(std::string_view text) {
  return !text.empty() && text.size() <= 63 &&
         std::ranges::all_of(text, [](char c) { return IsLowerAlnum(c) || c == '-'; });
}

bool IsNonce(std::string_view text) {
  return text.size() == 32 && std::ranges::all_of(text, [](char c) {
           return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f');
         });
}

bool IsPodName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPodNameBytes &&
         std::ranges::all_of(text, [](char c) { return IsLowerAlnum(c) || c == '-' || c == '.'; });
}

bool IsHostName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::ranges::all_of(text, [](char c) { return '!' <= c && c <= '~'; });
}

SweepLimits ParseLimits(const json& value, Problem& problem) {
  FieldReader fields(value, "limits", problem);
  SweepLimits limits;
  const auto number = [&fields](const char* name, std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint32_t>(fields.Number(name, low, high));
  };
  limits.in_flight = number("in_flight", 1, 65535);
  limits.rate = number("rate", 0, kMax32);
  limits.rate_per_host = number("rate_per_host", 0, kMax32);
  limits.flows_per_two_minutes = number("flows_per_two_minutes", 0, kMax32);
  limits.tries = number("tries", 1, 5);
  limits.timeout = std::chrono::milliseconds(number("timeout_ms", 1, 60000));
  fields.Done();
  return limits;
}

// An address comes once: its ports would be swept twice, and the report refused.
std::vector<HostOrder> ParseHosts(FieldReader& parent, Problem& problem) {
  std::vector<HostOrder> hosts;
  std::set<IpAddress> seen;
  const json& array = parent.Array("hosts", kMaxItems);
  for (std::size_t i = 0; i < array.size() && !problem.found(); ++i) {
    FieldReader fields(array[i], parent.PathOf("hosts", i), problem);
    HostOrder host;
    host.address = fields.Address("address");
    host.tcp = fields.OptionalPorts("tcp");
    host.udp = fields.OptionalPorts("udp");
    fields.Done();
    if (!seen.insert(host.address).second) fields.Refuse("address", "comes twice");
    hosts.push_back(std::move(host));
  }
  return hosts;
}

std::vector<std::string> ParseNames(FieldReader& parent, Problem& problem) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  const json& array = parent.Array("names", kMaxItems);
  for (std::size_t i = 0; i < array.size() && !problem.found(); ++i) {
    const auto* name = array[i].get_ptr<const std::string*>();
    if (name == nullptr || !IsHostName(*name)) {
      problem.Say(parent.PathOf("names", i), "must be 1 to 255 bytes of printable ASCII");
    } else if (!seen.insert(*name).second) {
      problem.Say(parent.PathOf("names", i), "comes twice");
    } else {
      names.push_back(*name);
    }
  }
  return names;
}

std::map<std::string, ProbeIdentity> ParseProbes(FieldReader& parent, Problem& problem) {
  std::map<std::string, ProbeIdentity> probes;
  const json& object = parent.Object("probes");
  if (object.size() > kMaxItems) parent.Refuse("probes", "must be at most 65536");
  for (const auto& [name, value] : object.items()) {
    if (problem.found()) break;
    if (!IsPodName(name)) {
      parent.Refuse("probes", "a key must be a pod name: 1 to 253 of [a-z0-9.-]");
      break;
    }
    FieldReader fields(value, parent.PathOf("probes") + "." + name, problem);
    ProbeIdentity probe;
    probe.nonce = fields.Text("nonce", 32);
    if (!IsNonce(probe.nonce)) fields.Refuse("nonce", "must be 32 lower-case hex digits");
    probe.listen_tcp = fields.OptionalPorts("listen_tcp");
    probe.listen_udp = fields.OptionalPorts("listen_udp");
    if (fields.Has("hosts")) probe.hosts = ParseHosts(fields, problem);
    fields.Done();
    probes.emplace(name, std::move(probe));
  }
  return probes;
}

}  // namespace

std::string EncodeOrder(const ProbeOrder& order) {
  json probes = json::object();
  for (const auto& [name, probe] : order.probes) probes[name] = EncodeProbe(probe);
  json object = {{"schema", kSchema},
                 {"scan", order.scan},
                 {"go", order.go},
                 {"round", order.round},
                 {"limits", EncodeLimits(order.limits)},
                 {"hosts", EncodeHosts(order.hosts)},
                 {"names", order.names},
                 {"probes", std::move(probes)}};
  if (order.identify) object["identify"] = true;
  return wire::DumpJson(object);
}

Result<ProbeOrder> ParseOrder(std::string_view text) {
  constexpr std::string_view kContext = "read the probe's order";
  if (text.size() > kMaxBytes) {
    return MakeError(ErrorKind::kCorrupt, std::string(kContext) + ": more than 1 MiB",
                     "split the scan over more namespaces or fewer targets");
  }
  const auto document = wire::ParseStrictJson(text);
  if (!document) return WithContext(document.error(), kContext);
  Problem problem;
  FieldReader fields(*document, "", problem);
  if (fields.Text("schema", 64) != kSchema) {
    fields.Refuse("schema", "must be \"" + std::string(kSchema) + "\"");
  }
  ProbeOrder order;
  order.scan = fields.Text("scan", 63);
  if (!IsScanId(order.scan)) fields.Refuse("scan", "must be 1 to 63 of [a-z0-9-]");
  order.go = fields.Flag("go");
  order.round = static_cast<std::uint32_t>(fields.Number("round", 0, kMax32));
  if (fields.Has("identify")) order.identify = fields.Flag("identify");
  order.limits = ParseLimits(fields.Object("limits"), problem);
  order.hosts = ParseHosts(fields, problem);
  order.names = ParseNames(fields, problem);
  order.probes = ParseProbes(fields, problem);
  fields.Done();
  if (problem.found()) return WithContext(problem.ToError(), kContext);
  return order;
}

}  // namespace podreach
