#include "podreach/wire/report_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "wire/frame_codec.h"
#include "wire/report_payload.h"
#include "wire/service_json.h"
#include "wire/strict_json.h"

namespace podreach {
namespace {

using nlohmann::json;

constexpr std::size_t kItemsBytes = wire::kMaxPayload - 256;  // the rest: the other fields
constexpr std::size_t kChunkBytes = 4096;  // of a text within an item: ports, runs of hosts
// Groups that take more than this go over several entries, and their hosts one by one.
constexpr std::size_t kGroupsBytes = 3072;
constexpr std::size_t kRunBytes = 12;  // two numbers, at most

// The set's text, cut at commas into parts of at most kChunkBytes.
std::vector<std::string> PortChunks(const PortSet& ports) {
  std::vector<std::string> chunks;
  const std::string text = ports.ToString();
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.size();
    if (end - at > kChunkBytes) end = text.rfind(',', at + kChunkBytes);
    chunks.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return chunks;
}

// Adds one item for each chunk of the ports, alike in all else.
void AddChunks(std::vector<json>& items, const json& item, const PortSet& ports) {
  for (auto& chunk : PortChunks(ports)) {
    items.push_back(item);
    items.back()["ports"] = std::move(chunk);
  }
}

// Spreads items over arrays that fit a frame each. Never empty.
std::vector<json> Pack(std::vector<json> items) {
  std::vector<json> arrays(1, json::array());
  std::size_t bytes = 0;
  for (auto& item : items) {
    const std::size_t size = wire::DumpJson(item).size() + 1;
    if (bytes + size > kItemsBytes && !arrays.back().empty()) {
      arrays.push_back(json::array());
      bytes = 0;
    }
    bytes += size;
    arrays.back().push_back(std::move(item));
  }
  return arrays;
}

json EncodeGroup(const PortGroup& group) {
  json object = {{"protocol", ToString(group.protocol)}, {"state", ToString(group.state)}};
  if (group.icmp) {
    object["icmp"] = {{"from", group.icmp->from.ToString()},
                      {"type", group.icmp->type},
                      {"code", group.icmp->code}};
  }
  if (group.error_number != 0) object["errno"] = group.error_number;
  if (group.unsure) object["unsure"] = true;
  return object;
}

// The groups as items of at most kChunkBytes and a little.
std::vector<json> EncodeGroups(const std::vector<PortGroup>& groups) {
  std::vector<json> items;
  for (const PortGroup& group : groups) {
    if (group.all) {
      items.push_back(EncodeGroup(group));
    } else {
      AddChunks(items, EncodeGroup(group), group.ports);
    }
  }
  return items;
}

// One host whose groups need several entries.
void AddParts(std::vector<json>& entries, std::uint32_t host, const std::vector<json>& groups) {
  const HostRun run{host, 1};
  const std::string hosts = wire::EncodeRuns(std::span(&run, 1));
  std::size_t bytes = 0;
  bool begun = false;
  for (const json& group : groups) {
    const std::size_t size = wire::DumpJson(group).size();
    if (!begun || bytes + size > kGroupsBytes) {
      if (begun) entries.back()["more"] = true;
      entries.push_back({{"hosts", hosts}, {"groups", json::array()}});
      begun = true;
      bytes = 0;
    }
    bytes += size;
    entries.back()["groups"].push_back(group);
  }
}

void AddEntries(std::vector<json>& entries, const AlikeHosts& alike) {
  json groups = EncodeGroups(alike.groups);
  if (groups.empty()) return;
  if (wire::DumpJson(groups).size() > kGroupsBytes) {
    for (const HostRun& run : alike.runs) {
      for (std::uint32_t host = run.first; host < run.first + run.count; ++host)
        AddParts(entries, host, groups);
    }
    return;
  }
  constexpr std::size_t kRunsAtOnce = kChunkBytes / kRunBytes;
  for (std::size_t at = 0; at < alike.runs.size(); at += kRunsAtOnce) {
    const auto runs = std::span(alike.runs).subspan(at);
    entries.push_back({{"hosts", wire::EncodeRuns(runs.first(std::min(kRunsAtOnce, runs.size())))},
                       {"groups", groups}});
  }
}

}  // namespace

ReportWriter::ReportWriter(std::string scan, std::string nonce)
    : scan_(std::move(scan)), nonce_(std::move(nonce)) {}

std::string ReportWriter::Hello(const HelloReport& hello) {
  std::vector<json> items;
  AddChunks(items, {{"protocol", "TCP"}}, hello.listening_tcp);
  AddChunks(items, {{"protocol", "UDP"}}, hello.listening_udp);
  for (const auto& failure : hello.failed_listen) {
    const json item = {{"protocol", ToString(failure.protocol)}, {"errno", failure.error_number}};
    AddChunks(items, item, failure.ports);
  }
  const auto arrays = Pack(std::move(items));
  std::string lines;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    json payload = {{"type", "hello"}, {"listen", arrays[i]}, {"more", i + 1 < arrays.size()}};
    if (i == 0 && hello.conntrack) {
      payload["conntrack"] = {{"max", hello.conntrack->max}, {"count", hello.conntrack->count}};
    }
    lines += Frame(wire::DumpJson(payload));
  }
  return lines;
}

std::string ReportWriter::Hosts(std::span<const AlikeHosts> hosts) {
  std::vector<json> entries;
  for (const AlikeHosts& alike : hosts) AddEntries(entries, alike);
  if (entries.empty()) return {};
  std::string lines;
  for (json& array : Pack(std::move(entries))) {
    lines += Frame(
        wire::DumpJson({{"type", "hosts"}, {"round", round_}, {"entries", std::move(array)}}));
  }
  return lines;
}

std::string ReportWriter::Service(std::uint32_t host, Protocol protocol, Port port,
                                  const ServiceIdentity& service) {
  return Frame(wire::DumpJson({{"type", "service"},
                               {"round", round_},
                               {"host", host},
                               {"protocol", ToString(protocol)},
                               {"port", port.number()},
                               {"service", wire::EncodeService(service)}}));
}

std::string ReportWriter::Close(const SweepTotals& totals) {
  return Frame(wire::DumpJson({{"type", "close"},
                               {"round", round_},
                               {"attempts", totals.attempts},
                               {"ports", totals.ports},
                               {"peak_in_flight", totals.peak_in_flight},
                               {"sweep_ms", std::max<std::int64_t>(0, totals.sweep_time.count())},
                               {"resident_kib", totals.resident_kib}}));
}

std::string ReportWriter::Frame(std::string_view payload) {
  return wire::EncodeFrame(scan_, nonce_, sequence_++, payload);
}

}  // namespace podreach
