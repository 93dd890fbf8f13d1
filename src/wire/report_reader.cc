#include "podreach/wire/report_reader.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "wire/frame_codec.h"
#include "wire/report_payload.h"
#include "wire/round_state.h"
#include "wire/strict_json.h"

namespace podreach {
namespace {

using nlohmann::json;
using wire::FieldReader;
using wire::Problem;

// Two port sets whose every port is named, some failures, and what frames take.
constexpr std::uint64_t kMaxHelloBytes = 1U << 20U;
constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

Error Corrupt(std::string why) { return MakeError(ErrorKind::kCorrupt, std::move(why)); }

void AddFailure(std::vector<ListenFailure>& failures, ListenFailure failure) {
  if (!failures.empty() && failures.back().protocol == failure.protocol &&
      failures.back().error_number == failure.error_number) {
    failures.back().ports.Add(failure.ports);
  } else {
    failures.push_back(std::move(failure));
  }
}

/// Takes these ports out of those that may still come; false where one may not.
bool Take(PortSet& left, const PortSet& ports) {
  if (!left.Contains(ports)) return false;
  left.Remove(ports);
  return true;
}

class Deaf final : public RoundListener {
 public:
  void OnHosts(const HostRun&, const std::vector<PortGroup>&) override {}
  void OnService(const ServiceReport&) override {}
};

}  // namespace

ReportReader::ReportReader(std::string scan, std::string nonce, PortSet listen_tcp,
                           PortSet listen_udp)
    : scan_(std::move(scan)),
      nonce_(std::move(nonce)),
      listen_tcp_(std::move(listen_tcp)),
      listen_udp_(std::move(listen_udp)),
      max_bytes_(kMaxHelloBytes) {}

ReportReader::~ReportReader() = default;
ReportReader::ReportReader(ReportReader&&) noexcept = default;
ReportReader& ReportReader::operator=(ReportReader&&) noexcept = default;

void ReportReader::Expect(RoundTerms terms) {
  max_bytes_ += wire::MaxRoundBytes(terms);
  const std::uint32_t round = terms.round;
  rounds_.try_emplace(round, std::make_unique<wire::RoundState>(std::move(terms)));
}

void ReportReader::Restart() {
  pending_.clear();
  noise_bytes_ = 0;
}

void ReportReader::Feed(std::string_view bytes, RoundListener& listener) {
  while (!bytes.empty() && broken_.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (pending_.size() + part.size() > wire::kMaxReadLine) {
      Break("a line exceeds 16 KiB");
    } else if (end == std::string_view::npos) {
      pending_.append(part);
      return;
    } else if (pending_.empty()) {
      Line(part, listener);
    } else {
      const std::string line = std::exchange(pending_, {}).append(part);
      Line(line, listener);
    }
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
}

void ReportReader::Line(std::string_view line, RoundListener& listener) {
  const auto decoded = wire::DecodeFrame(line, scan_, nonce_);
  const std::optional<wire::Frame> frame = decoded ? *decoded : std::nullopt;
  const std::size_t expected = checksums_.size();
  if (!decoded) {
    return Break("after " + std::to_string(expected) + " frames: " + decoded.error().message);
  }
  if (!frame) {
    ++ignored_lines_;
    noise_bytes_ += line.size() + 1;
    if (noise_bytes_ > kMaxNoiseBytes)
      Break("more than " + std::to_string(kMaxNoiseBytes) + " bytes that are no frames");
    return;
  }
  if (frame->sequence < expected) {
    // A frame read before, as the start of a log that was asked for again.
    if (checksums_[frame->sequence] == frame->checksum) return;
    return Break("frame " + std::to_string(frame->sequence) + " came again with other content");
  }
  bytes_ += line.size() + 1;
  if (bytes_ > max_bytes_) return Break("more bytes than what was asked can take");
  if (frame->sequence != expected) {
    return Break("frame " + std::to_string(expected) +
                 " is missing: " + std::to_string(frame->sequence) + " came");
  }
  checksums_.push_back(frame->checksum);
  Payload(frame->payload, listener);
}

void ReportReader::Payload(std::string_view payload, RoundListener& listener) {
  const std::string where = "frame " + std::to_string(checksums_.size() - 1) + ": ";
  const auto document = wire::ParseStrictJson(payload);
  if (!document) return Break(where + document.error().message);
  Problem problem;
  const std::string type = FieldReader(*document, "", problem).Text("type", 16);
  if (problem.found()) return Break(where + problem.ToError().message);
  const auto read = type == "hello" ? Hello(*document) : Data(type, *document, listener);
  if (!read) Break(where + read.error().message);
}

void ReportReader::Break(std::string why) {
  broken_ = std::move(why);
  pending_.clear();
}

Result<void> ReportReader::Hello(const json& payload) {
  if (greeted_) return Corrupt("a second hello");
  Problem problem;
  FieldReader fields(payload, "", problem);
  static_cast<void>(fields.Text("type", 16));
  auto hello = wire::ReadHello(fields, problem);
  if (problem.found()) return problem.ToError();
  bool ordered =
      Take(listen_tcp_, hello.said.listening_tcp) && Take(listen_udp_, hello.said.listening_udp);
  for (const ListenFailure& failure : hello.said.failed_listen) {
    ordered = ordered &&
              Take(failure.protocol == Protocol::kUdp ? listen_udp_ : listen_tcp_, failure.ports);
  }
  if (!ordered) return Corrupt("listen: a port wasn't ordered, or comes twice");
  if (hello.said.conntrack && hello_.conntrack) return Corrupt("conntrack: comes twice");
  if (hello.said.conntrack) hello_.conntrack = hello.said.conntrack;
  hello_.listening_tcp.Add(hello.said.listening_tcp);
  hello_.listening_udp.Add(hello.said.listening_udp);
  for (auto& failure : hello.said.failed_listen)
    AddFailure(hello_.failed_listen, std::move(failure));
  greeted_ = !hello.more;
  return {};
}

Result<void> ReportReader::Data(std::string_view type, const json& payload,
                                RoundListener& listener) {
  if (type != "hosts" && type != "service" && type != "close") return Corrupt("type: is unknown");
  if (!greeted_) return Corrupt("comes before the hello");
  Problem problem;
  FieldReader fields(payload, "", problem);
  static_cast<void>(fields.Text("type", 16));
  const auto number = static_cast<std::uint32_t>(fields.Number("round", 0, kMax32));
  if (problem.found()) return problem.ToError();
  const auto open = OpenRound(number);
  if (!open) return open.error();
  wire::RoundState& round = **open;
  Deaf deaf;
  RoundListener& to = number == rounds_.rbegin()->first ? listener : deaf;
  if (type == "hosts") {
    auto entries = wire::ReadHosts(fields, problem);
    if (problem.found()) return problem.ToError();
    for (wire::HostsEntry& entry : entries) {
      if (auto added = round.AddHosts(std::move(entry), to); !added) return added;
    }
    return {};
  }
  if (type == "service") {
    const auto service = wire::ReadService(fields, problem);
    if (problem.found()) return problem.ToError();
    return round.AddService(service, to);
  }
  const SweepTotals totals = wire::ReadClose(fields);
  if (problem.found()) return problem.ToError();
  return round.Close(totals);
}

Result<wire::RoundState*> ReportReader::OpenRound(std::uint32_t number) {
  const auto found = rounds_.find(number);
  if (found == rounds_.end()) return Corrupt("round: wasn't ordered");
  if (found->second->closed()) return Corrupt("round: was closed");
  if (found->second->begun()) return found->second.get();
  for (const auto& [other, round] : rounds_) {
    if (!round->begun()) continue;
    if (other > number) return Corrupt("round: a later one came before");
    if (!round->closed()) return Corrupt("round: the one before isn't closed");
  }
  found->second->Begin();
  return found->second.get();
}

bool ReportReader::closed() const { return !rounds_.empty() && rounds_.rbegin()->second->closed(); }

SweepTotals ReportReader::totals() const {
  return rounds_.empty() ? SweepTotals{} : rounds_.rbegin()->second->totals();
}

}  // namespace podreach
