// The report reader on anything: as a log of its own, and with every line as the payload of a frame
// whose checksum is right. However the bytes are cut, the same comes out, and nothing that wasn't
// asked.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <tuple>

#include "podreach/wire/report_reader.h"
#include "wire/frame_codec.h"

namespace {

using namespace podreach;

const std::string kScan = "scan-1";
const std::string kNonce = "00112233445566778899aabbccddeeff";

std::shared_ptr<const std::vector<HostOrder>> Ask() {
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < 12; ++i)
    hosts.push_back({IpAddress::V4(0x0A000000U + i), *PortSet::Parse("1-100"), {}});
  hosts.push_back({*IpAddress::Parse("fd00::1"), *PortSet::Parse("80"), *PortSet::Parse("53")});
  return std::make_shared<const std::vector<HostOrder>>(std::move(hosts));
}

class Checker final : public RoundListener {
 public:
  void OnHosts(const HostRun& hosts, const std::vector<PortGroup>& groups) override {
    for (std::uint32_t i = hosts.first; i < hosts.first + hosts.count; ++i) {
      const HostOrder& host = ask_->at(i);
      for (const PortGroup& group : groups) {
        const PortSet& asked = group.protocol == Protocol::kUdp ? host.udp : host.tcp;
        if (!asked.Contains(group.ports)) std::abort();
      }
      if (std::exchange(came_.at(i), true)) std::abort();
    }
    all_.emplace_back(hosts.first, hosts.count, groups);
  }
  void OnService(const ServiceReport& service) override { services_.push_back(service); }
  friend bool operator==(const Checker& a, const Checker& b) {
    return a.all_ == b.all_ && a.services_ == b.services_;
  }

 private:
  std::shared_ptr<const std::vector<HostOrder>> ask_ = Ask();
  std::vector<bool> came_ = std::vector<bool>(13);
  std::vector<std::tuple<std::uint32_t, std::uint32_t, std::vector<PortGroup>>> all_;
  std::vector<ServiceReport> services_;
};

struct Outcomes {
  std::string broken;
  bool closed = false;
  Checker content;
  bool operator==(const Outcomes&) const = default;
};

Outcomes Fed(std::string_view log, std::size_t piece) {
  ReportReader reader(kScan, kNonce, *PortSet::Parse("8080"), *PortSet::Parse("67"));
  reader.Expect({0, Ask(), true});
  Outcomes seen;
  for (std::size_t at = 0; at < log.size(); at += piece)
    reader.Feed(log.substr(at, piece), seen.content);
  seen.broken = reader.broken();
  seen.closed = reader.closed();
  return seen;
}

void Check(std::string_view log) {
  if (!(Fed(log, std::max<std::size_t>(log.size(), 1)) == Fed(log, 7))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  std::string log;
  std::uint32_t sequence = 0;
  for (std::size_t begin = 0; begin < input.size() && sequence < 64;) {
    const std::size_t end = std::min(input.find('\n', begin), input.size());
    if (end - begin <= 4096)
      log += podreach::wire::EncodeFrame(kScan, kNonce, sequence++,
                                         std::string(input.substr(begin, end - begin)));
    begin = end + 1;
  }
  Check(log);
  return 0;
}
