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

constexpr std::string_view kSchema = "podreach.io/order/v2";
constexpr std::size_t kMaxItems = 65536;       // asks, probes
constexpr std::size_t kMaxPodNameBytes = 253;  // a DNS subdomain, as the API takes it
constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

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
  if (probe.ask) object["ask"] = *probe.ask;
  if (probe.limits) object["limits"] = EncodeLimits(*probe.limits);
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

/// The characters of EncodeHosts: none of them needs escaping in JSON.
bool IsHostList(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return '!' <= c && c <= '~' && c != '"' && c != '\\'; });
}

SweepLimits ParseLimits(const json& value, std::string path, Problem& problem) {
  FieldReader fields(value, std::move(path), problem);
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

std::vector<std::string> ParseAsks(FieldReader& parent, Problem& problem) {
  std::vector<std::string> asks;
  const json& array = parent.Array("asks", kMaxItems);
  for (std::size_t i = 0; i < array.size() && !problem.found(); ++i) {
    const auto* text = array[i].get_ptr<const std::string*>();
    if (text == nullptr || !IsHostList(*text)) {
      problem.Say(parent.PathOf("asks", i), "must be a list of hosts, in ASCII");
    } else {
      asks.push_back(*text);
    }
  }
  return asks;
}

std::map<std::string, ProbeIdentity> ParseProbes(FieldReader& parent, std::size_t asks,
                                                 Problem& problem) {
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
    if (fields.Has("ask")) {
      probe.ask = static_cast<std::uint32_t>(fields.Number("ask", 0, kMaxItems));
      if (*probe.ask >= asks) fields.Refuse("ask", "must be the index of one of the asks");
    }
    if (fields.Has("limits"))
      probe.limits = ParseLimits(fields.Object("limits"), fields.PathOf("limits"), problem);
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
                 {"asks", order.asks},
                 {"probes", std::move(probes)}};
  if (order.identify) object["identify"] = true;
  return wire::DumpJson(object);
}

Result<ProbeOrder> ParseOrder(std::string_view text) {
  constexpr std::string_view kContext = "read the probe's order";
  if (text.size() > kMaxOrderBytes) {
    return MakeError(ErrorKind::kCorrupt, std::string(kContext) + ": more than 1 MiB",
                     "split the hosts over several rounds");
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
  order.limits = ParseLimits(fields.Object("limits"), "limits", problem);
  order.asks = ParseAsks(fields, problem);
  order.probes = ParseProbes(fields, order.asks.size(), problem);
  fields.Done();
  if (problem.found()) return WithContext(problem.ToError(), kContext);
  return order;
}

}  // namespace podreach
