#include "podreach/wire/probe_report.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/frame_codec.h"
#include "wire/report_payload.h"
#include "wire/strict_json.h"

namespace podreach {
namespace {

using nlohmann::json;
using wire::FieldReader;
using wire::Problem;

// Bounds the work of finding a port that comes twice. States and ICMP senders are few.
constexpr std::size_t kMaxGroupsPerHost = 1024;
constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

Error Corrupt(std::string why) { return MakeError(ErrorKind::kCorrupt, std::move(why)); }

// Without a copy of either set: a forged report may bring many pairs of large ones.
bool Overlap(const PortSet& a, const PortSet& b) {
  const auto& few = a.ranges().size() <= b.ranges().size() ? a.ranges() : b.ranges();
  const auto& many = a.ranges().size() <= b.ranges().size() ? b.ranges() : a.ranges();
  return std::ranges::any_of(few, [&many](const PortRange& range) {
    const auto next = std::ranges::lower_bound(many, range.first, {}, &PortRange::last);
    return next != many.end() && next->first <= range.last;
  });
}

bool AlikeButForPorts(const PortGroup& a, const PortGroup& b) {
  return a.protocol == b.protocol && a.state == b.state && a.icmp == b.icmp &&
         a.error_number == b.error_number && a.unsure == b.unsure;
}

void AddFailure(std::vector<ListenFailure>& failures, ListenFailure failure) {
  if (!failures.empty() && failures.back().protocol == failure.protocol &&
      failures.back().error_number == failure.error_number) {
    failures.back().ports.Add(failure.ports);
  } else {
    failures.push_back(std::move(failure));
  }
}

// A name that follows itself goes on with its addresses; one that comes back later is refused.
Result<void> AddName(std::vector<NameReport>& names, NameReport name) {
  if (!names.empty() && names.back().name == name.name) {
    if (names.back().error != name.error) return Corrupt("a name comes twice in a round");
    auto& addresses = names.back().addresses;
    addresses.insert(addresses.end(), name.addresses.begin(), name.addresses.end());
    return {};
  }
  if (std::ranges::find(names, name.name, &NameReport::name) != names.end()) {
    return Corrupt("a name comes twice in a round");
  }
  names.push_back(std::move(name));
  return {};
}

}  // namespace

ReportReader::ReportReader(std::string scan, std::string nonce, std::uint64_t max_bytes)
    : scan_(std::move(scan)), nonce_(std::move(nonce)), max_bytes_(max_bytes) {}

void ReportReader::Feed(std::string_view bytes) {
  while (!bytes.empty() && broken_.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (pending_.size() + part.size() > wire::kMaxReadLine) {
      Break("a line exceeds 16 KiB");
    } else if (end == std::string_view::npos) {
      pending_.append(part);
      return;
    } else if (pending_.empty()) {
      Line(part);
    } else {
      const std::string line = std::exchange(pending_, {}).append(part);
      Line(line);
    }
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
}

void ReportReader::Line(std::string_view line) {
  const auto decoded = wire::DecodeFrame(line, scan_, nonce_);
  const std::optional<wire::Frame> frame = decoded ? *decoded : std::nullopt;
  const std::size_t expected = checksums_.size();
  if (frame && frame->sequence < expected) {
    // A frame read before, as the start of a log that was asked for again.
    if (checksums_[frame->sequence] == frame->checksum) return;
    return Break("frame " + std::to_string(frame->sequence) + " came again with other content");
  }
  bytes_ += line.size() + 1;
  if (bytes_ > max_bytes_) return Break("more than " + std::to_string(max_bytes_) + " bytes");
  if (!decoded) {
    return Break("after " + std::to_string(expected) + " frames: " + decoded.error().message);
  }
  if (!frame) {
    ++ignored_lines_;
    return;
  }
  if (frame->sequence != expected) {
    return Break("frame " + std::to_string(expected) +
                 " is missing: " + std::to_string(frame->sequence) + " came");
  }
  checksums_.push_back(frame->checksum);
  Payload(frame->payload);
}

void ReportReader::Payload(std::string_view payload) {
  const std::string where = "frame " + std::to_string(checksums_.size() - 1) + ": ";
  const auto document = wire::ParseStrictJson(payload);
  if (!document) return Break(where + document.error().message);
  Problem problem;
  const std::string type = FieldReader(*document, "", problem).Text("type", 16);
  if (problem.found()) return Break(where + problem.ToError().message);
  const auto read = type == "hello" ? Hello(&*document) : Data(type, &*document);
  if (!read) Break(where + read.error().message);
}

void ReportReader::Break(std::string why) {
  broken_ = std::move(why);
  pending_.clear();
}

Result<void> ReportReader::Hello(const void* json_object) {
  if (greeted_) return Corrupt("a second hello");
  Problem problem;
  FieldReader fields(*static_cast<const json*>(json_object), "", problem);
  static_cast<void>(fields.Text("type", 16));
  auto hello = wire::ReadHello(fields, problem);
  if (problem.found()) return problem.ToError();
  if (Overlap(listening_.listening_tcp, hello.tcp) ||
      Overlap(listening_.listening_udp, hello.udp)) {
    return Corrupt("a listening port comes twice");
  }
  listening_.listening_tcp.Add(hello.tcp);
  listening_.listening_udp.Add(hello.udp);
  for (auto& failure : hello.failed) AddFailure(listening_.failed_listen, std::move(failure));
  greeted_ = !hello.more;
  return {};
}

Result<void> ReportReader::Data(std::string_view type, const void* json_object) {
  if (type != "host" && type != "name" && type != "service" && type != "close")
    return Corrupt("type: is unknown");
  if (!greeted_) return Corrupt("comes before the hello");
  Problem problem;
  FieldReader fields(*static_cast<const json*>(json_object), "", problem);
  static_cast<void>(fields.Text("type", 16));
  const auto number = static_cast<std::uint32_t>(fields.Number("round", 0, kMax32));
  if (problem.found()) return problem.ToError();
  const auto open = OpenRound(number);
  if (!open) return open.error();
  Round& round = **open;
  if (type == "host") {
    auto host = wire::ReadHost(fields, problem);
    if (problem.found()) return problem.ToError();
    return AddHost(round, std::move(host));
  }
  if (type == "name") {
    auto name = wire::ReadName(fields, problem);
    if (problem.found()) return problem.ToError();
    return AddName(round.report.names, std::move(name));
  }
  if (type == "service") {
    auto service = wire::ReadServiceReport(fields, problem);
    if (problem.found()) return problem.ToError();
    if (!round.services.insert(service.endpoint).second)
      return Corrupt("a service comes twice in a round");
    round.report.services.push_back(std::move(service));
    return {};
  }
  round.report.totals = wire::ReadClose(fields);
  if (problem.found()) return problem.ToError();
  if (round.report.totals.ports != round.ports) {
    return Corrupt("ports: the closing frame counts " + std::to_string(round.report.totals.ports) +
                   ", " + std::to_string(round.ports) + " came");
  }
  round.closed = true;
  return {};
}

Result<void> ReportReader::AddHost(Round& round, HostReport host) {
  auto& hosts = round.report.hosts;
  const auto [entry, is_new] = round.host_index.try_emplace(host.address, hosts.size());
  if (is_new) hosts.push_back({host.address, {}});
  auto& groups = hosts[entry->second].groups;
  for (auto& group : host.groups) {
    for (const auto& earlier : groups) {
      if (earlier.protocol == group.protocol && Overlap(earlier.ports, group.ports)) {
        return Corrupt("groups: a port of " + host.address.ToString() + " comes twice in a round");
      }
    }
    round.ports += group.ports.size();
    if (!groups.empty() && AlikeButForPorts(groups.back(), group)) {
      groups.back().ports.Add(group.ports);
    } else if (groups.size() == kMaxGroupsPerHost) {
      return Corrupt("groups: more than 1024 of one host");
    } else {
      groups.push_back(std::move(group));
    }
  }
  return {};
}

Result<ReportReader::Round*> ReportReader::OpenRound(std::uint32_t number) {
  if (!rounds_.empty()) {
    auto& [last, round] = *rounds_.rbegin();
    if (last == number && !round.closed) return &round;
    if (last >= number) return Corrupt("round: " + std::to_string(last) + " was closed or begun");
    if (!round.closed) return Corrupt("round: " + std::to_string(last) + " isn't closed");
  }
  Round& round = rounds_[number];
  round.report = listening_;
  round.report.round = number;
  return &round;
}

bool ReportReader::closed(std::uint32_t round) const {
  const auto found = rounds_.find(round);
  return found != rounds_.end() && found->second.closed;
}

std::vector<std::uint32_t> ReportReader::closed_rounds() const {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, round] : rounds_) {
    if (round.closed) numbers.push_back(number);
  }
  return numbers;
}

Result<ProbeReport> ReportReader::Finish(std::uint32_t round) const {
  if (closed(round)) return rounds_.at(round).report;
  const std::string what = "read round " + std::to_string(round) + " of a probe's report: ";
  if (!broken_.empty()) return Corrupt(what + broken_);
  if (!greeted_) return Corrupt(what + "its hello didn't come");
  return Corrupt(what + "its closing frame didn't come");
}

}  // namespace podreach
