#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "podreach/wire/probe_report.h"
#include "wire/crc32c.h"

namespace podreach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kScan[] = "s-1";
constexpr char kNonce[] = "0123456789abcdef0123456789abcdef";

PortSet Ports(std::string_view text) { return *PortSet::Parse(text); }
IpAddress Ip(std::string_view text) { return *IpAddress::Parse(text); }

ProbeReport SampleReport(std::uint32_t round) {
  ProbeReport report;
  report.round = round;
  report.listening_tcp = Ports("80,8080");
  report.listening_udp = Ports("53");
  report.failed_listen = {{Protocol::kTcp, Ports("1-2"), 13}};
  report.hosts = {
      {Ip("10.0.0.7"),
       {{Protocol::kTcp, ProbeState::kOpen, Ports("80"), {}, 0},
        {Protocol::kTcp, ProbeState::kFiltered, Ports("1-79,81-65535"), {}, 0},
        {Protocol::kUdp, ProbeState::kOpenFiltered, Ports("53"), {}, 0},
        {Protocol::kUdp, ProbeState::kClosed, Ports("54"), IcmpError{Ip("10.0.0.7"), 3, 3}, 0}}},
      {Ip("fd00::7"),
       {{Protocol::kTcp, ProbeState::kRejected, Ports("22"), IcmpError{Ip("fd00::1"), 1, 4}, 0},
        {Protocol::kTcp, ProbeState::kUnreachable, Ports("23"), {}, 113},
        {Protocol::kTcp, ProbeState::kLocalError, Ports("24"), {}, 24}}}};
  report.names = {{"kubernetes.default", {Ip("10.96.0.1"), Ip("fd00::a")}, ""},
                  {"nowhere.example", {}, "Domain name not found"}};
  report.totals = {70000, 65540, 512, std::chrono::milliseconds(1234), 5000};
  return report;
}

std::string WriteRound(ReportWriter& writer, const ProbeReport& report) {
  writer.BeginRound(report.round);
  std::string log;
  for (const auto& host : report.hosts) log += writer.Host(host);
  for (const auto& name : report.names) log += writer.Name(name);
  return log + writer.Close(report.totals);
}

std::string WriteLog(const ProbeReport& report) {
  ReportWriter writer(kScan, kNonce);
  std::string log = writer.Hello(report.listening_tcp, report.listening_udp, report.failed_listen);
  return log + WriteRound(writer, report);
}

Result<ProbeReport> Read(std::string_view log, std::uint32_t round = 0) {
  ReportReader reader(kScan, kNonce);
  reader.Feed(log);
  return reader.Finish(round);
}

std::vector<std::string> Lines(const std::string& log) {
  std::vector<std::string> lines;
  std::istringstream stream(log);
  for (std::string line; std::getline(stream, line);) lines.push_back(line + '\n');
  return lines;
}

/// A frame as a forger who knows the format would write it.
std::string Forge(std::string_view scan, std::string_view nonce, int sequence,
                  const std::string& payload) {
  const std::string head = std::string(scan) + ' ' + std::string(nonce) + ' ' +
                           std::to_string(sequence) + ' ' + std::to_string(payload.size()) + ' ';
  char checksum[9];
  std::snprintf(checksum, sizeof checksum, "%08x", Crc32c(head + payload));
  return "PODREACH1 " + head + checksum + ' ' + payload + '\n';
}

TEST(Crc32cTest, IsThatOfRfc3720) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
}

TEST(ReportTest, WhatIsWrittenReadsToTheSameValueInAnyCut) {
  const auto report = SampleReport(0);
  const std::string log = WriteLog(report);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, log.size()}) {
    ReportReader reader(kScan, kNonce);
    for (std::size_t at = 0; at < log.size(); at += step) {
      reader.Feed(std::string_view(log).substr(at, step));
    }
    EXPECT_TRUE(reader.greeted());
    EXPECT_TRUE(reader.closed());
    const auto read = reader.Finish();
    ASSERT_TRUE(read) << read.error().ToString();
    EXPECT_EQ(*read, report);
  }
}

TEST(ReportTest, RoundsComeApart) {
  const auto first = SampleReport(0);
  auto second = SampleReport(3);
  second.hosts.pop_back();
  second.names.clear();
  second.totals.ports = 65537;
  ReportWriter writer(kScan, kNonce);
  ReportReader reader(kScan, kNonce);
  reader.Feed(writer.Hello(first.listening_tcp, first.listening_udp, first.failed_listen));
  reader.Feed(WriteRound(writer, first));
  EXPECT_THAT(reader.closed_rounds(), ElementsAre(0));
  EXPECT_FALSE(reader.Finish(3));
  reader.Feed(WriteRound(writer, second));
  EXPECT_THAT(reader.closed_rounds(), ElementsAre(0, 3));
  EXPECT_EQ(*reader.Finish(0), first);
  EXPECT_EQ(*reader.Finish(3), second);
}

TEST(ReportTest, AHostWithManyRangesIsCutIntoFramesAndJoinedAgain) {
  PortSet odd;
  for (std::uint32_t port = 1; port < 40000; port += 2) {
    odd.Add(*Port::From(static_cast<std::uint16_t>(port)));
  }
  ProbeReport report;
  report.hosts = {{Ip("10.0.0.1"),
                   {{Protocol::kTcp, ProbeState::kOpen, odd, {}, 0},
                    {Protocol::kTcp, ProbeState::kClosed, Ports("2,4"), {}, 0}}}};
  report.totals.ports = 20002;
  report.listening_tcp = odd;
  const auto log = WriteLog(report);
  for (const auto& line : Lines(log)) EXPECT_LE(line.size(), 8192U);
  const auto read = Read(log);
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(*read, report);
}

TEST(ReportTest, AFullSweepOfAHostStaysBelowAKibibyte) {
  ReportWriter writer(std::string(63, 's'), kNonce);
  const auto frame = writer.Host(SampleReport(0).hosts[0]);
  EXPECT_LT(frame.size(), 1024U);
}

TEST(ReportTest, EveryTruncationIsIncomplete) {
  const std::string log = WriteLog(SampleReport(0));
  for (std::size_t size = 0; size < log.size(); ++size) {
    EXPECT_FALSE(Read(std::string_view(log).substr(0, size))) << size;
  }
}

TEST(ReportTest, EveryFlippedBitIsSeen) {
  const std::string log = WriteLog(SampleReport(0));
  for (std::size_t bit = 0; bit < log.size() * 8; ++bit) {
    std::string flipped = log;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Read(flipped)) << "bit " << bit << " of " << flipped;
  }
}

TEST(ReportTest, EveryMissingLineIsSeen) {
  const auto lines = Lines(WriteLog(SampleReport(0)));
  for (std::size_t missing = 0; missing < lines.size(); ++missing) {
    std::string log;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i != missing) log += lines[i];
    }
    EXPECT_FALSE(Read(log)) << missing;
  }
}

TEST(ReportTest, NoiseBetweenTheLinesIsCountedAndIgnored) {
  std::string log;
  for (const auto& line : Lines(WriteLog(SampleReport(0)))) {
    log += std::string("\x1b[31mnoise \xff\n\nPODREACH1 \nPODREACH1\nPODREACH2 s-1 x 0 0 0 {}\n") +
           line;
  }
  ReportReader reader(kScan, kNonce);
  reader.Feed(log);
  EXPECT_EQ(reader.ignored_lines(), 30U);
  EXPECT_EQ(*reader.Finish(), SampleReport(0));
}

TEST(ReportTest, AResumedLogMayRepeatFrames) {
  const std::string log = WriteLog(SampleReport(0));
  EXPECT_EQ(*Read(log + log), SampleReport(0));
}

TEST(ReportTest, ARepeatedFrameThatDiffersBreaksIt) {
  const auto read = Read(WriteLog(SampleReport(0)) +
                         Forge(kScan, kNonce, 1, R"({"t":"host","r":0,"a":"10.0.0.7","g":[]})"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("frame 1 came twice and differed"));
}

TEST(ReportTest, AReplayFromAnotherScanOrNonceIsNoReport) {
  const std::string log = WriteLog(SampleReport(0));
  ReportReader other_scan("s-2", kNonce);
  other_scan.Feed(log);
  EXPECT_FALSE(other_scan.Finish());
  EXPECT_EQ(other_scan.ignored_lines(), Lines(log).size());
  ReportReader other_nonce(kScan, "f123456789abcdef0123456789abcdef");
  other_nonce.Feed(log);
  EXPECT_FALSE(other_nonce.Finish());
}

TEST(ReportTest, CapsBreakIt) {
  EXPECT_FALSE(Read(std::string(16385, 'x')));
  EXPECT_FALSE(Read(std::string(16385, 'x') + '\n' + WriteLog(SampleReport(0))));
  std::string noise;
  for (int i = 0; i < 70000; ++i) noise += "0123456789abcde\n";
  const auto read = Read(noise + WriteLog(SampleReport(0)));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("longer than 1048576 bytes"));
}

TEST(ReportTest, RepeatsDontCountTowardsTheCap) {
  const std::string log = WriteLog(SampleReport(0));
  ReportReader reader(kScan, kNonce, log.size());
  for (int i = 0; i < 3; ++i) reader.Feed(log);
  EXPECT_TRUE(reader.Finish());
}

struct BadPayload {
  const char* payload;
  const char* complaint;
};

class BadPayloadTest : public ::testing::TestWithParam<BadPayload> {};

TEST_P(BadPayloadTest, BreaksTheReport) {
  ReportWriter writer(kScan, kNonce);
  ReportReader reader(kScan, kNonce);
  reader.Feed(writer.Hello());
  reader.Feed(Forge(kScan, kNonce, 1, GetParam().payload));
  EXPECT_THAT(reader.broken(), HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadPayloadTest,
    ::testing::Values(
        BadPayload{"{}", "t: missing"}, BadPayload{"[]", "not an object"},
        BadPayload{"\xff", "not JSON"}, BadPayload{R"({"t":"bye"})", "t: not a payload's type"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.300","g":[]})", "a: not an IP address"},
        BadPayload{R"({"t":"host","r":-1,"a":"10.0.0.3","g":[]})", "r: not a whole number"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.3","g":[],"x":1})", "x: unknown"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"SCTP","s":"open","ports":"1"}]})",
                   "g.p: neither TCP nor UDP"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"ajar","ports":"1"}]})",
                   "g.s: not a state"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"open","ports":""}]})",
                   "g.ports: not the canonical text"},
        BadPayload{
            R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"open","ports":"2,1"}]})",
            "g.ports: not the canonical text"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"open","ports":3}]})",
                   "g.ports: not a text of ports"},
        BadPayload{
            R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"UDP","s":"filtered","ports":"1"}]})",
            "filtered is not for UDP"},
        BadPayload{
            R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"rejected","ports":"1"}]})",
            "g.icmp: missing"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"rejected","ports":"1",)"
                   R"("icmp":["10.0.0.3",3,256]}]})",
                   "g.icmp: not [address, type, code]"},
        BadPayload{
            R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"local-error","ports":"1"}]})",
            "g.errno: missing"},
        BadPayload{R"({"t":"host","r":0,"a":"10.0.0.3","g":[{"p":"TCP","s":"open","ports":"1-3"},)"
                   R"({"p":"TCP","s":"closed","ports":"3"}]})",
                   "a port of 10.0.0.3 comes twice"},
        BadPayload{R"({"t":"name","r":0,"name":"<b>","a":[],"error":""})", "not a DNS name"},
        BadPayload{R"({"t":"name","r":0,"name":"a","a":[],"error":"\u001b[2J"})",
                   "error: not printable ASCII"},
        BadPayload{R"({"t":"close","r":0,"attempts":1,"ports":1,"peak":1,"ms":1,"kib":1})",
                   "the closing frame counts 1 ports, the frames had 0"}));

TEST(ReportTest, DataOfAClosedOrAnEarlierRoundBreaksIt) {
  ReportWriter writer(kScan, kNonce);
  ReportReader reader(kScan, kNonce);
  reader.Feed(writer.Hello());
  reader.Feed(writer.Close({}));
  EXPECT_TRUE(reader.closed());
  reader.Feed(writer.Name({"late", {}, ""}));
  EXPECT_THAT(reader.broken(), HasSubstr("of round 0 after the closing of round 0"));
  EXPECT_FALSE(reader.Finish());
}

TEST(ReportTest, DataBeforeTheHelloBreaksIt) {
  ReportWriter writer(kScan, kNonce);
  ReportReader reader(kScan, kNonce);
  reader.Feed(writer.Close({}));
  EXPECT_THAT(reader.broken(), HasSubstr("before the hello frame"));
}

TEST(ReportTest, NamesAreAnsweredInAsciiWhateverTheResolverSaid) {
  ReportWriter writer(kScan, kNonce);
  for (const char c : writer.Name({"a", {}, "\xff\x1b\xe2\x80\xae"})) {
    EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
  }
}

}  // namespace
}  // namespace podreach
