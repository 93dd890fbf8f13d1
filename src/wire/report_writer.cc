#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "podreach/wire/probe_report.h"
#include "wire/frame_codec.h"
#include "wire/service_json.h"
#include "wire/strict_json.h"

namespace podreach {
namespace {

using nlohmann::json;

constexpr std::size_t kItemsBytes = wire::kMaxPayload - 3584;  // the rest: the other fields
constexpr std::size_t kChunkBytes = kItemsBytes - 512;         // ports of one item
constexpr std::size_t kNameBytes = 255;
constexpr std::size_t kErrorBytes = 255;

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

}  // namespace

ReportWriter::ReportWriter(std::string scan, std::string nonce)
    : scan_(std::move(scan)), nonce_(std::move(nonce)) {}

std::string ReportWriter::Hello(const PortSet& tcp, const PortSet& udp,
                                std::span<const ListenFailure> failed) {
  std::vector<json> items;
  AddChunks(items, {{"protocol", "TCP"}}, tcp);
  AddChunks(items, {{"protocol", "UDP"}}, udp);
  for (const auto& failure : failed) {
    const json item = {{"protocol", ToString(failure.protocol)}, {"errno", failure.error_number}};
    AddChunks(items, item, failure.ports);
  }
  const auto arrays = Pack(std::move(items));
  std::string lines;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const bool more = i + 1 < arrays.size();
    lines += Frame(wire::DumpJson({{"type", "hello"}, {"listen", arrays[i]}, {"more", more}}));
  }
  return lines;
}

std::string ReportWriter::Host(const HostReport& host) {
  std::vector<json> items;
  for (const auto& group : host.groups) AddChunks(items, EncodeGroup(group), group.ports);
  std::string lines;
  for (auto& groups : Pack(std::move(items))) {
    lines += Frame(wire::DumpJson({{"type", "host"},
                                   {"round", round_},
                                   {"address", host.address.ToString()},
                                   {"groups", std::move(groups)}}));
  }
  return lines;
}

std::string ReportWriter::Name(const NameReport& name) {
  std::vector<json> items;
  for (const auto& address : name.addresses) items.emplace_back(address.ToString());
  std::string lines;
  for (auto& addresses : Pack(std::move(items))) {
    json payload = {{"type", "name"},
                    {"round", round_},
                    {"name", name.name.substr(0, kNameBytes)},
                    {"addresses", std::move(addresses)}};
    if (!name.error.empty()) payload["error"] = name.error.substr(0, kErrorBytes);
    lines += Frame(wire::DumpJson(payload));
  }
  return lines;
}

std::string ReportWriter::Service(const ServiceReport& service) {
  return Frame(wire::DumpJson({{"type", "service"},
                               {"round", round_},
                               {"address", service.endpoint.address.ToString()},
                               {"protocol", ToString(service.endpoint.protocol)},
                               {"port", service.endpoint.port.number()},
                               {"service", wire::EncodeService(service.service)}}));
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
