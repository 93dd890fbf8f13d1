#include "podreach/wire/probe_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/wire/report_fixture.h"
#include "wire/frame_codec.h"

namespace podreach {
namespace {

PortSet EveryOther(unsigned first) {
  PortSet ports;
  for (unsigned n = first; n <= 65535; n += 2)
    ports.Add(*Port::From(static_cast<std::uint16_t>(n)));
  return ports;
}

std::size_t LongestLine(std::string_view log) {
  std::size_t longest = 0;
  while (!log.empty()) {
    const auto end = log.find('\n') + 1;
    longest = std::max(longest, end);
    log.remove_prefix(end);
  }
  return longest;
}

void ExpectReport(const ReportReader& reader, const ProbeReport& expected) {
  EXPECT_EQ(reader.broken(), "");
  const auto report = reader.Finish(expected.round);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(*report, expected);
}

TEST(ProbeReportTest, ComesBackAsItWas) { ExpectReport(Read(Log(FullReport())), FullReport()); }

TEST(ProbeReportTest, ComesBackInAnyCut) {
  const std::string log = Log(FullReport());
  for (const std::size_t cut : {1U, 2U, 7U, 100U}) {
    ReportReader reader(kScan, kNonce);
    for (std::size_t at = 0; at < log.size(); at += cut) reader.Feed(log.substr(at, cut));
    ExpectReport(reader, FullReport());
  }
}

TEST(ProbeReportTest, RoundsRise) {
  ReportWriter writer(kScan, kNonce);
  std::string log = Greeting(writer, FullReport());
  log += RoundFrames(writer, FullReport(0));
  log += RoundFrames(writer, FullReport(3));
  const auto reader = Read(log);
  ExpectReport(reader, FullReport(0));
  ExpectReport(reader, FullReport(3));
  EXPECT_EQ(reader.closed_rounds(), (std::vector<std::uint32_t>{0, 3}));
  EXPECT_FALSE(reader.Finish(1));

  for (const std::uint32_t earlier : {0U, 1U, 3U}) {
    ReportWriter copy = writer;
    EXPECT_NE(Read(log + RoundFrames(copy, FullReport(earlier))).broken(), "") << earlier;
  }
}

TEST(ProbeReportTest, ARoundBeginsWhenTheLastIsClosed) {
  ReportWriter writer(kScan, kNonce);
  std::string log = writer.Hello();
  log += writer.Host({Address("10.0.0.1"), {}});
  writer.BeginRound(1);
  log += writer.Close({});
  EXPECT_EQ(Read(log).broken(), "frame 2: round: 0 isn't closed");
}

TEST(ProbeReportTest, ASweepOfAllPortsIsSmall) {
  ReportWriter writer(kScan, kNonce);
  EXPECT_LT(writer.Host(FullReport().hosts[0]).size(), 1024U);
}

TEST(ProbeReportTest, WhatExceedsALineIsSplitAndJoined) {
  ProbeReport report;
  report.listening_tcp = EveryOther(1);
  report.listening_udp = EveryOther(2);
  report.failed_listen = {{Protocol::kTcp, EveryOther(2), 13}};
  report.hosts = {{Address("10.0.0.1"),
                   {{Protocol::kTcp, Outcome::kOpen, EveryOther(1), {}, 0},
                    {Protocol::kTcp, Outcome::kFiltered, EveryOther(2), {}, 0}}}};
  NameReport headless{"headless.shop", {}, ""};
  for (std::uint32_t i = 0; i < 2000; ++i) {
    headless.addresses.push_back(IpAddress::V4(0x0A000000U + i));
  }
  report.names = {headless};
  report.totals.ports = 65535;
  const std::string log = Log(report);
  EXPECT_LE(LongestLine(log), wire::kMaxWrittenLine);
  ExpectReport(Read(log), report);
}

TEST(ProbeReportTest, AnyTextFitsALine) {
  const std::string scan(63, 's');
  for (const char* byte : {"\xff", "\x01", "\n", "\"", "n"}) {
    std::string text;
    while (text.size() < 100000) text += byte;
    ReportWriter writer(scan, kNonce);
    std::string log = writer.Hello();
    log +=
        writer.Name({text, std::vector<IpAddress>(500, Address("fd00:1111:2222:3333::1")), text});
    log += writer.Close({});
    EXPECT_LE(LongestLine(log), wire::kMaxWrittenLine);
    ReportReader reader(scan, kNonce);
    reader.Feed(log);
    EXPECT_TRUE(reader.closed()) << reader.broken();
  }
}

TEST(ProbeReportTest, TruncatedAnywhereIsNotComplete) {
  const std::string log = Log(FullReport());
  for (std::size_t size = 0; size < log.size(); ++size) {
    const auto reader = Read(std::string_view(log).substr(0, size));
    EXPECT_EQ(reader.broken(), "") << size;
    const auto report = reader.Finish();
    ASSERT_FALSE(report) << size;
    EXPECT_EQ(report.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(ProbeReportTest, AFlippedBitAnywhereIsSeen) {
  const std::string log = Log(FullReport());
  for (std::size_t at = 0; at < log.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = log;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ (1U << bit));
      EXPECT_FALSE(Read(bad).Finish()) << at << " bit " << bit;
    }
  }
}

TEST(ProbeReportTest, NoiseAndForgedLinesAreIgnored) {
  ReportWriter other_scan("scan-2", kNonce);
  ReportWriter other_nonce(kScan, std::string(32, '0'));
  std::string between = "starting up\n\n\xff\x1b[31m\nPODREACH1\n" + other_scan.Hello();
  between += other_nonce.Hello();
  between += other_nonce.Close({});
  std::string log = between;
  for (const char c : Log(FullReport())) {
    log += c;
    if (c == '\n') log += between;
  }
  const auto reader = Read(log);
  ExpectReport(reader, FullReport());
  EXPECT_EQ(reader.ignored_lines(),
            static_cast<std::uint64_t>(std::ranges::count(log, '\n') -
                                       std::ranges::count(Log(FullReport()), '\n')));
}

}  // namespace
}  // namespace podreach
