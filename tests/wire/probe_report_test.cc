#include <gtest/gtest.h>

#include <algorithm>

#include "tests/wire/report_fixture.h"
#include "wire/frame_codec.h"

namespace podreach {
namespace {

PortSet EveryOther(unsigned first, unsigned last = 65535) {
  PortSet ports;
  for (unsigned n = first; n <= last; n += 2) ports.Add(*Port::From(static_cast<std::uint16_t>(n)));
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

void ExpectWhole(const ReportReader& reader, const Collector& collector,
                 const RoundContent& content) {
  EXPECT_EQ(reader.broken(), "");
  EXPECT_TRUE(reader.closed());
  EXPECT_EQ(reader.totals(), TotalsOf(content));
  EXPECT_EQ(collector.content, content);
}

TEST(ProbeReportTest, ComesBackInAnyCut) {
  const std::string log = Log();
  for (const std::size_t cut :
       {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}, log.size()}) {
    ReportReader reader = Reader();
    Collector collector;
    for (std::size_t at = 0; at < log.size(); at += cut)
      reader.Feed(std::string_view(log).substr(at, cut), collector);
    ExpectWhole(reader, collector, FullContent());
    EXPECT_EQ(reader.hello(), FullHello());
  }
}

TEST(ProbeReportTest, HostsComeAsTheirFramesDo) {
  ReportWriter writer(kScan, kNonce);
  ReportReader reader = Reader();
  Collector collector;
  reader.Feed(writer.Hello(), collector);
  const RoundContent content = FullContent();
  reader.Feed(writer.Hosts(std::span(content.hosts).first(1)), collector);
  EXPECT_EQ(collector.content.hosts.size(), 1U);
  reader.Feed(writer.Hosts(std::span(content.hosts).subspan(1)), collector);
  EXPECT_EQ(collector.content.hosts, content.hosts);
  EXPECT_FALSE(reader.closed());
}

TEST(ProbeReportTest, ALaterRoundIsHandedOnAndWhatAnEarlierOneStillSaysIsNot) {
  ReportWriter writer(kScan, kNonce);
  ReportReader reader = Reader(0);
  Collector nobody;
  reader.Feed(writer.Hello(), nobody);
  // The first round is cut for the reader; its end comes when the second one is awaited.
  reader.Expect({3, FullAsk(), true});
  EXPECT_FALSE(reader.closed());
  reader.Feed(RoundFrames(writer, 0, FullContent()), nobody);
  EXPECT_EQ(nobody.content, RoundContent());
  EXPECT_FALSE(reader.closed());
  Collector collector;
  reader.Feed(RoundFrames(writer, 3, FullContent()), collector);
  ExpectWhole(reader, collector, FullContent());
}

TEST(ProbeReportTest, ASilentSweepIsSmall) {
  const AlikeHosts silent{{{0, 10'000}},
                          {{Protocol::kTcp, Outcome::kFiltered, {}, {}, 0, false, true}}};
  ReportWriter writer(kScan, kNonce);
  EXPECT_LT(writer.Hosts(std::span(&silent, 1)).size(), 256U);
}

TEST(ProbeReportTest, HostsThatDifferInTurnsAreAFewBytesEach) {
  std::vector<AlikeHosts> turns(2);
  turns[0].groups = {{Protocol::kTcp, Outcome::kOpen, {}, {}, 0, false, true}};
  turns[1].groups = {{Protocol::kTcp, Outcome::kFiltered, {}, {}, 0, false, true}};
  for (std::uint32_t host = 0; host < 10'000; ++host) turns[host % 2].runs.push_back({host, 1});
  ReportWriter writer(kScan, kNonce);
  const std::string log = writer.Hosts(turns);
  EXPECT_LE(LongestLine(log), wire::kMaxWrittenLine);
  EXPECT_LT(log.size(), 30'000U);
}

TEST(ProbeReportTest, WhatExceedsALineIsSplitAndJoined) {
  RoundContent content;
  content.hosts = {{{{1, 1}, {4, 1}},
                    {{Protocol::kTcp, Outcome::kOpen, EveryOther(1), {}, 0},
                     {Protocol::kTcp, Outcome::kFiltered, EveryOther(2), {}, 0}}}};
  const std::string log = Log(content);
  EXPECT_LE(LongestLine(log), wire::kMaxWrittenLine);
  ReportReader reader = Reader();
  Collector collector;
  reader.Feed(log, collector);
  ExpectWhole(reader, collector, content);
}

TEST(ProbeReportTest, AHelloThatExceedsALineIsSplitAndJoined) {
  const HelloReport hello{EveryOther(1), EveryOther(2), {{Protocol::kTcp, EveryOther(2), 13}}, {}};
  ReportWriter writer(kScan, kNonce);
  const std::string log = writer.Hello(hello);
  EXPECT_LE(LongestLine(log), wire::kMaxWrittenLine);
  ReportReader reader(kScan, kNonce, PortSet::All(), PortSet::All());
  Collector collector;
  reader.Feed(log, collector);
  EXPECT_TRUE(reader.greeted()) << reader.broken();
  EXPECT_EQ(reader.hello(), hello);
}

TEST(ProbeReportTest, AnyTextFitsALine) {
  const std::string scan(63, 's');
  for (const char* byte : {"\xff", "\x01", "\n", "\"", "n"}) {
    std::string text;
    while (text.size() < 100000) text += byte;
    ReportWriter writer(scan, kNonce);
    std::string log = writer.Hello();
    log += writer.Service(131071, Protocol::kTcp, *Port::From(65535),
                          {"ssh", "", "", Access::kUnknown, text, {}});
    EXPECT_LE(LongestLine(log), wire::kMaxWrittenLine);
  }
}

TEST(ProbeReportTest, TruncatedAnywhereIsNotComplete) {
  const std::string log = Log();
  for (std::size_t size = 0; size < log.size(); ++size) {
    const auto reader = Read(std::string_view(log).substr(0, size));
    EXPECT_EQ(reader.broken(), "") << size;
    EXPECT_FALSE(reader.closed()) << size;
  }
}

TEST(ProbeReportTest, AFlippedBitAnywhereIsSeen) {
  const std::string log = Log();
  for (std::size_t at = 0; at < log.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = log;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ (1U << bit));
      EXPECT_FALSE(Read(bad).closed()) << at << " bit " << bit;
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
  for (const char c : Log()) {
    log += c;
    if (c == '\n') log += between;
  }
  ReportReader reader = Reader();
  Collector collector;
  reader.Feed(log, collector);
  ExpectWhole(reader, collector, FullContent());
  EXPECT_EQ(reader.ignored_lines(), static_cast<std::uint64_t>(std::ranges::count(log, '\n') -
                                                               std::ranges::count(Log(), '\n')));
}

}  // namespace
}  // namespace podreach
