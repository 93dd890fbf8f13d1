#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/wire/report_reader.h"
#include "podreach/wire/report_writer.h"

namespace podreach {

inline const std::string kScan = "scan-1";
inline const std::string kNonce = "00112233445566778899aabbccddeeff";

inline PortSet Ports(const std::string& text) { return *PortSet::Parse(text); }
inline IpAddress Address(const char* text) { return *IpAddress::Parse(text); }

/// One round of a probe's report.
struct RoundContent {
  std::vector<AlikeHosts> hosts;
  std::vector<ServiceReport> services;
  friend bool operator==(const RoundContent&, const RoundContent&) = default;
};

/// Keeps what it is given, runs of the same groups together.
class Collector final : public RoundListener {
 public:
  void OnHosts(const HostRun& hosts, const std::vector<PortGroup>& groups) override {
    if (content.hosts.empty() || content.hosts.back().groups != groups)
      content.hosts.push_back({{}, groups});
    content.hosts.back().runs.push_back(hosts);
  }
  void OnService(const ServiceReport& service) override { content.services.push_back(service); }
  RoundContent content;
};

/// What the tests' probe is asked: the hosts 0 to 9 of 10.0.0.0, then fd00::1.
inline std::shared_ptr<const std::vector<HostOrder>> FullAsk() {
  std::vector<HostOrder> hosts;
  for (std::uint32_t i = 0; i < 10; ++i)
    hosts.push_back({IpAddress::V4(0x0A000000U + i), PortSet::All(), Ports("53,54")});
  hosts.push_back({Address("fd00::1"), Ports("80-82"), {}});
  return std::make_shared<const std::vector<HostOrder>>(std::move(hosts));
}

inline HelloReport FullHello() {
  return {Ports("8080,9000-9100"),
          Ports("53"),
          {{Protocol::kTcp, Ports("80"), 13}, {Protocol::kUdp, Ports("67"), 98}},
          ConntrackUse{262144, 17}};
}

inline RoundContent FullContent() {
  const IcmpError port_unreachable{Address("10.0.0.1"), 3, 3};
  const TlsIdentity tls{"TLSv1.3",
                        "h2",
                        "CN=a\"b",
                        "CN=ca",
                        {"db.shop", "10.0.0.1"},
                        "2027-01-31T00:00:00Z",
                        ClientCertificate::kDemanded};
  RoundContent content;
  content.hosts = {
      {{{1, 1}},
       {{Protocol::kTcp, Outcome::kOpen, Ports("22,80"), {}, 0},
        {Protocol::kTcp, Outcome::kFiltered, Ports("1-21,81-65535"), {}, 0},
        {Protocol::kTcp, Outcome::kLocalError, Ports("23"), {}, 99},
        {Protocol::kTcp, Outcome::kFiltered, Ports("24"), {}, 0, true},
        {Protocol::kUdp, Outcome::kClosed, Ports("53"), port_unreachable, 0},
        {Protocol::kUdp, Outcome::kOpenFiltered, Ports("54"), {}, 0}}},
      {{{10, 1}},
       {{Protocol::kTcp, Outcome::kRejected, Ports("80"), {{Address("fd00::2"), 1, 1}}, 0},
        {Protocol::kTcp, Outcome::kUnreachable, Ports("81"), {}, 113},
        {Protocol::kTcp, Outcome::kClosed, Ports("82"), {}, 0}}},
      {{{0, 1}, {2, 3}, {8, 2}},
       {{Protocol::kTcp, Outcome::kFiltered, {}, {}, 0, false, true},
        {Protocol::kUdp, Outcome::kOpenFiltered, {}, {}, 0, true, true}}}};
  content.services = {{{Address("10.0.0.1"), Protocol::kTcp, *Port::From(22)},
                       {"ssh", "OpenSSH", "9.2p1", Access::kUnknown, "banner", {}}},
                      {{Address("10.0.0.1"), Protocol::kTcp, *Port::From(80)},
                       {"tls", "", "", Access::kRefuses, "TLS handshake", tls}}};
  return content;
}

inline std::uint64_t PortsOf(const RoundContent& content, const std::vector<HostOrder>& asked) {
  std::uint64_t ports = 0;
  for (const AlikeHosts& alike : content.hosts) {
    for (const HostRun& run : alike.runs) {
      for (std::uint32_t host = run.first; host < run.first + run.count; ++host) {
        for (const PortGroup& group : alike.groups) {
          const auto& all = group.protocol == Protocol::kUdp ? asked[host].udp : asked[host].tcp;
          ports += group.all ? all.size() : group.ports.size();
        }
      }
    }
  }
  return ports;
}

inline SweepTotals TotalsOf(const RoundContent& content) {
  return {900'000, PortsOf(content, *FullAsk()), 512, std::chrono::milliseconds(1234), 4096};
}

inline std::string RoundFrames(ReportWriter& writer, std::uint32_t round,
                               const RoundContent& content) {
  writer.BeginRound(round);
  std::string log = writer.Hosts(content.hosts);
  for (const auto& service : content.services) {
    log += writer.Service(1, service.endpoint.protocol, service.endpoint.port, service.service);
  }
  return log + writer.Close(TotalsOf(content));
}

/// A whole log of one round.
inline std::string Log(const RoundContent& content = FullContent()) {
  ReportWriter writer(kScan, kNonce);
  const std::string hello = writer.Hello(FullHello());
  return hello + RoundFrames(writer, 0, content);
}

/// A reader that expects one round of FullAsk.
inline ReportReader Reader(std::uint32_t round = 0) {
  ReportReader reader(kScan, kNonce, Ports("80,8080,9000-9100"), Ports("53,67"));
  reader.Expect({round, FullAsk(), true});
  return reader;
}

inline ReportReader Read(std::string_view log) {
  ReportReader reader = Reader();
  Collector collector;
  reader.Feed(log, collector);
  return reader;
}

}  // namespace podreach
