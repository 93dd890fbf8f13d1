#pragma once

#include <string>

#include "podreach/wire/probe_report.h"

namespace podreach {

inline const std::string kScan = "scan-1";
inline const std::string kNonce = "00112233445566778899aabbccddeeff";

inline PortSet Ports(const std::string& text) { return *PortSet::Parse(text); }
inline IpAddress Address(const char* text) { return *IpAddress::Parse(text); }

inline ProbeReport FullReport(std::uint32_t round = 0) {
  const IcmpError port_unreachable{Address("10.0.0.1"), 3, 3};
  ProbeReport report;
  report.round = round;
  report.listening_tcp = Ports("8080,9000-9100");
  report.listening_udp = Ports("53");
  report.failed_listen = {{Protocol::kTcp, Ports("80"), 13}, {Protocol::kUdp, Ports("67"), 98}};
  report.hosts = {
      {Address("10.0.0.1"),
       {{Protocol::kTcp, Outcome::kOpen, Ports("22,80"), {}, 0},
        {Protocol::kTcp, Outcome::kFiltered, Ports("1-21,81-65535"), {}, 0},
        {Protocol::kTcp, Outcome::kLocalError, Ports("23"), {}, 99},
        {Protocol::kTcp, Outcome::kFiltered, Ports("24"), {}, 0, true},
        {Protocol::kUdp, Outcome::kClosed, Ports("53"), port_unreachable, 0},
        {Protocol::kUdp, Outcome::kOpenFiltered, Ports("54"), {}, 0}}},
      {Address("fd00::1"),
       {{Protocol::kTcp, Outcome::kRejected, Ports("80"), {{Address("fd00::2"), 1, 1}}, 0},
        {Protocol::kTcp, Outcome::kUnreachable, Ports("81"), {}, 113},
        {Protocol::kTcp, Outcome::kClosed, Ports("82"), {}, 0}}},
      {Address("10.0.0.9"), {}}};
  report.names = {{"db.shop", {Address("10.0.0.1"), Address("fd00::1")}, ""},
                  {"gone", {}, "Domain name not found"}};
  const TlsIdentity tls{"TLSv1.3",
                        "h2",
                        "CN=a\"b",
                        "CN=ca",
                        {"db.shop", "10.0.0.1"},
                        "2027-01-31T00:00:00Z",
                        ClientCertificate::kDemanded};
  report.services = {{{Address("10.0.0.1"), Protocol::kTcp, *Port::From(22)},
                      {"ssh", "OpenSSH", "9.2p1", Access::kUnknown, "banner", {}}},
                     {{Address("10.0.0.1"), Protocol::kTcp, *Port::From(80)},
                      {"tls", "", "", Access::kRefuses, "TLS handshake", tls}}};
  report.totals = {70000, 0, 512, std::chrono::milliseconds(1234), 4096};
  for (const auto& host : report.hosts) {
    for (const auto& group : host.groups) report.totals.ports += group.ports.size();
  }
  return report;
}

inline std::string RoundFrames(ReportWriter& writer, const ProbeReport& report) {
  writer.BeginRound(report.round);
  std::string log;
  for (const auto& host : report.hosts) log += writer.Host(host);
  for (const auto& name : report.names) log += writer.Name(name);
  for (const auto& service : report.services) log += writer.Service(service);
  return log + writer.Close(report.totals);
}

inline std::string Greeting(ReportWriter& writer, const ProbeReport& report) {
  return writer.Hello(report.listening_tcp, report.listening_udp, report.failed_listen);
}

inline std::string Log(const ProbeReport& report) {
  ReportWriter writer(kScan, kNonce);
  std::string log = Greeting(writer, report);
  return log + RoundFrames(writer, report);
}

inline ReportReader Read(std::string_view log) {
  ReportReader reader(kScan, kNonce);
  reader.Feed(log);
  return reader;
}

}  // namespace podreach
