#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/wire/report_fixture.h"
#include "wire/frame_codec.h"

namespace podreach {
namespace {

constexpr const char* kHello = R"({"type":"hello","listen":[],"more":false})";

// A log of these payloads, with right checksums.
std::string Frames(const std::vector<std::string>& payloads) {
  std::string log;
  std::uint32_t sequence = 0;
  for (const auto& payload : payloads) {
    log += wire::EncodeFrame(kScan, kNonce, sequence++, payload);
  }
  return log;
}

std::string Entry(const std::string& hosts, const std::string& groups, bool more = false) {
  return R"({"hosts":")" + hosts + R"(","groups":[)" + groups + "]" +
         (more ? R"(,"more":true})" : "}");
}

std::string HostsFrame(const std::string& entries, int round = 0) {
  return R"({"type":"hosts","round":)" + std::to_string(round) + R"(,"entries":[)" + entries + "]}";
}

/// A frame about the second host alone.
std::string OneHost(const std::string& groups) { return HostsFrame(Entry("BA", groups)); }

std::string Close(int ports) {
  return R"({"type":"close","round":0,"attempts":1,"peak_in_flight":1,"sweep_ms":1,)"
         R"("resident_kib":1,"ports":)" +
         std::to_string(ports) + "}";
}

std::string Open(const std::string& ports, const std::string& protocol = "TCP") {
  return R"({"protocol":")" + protocol + R"(","state":"open","ports":")" + ports + R"("})";
}

const std::string kOpen80 = Open("80");
const std::string kAllFiltered = R"({"protocol":"TCP","state":"filtered"})";

std::string ServiceFrame(const std::string& service, const std::string& port = "80",
                         const std::string& host = "1") {
  return R"({"type":"service","round":0,"host":)" + host + R"(,"protocol":"TCP","port":)" + port +
         R"(,"service":)" + service + "}";
}

const std::string kService =
    R"({"name":"a","product":"","version":"","access":"answers","evidence":""})";

TEST(ReportStrictnessTest, FramesReadBeforeMayComeAgain) {
  const std::string log = Log();
  ReportReader reader = Reader();
  Collector collector;
  const std::size_t middle = log.size() / 2;
  for (int i = 0; i < 1000; ++i) {
    reader.Feed(log.substr(0, middle), collector);  // and a line that is cut
    reader.Restart();
  }
  reader.Feed(log, collector);
  EXPECT_EQ(reader.broken(), "");
  EXPECT_TRUE(reader.closed());
  EXPECT_EQ(collector.content, FullContent());
}

TEST(ReportStrictnessTest, AFrameThatComesAgainChangedBreaks) {
  const std::string forged = wire::EncodeFrame(kScan, kNonce, 0, R"({"type":"hello"})");
  EXPECT_NE(Read(Log() + forged).broken(), "");
}

TEST(ReportStrictnessTest, ALostLineBreaksOrLeavesOpen) {
  const std::string log = Log();
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = log.find('\n', begin) + 1;
    const auto reader = Read(log.substr(0, begin) + log.substr(end));
    EXPECT_FALSE(reader.closed());
    EXPECT_EQ(reader.broken().empty(), end == log.size());
    begin = end;
  }
}

TEST(ReportStrictnessTest, CapsHold) {
  EXPECT_EQ(Read(std::string(16384, 'x') + "\n").broken(), "");
  EXPECT_EQ(Read(std::string(16384, 'x')).broken(), "");
  EXPECT_NE(Read(std::string(16385, 'x')).broken(), "");
  EXPECT_NE(Read(std::string(16385, 'x') + "\n").broken(), "");

  ReportReader reader = Reader();
  Collector collector;
  const std::string noise(1023, 'x');
  for (int times = 0; times < 3; ++times) {
    for (std::uint64_t i = 0; i < ReportReader::kMaxNoiseBytes / 1024; ++i)
      reader.Feed(noise + "\n", collector);
    EXPECT_EQ(reader.broken(), "");
    reader.Restart();
  }
  for (std::uint64_t i = 0; i < ReportReader::kMaxNoiseBytes / 1024; ++i)
    reader.Feed(noise + "\n", collector);
  reader.Feed("\n", collector);
  EXPECT_NE(reader.broken(), "");
}

TEST(ReportStrictnessTest, FramesAreBoundedByWhatWasAsked) {
  // Empty frames are well-formed, and don't go on for ever.
  ReportReader reader(kScan, kNonce);
  reader.Expect({0,
                 std::make_shared<const std::vector<HostOrder>>(
                     1, HostOrder{Address("10.0.0.1"), Ports("80"), {}}),
                 false});
  Collector collector;
  reader.Feed(wire::EncodeFrame(kScan, kNonce, 0, kHello), collector);
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 1; reader.broken().empty() && bytes < (8U << 20U); ++i) {
    const std::string frame = wire::EncodeFrame(kScan, kNonce, i, HostsFrame(""));
    bytes += frame.size();
    reader.Feed(frame, collector);
  }
  EXPECT_NE(reader.broken(), "");
  EXPECT_LT(bytes, 2U << 20U);
}

TEST(ReportStrictnessTest, AHostMayGoOnInTheNextEntry) {
  ReportReader reader = Reader();
  Collector collector;
  reader.Feed(
      Frames({kHello, HostsFrame(Entry("BA", kOpen80, true)),
              HostsFrame(Entry("BA", Open("81"), true) + "," + Entry("BA", Open("53", "UDP"))),
              Close(3)}),
      collector);
  ASSERT_TRUE(reader.closed()) << reader.broken();
  const RoundContent expected{{{{{1, 1}},
                                {{Protocol::kTcp, Outcome::kOpen, Ports("80-81"), {}, 0},
                                 {Protocol::kUdp, Outcome::kOpen, Ports("53"), {}, 0}}}},
                              {}};
  EXPECT_EQ(collector.content, expected);
}

TEST(ReportStrictnessTest, RefusesSequencesThatAreNoReport) {
  const std::string listen =
      R"({"type":"hello","listen":[{"protocol":"TCP","ports":"80"}],"more":true})";
  const std::vector<std::vector<std::string>> cases = {
      {Close(0)},
      {kHello, kHello},
      {listen, Close(0)},
      {listen, listen},
      {kHello, Close(1)},
      {kHello, OneHost(kOpen80), Close(0)},
      {kHello, Close(0), OneHost(kOpen80)},
      {kHello, Close(0), Close(0)},
      {kHello, OneHost(kOpen80), OneHost(Open("81"))},
      {kHello, HostsFrame(Entry("BA", kOpen80) + "," + Entry("AC", kOpen80))},
      {kHello, OneHost(kOpen80 + "," + kOpen80)},
      {kHello, OneHost(kOpen80 + "," + kAllFiltered)},
      {kHello, OneHost(kAllFiltered + "," + kOpen80)},
      {kHello, HostsFrame(Entry("BA", kOpen80, true)), Close(1)},
      {kHello, HostsFrame(Entry("BA", kOpen80, true) + "," + Entry("CA", kOpen80))},
      {kHello, HostsFrame(Entry("BA", kOpen80, true) + "," + Entry("BB", Open("81")))},
      {kHello, HostsFrame(Entry("BA", kOpen80, true) + "," + Entry("BA", kOpen80))},
      {kHello, HostsFrame(Entry("BA", kOpen80, true) + "," + Entry("BA", kAllFiltered))},
      {kHello, HostsFrame(Entry("BB", kOpen80, true))},
      {kHello, ServiceFrame(kService), ServiceFrame(kService)},
  };
  for (const auto& payloads : cases)
    EXPECT_NE(Read(Frames(payloads)).broken(), "") << payloads.back();
}

TEST(ReportStrictnessTest, RefusesWhatTheOrderDidNotAsk) {
  // The ask has eleven hosts; the last one has the TCP ports 80 to 82 and no UDP port.
  const std::vector<std::string> cases = {
      HostsFrame(Entry("LA", kOpen80)),
      HostsFrame(Entry("AL", kOpen80)),
      HostsFrame(Entry("KB", kOpen80)),
      HostsFrame(Entry("_f_f", kOpen80)),
      HostsFrame(Entry("KA", Open("83"))),
      HostsFrame(Entry("AK", Open("53", "UDP"))),
      HostsFrame(Entry("BA", Open("55", "UDP"))),
      HostsFrame(Entry("BA", Open("80", "SCTP"))),
      HostsFrame(Entry("KA", R"({"protocol":"UDP","state":"open-filtered"})")),
      HostsFrame(Entry("BA", kOpen80), 1),
      ServiceFrame(kService, "80", "11"),
      ServiceFrame(kService, "83", "10"),
  };
  for (const std::string& payload : cases) {
    ReportReader reader = Reader();
    Collector collector;
    reader.Feed(Frames({kHello, payload}), collector);
    EXPECT_NE(reader.broken(), "") << payload;
    EXPECT_EQ(collector.content, RoundContent()) << payload;
  }
  ReportReader reader(kScan, kNonce);
  reader.Expect({0, FullAsk(), false});
  Collector collector;
  reader.Feed(Frames({kHello, ServiceFrame(kService)}), collector);
  EXPECT_NE(reader.broken(), "") << "nobody asked what answers";
}

TEST(ReportStrictnessTest, RefusesBadPayloads) {
  const auto group = [](const std::string& rest) {
    return OneHost(R"({"protocol":"TCP",)" + rest + "}");
  };
  const std::string icmp = R"("icmp":{"from":"10.0.0.2","type":3,"code":3})";
  for (
      const std::string& payload : std::vector<std::string>{
          "",
          "null",
          "[]",
          "{}",
          R"({"type":1})",
          R"({"type":"data"})",
          R"({"type":"hosts"})",
          R"({"type":"hosts","type":"hosts","round":0,"entries":[]})",
          R"({"type":"hosts","round":-1,"entries":[]})",
          R"({"type":"hosts","round":0,"entries":{}})",
          R"({"type":"hosts","round":0,"entries":[],"x":1})",
          HostsFrame("1"),
          HostsFrame("{}"),
          HostsFrame(Entry("", kOpen80)),
          HostsFrame(Entry("B", kOpen80)),
          HostsFrame(Entry("BAB", kOpen80)),
          HostsFrame(Entry("B A", kOpen80)),
          HostsFrame(Entry("_____f_____f", kOpen80)),
          HostsFrame(Entry("BA", "")),
          HostsFrame(R"({"hosts":"BA","groups":[)" + kOpen80 + R"(],"more":1})"),
          HostsFrame(R"({"hosts":"BA","groups":[)" + kOpen80 + R"(],"x":1})"),
          ServiceFrame("null"),
          ServiceFrame("{}"),
          ServiceFrame(R"({"name":"a","product":"","version":"","access":"open","evidence":""})"),
          ServiceFrame(R"({"name":"a","product":"","version":"","access":"answers","evidence":1})"),
          ServiceFrame(R"({"name":")" + std::string(300, 'a') +
                       R"(","product":"","version":"","access":"answers","evidence":""})"),
          ServiceFrame(
              R"({"name":"a","product":"","version":"","access":"answers","evidence":"","tls":{}})"),
          ServiceFrame(kService, "0"),
          ServiceFrame(kService, "80", "-1"),
          std::string(1000, '[') + std::string(1000, ']'),
          OneHost("1"),
          OneHost("{}"),
          OneHost(R"({"protocol":"tcp","state":"open","ports":"1"})"),
          OneHost(R"({"protocol":"UDP","state":"closed","ports":"1"})"),
          group(R"("state":"ajar","ports":"1")"),
          group(R"("state":"not-probed","ports":"1")"),
          group(R"("state":"open","ports":"")"),
          group(R"("state":"open","ports":null)"),
          group(R"("state":"open","ports":"0")"),
          group(R"("state":"open","ports":"65536")"),
          group(R"("state":"open","ports":"2-1")"),
          group(R"("state":"open","ports":80)"),
          group(R"("state":"open","ports":"1","errno":1)"),
          group(R"("state":"local-error","ports":"1","errno":4096)"),
          group(R"("state":"local-error","ports":"1","errno":-1)"),
          group(R"("state":"rejected","ports":"1")"),
          group(R"("state":"open","ports":"1",)" + icmp),
          group(R"("state":"rejected","ports":"1","icmp":null)"),
          group(R"("state":"rejected","ports":"1","icmp":{"from":"::1","type":256,"code":0})"),
          group(R"("state":"rejected","ports":"1","icmp":{"from":"::1","type":1})"),
      }) {
    EXPECT_NE(Read(Frames({kHello, payload})).broken(), "") << payload;
  }
  EXPECT_EQ(Read(Frames({kHello, group(R"("state":"rejected","ports":"1",)" + icmp)})).broken(),
            "");
}

TEST(ReportStrictnessTest, RefusesBadHellos) {
  for (const char* listen :
       {R"({"protocol":"SCTP","ports":"1"})", R"({"protocol":"TCP"})", R"({"ports":"1"})",
        R"({"protocol":"TCP","ports":"1","errno":4096})",
        R"({"protocol":"TCP","ports":"80","x":1})", R"({"protocol":"TCP","ports":"81"})",
        R"({"protocol":"UDP","ports":"53","errno":4096})",
        R"({"protocol":"UDP","ports":"80","errno":1})"}) {
    const std::string hello =
        R"({"type":"hello","listen":[)" + std::string(listen) + R"(],"more":false})";
    const auto reader = Read(Frames({hello}));
    EXPECT_NE(reader.broken(), "") << listen;
    EXPECT_FALSE(reader.greeted());
  }
  EXPECT_TRUE(Read(Frames({kHello})).greeted());
  for (const char* conntrack :
       {"1", "{}", R"({"max":1})", R"({"max":-1,"count":0})", R"({"max":1,"count":0,"x":0})"}) {
    const std::string hello =
        R"({"type":"hello","listen":[],"more":false,"conntrack":)" + std::string(conntrack) + "}";
    EXPECT_NE(Read(Frames({hello})).broken(), "") << conntrack;
  }
}

TEST(ReportStrictnessTest, WhatBrokeItIsPrintable) {
  const auto reader =
      Read(Frames({R"({"type":"hello","listen":[],"more":false,"\u001b[2J\n":1})"}));
  ASSERT_NE(reader.broken(), "");
  for (const char c : reader.broken()) EXPECT_TRUE(' ' <= c && c <= '~');
}

}  // namespace
}  // namespace podreach
