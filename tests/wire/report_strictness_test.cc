#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "podreach/wire/probe_report.h"
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

std::string HostFrame(const std::string& groups) {
  return R"({"type":"host","round":0,"address":"10.0.0.1","groups":[)" + groups + "]}";
}

std::string Close(int ports) {
  return R"({"type":"close","round":0,"attempts":1,"peak_in_flight":1,"sweep_ms":1,)"
         R"("resident_kib":1,"ports":)" +
         std::to_string(ports) + "}";
}

const std::string kOpen80 = R"({"protocol":"TCP","state":"open","ports":"80"})";

std::string ServiceFrame(const std::string& service, const std::string& port = "80") {
  return R"({"type":"service","round":0,"address":"10.0.0.1","protocol":"TCP","port":)" + port +
         R"(,"service":)" + service + "}";
}

TEST(ReportStrictnessTest, FramesReadBeforeMayComeAgain) {
  const std::string log = Log(FullReport());
  ReportReader reader(kScan, kNonce, log.size());
  const std::size_t half = log.find('\n', log.size() / 2) + 1;
  reader.Feed(log.substr(0, half));
  for (int i = 0; i < 10; ++i) reader.Feed(log.substr(0, half));
  for (int i = 0; i < 10; ++i) reader.Feed(log);
  EXPECT_EQ(reader.broken(), "");
  ASSERT_TRUE(reader.Finish());
  EXPECT_EQ(*reader.Finish(), FullReport());
}

TEST(ReportStrictnessTest, AFrameThatComesAgainChangedBreaks) {
  const std::string forged = wire::EncodeFrame(kScan, kNonce, 0, R"({"type":"hello"})");
  EXPECT_NE(Read(Log(FullReport()) + forged).broken(), "");
}

TEST(ReportStrictnessTest, ALostLineBreaksOrLeavesOpen) {
  const std::string log = Log(FullReport());
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = log.find('\n', begin) + 1;
    const auto reader = Read(log.substr(0, begin) + log.substr(end));
    EXPECT_FALSE(reader.Finish());
    EXPECT_EQ(reader.broken().empty(), end == log.size());
    begin = end;
  }
}

TEST(ReportStrictnessTest, RoundsClosedBeforeABreakStand) {
  ReportWriter writer(kScan, kNonce);
  std::string log = Greeting(writer, FullReport());
  log += RoundFrames(writer, FullReport());
  writer.BeginRound(1);
  log += writer.Host(FullReport().hosts[0]) + "PODREACH1 " + kScan + " " + kNonce + " x\n";
  log += writer.Close(FullReport().totals);
  const auto reader = Read(log);
  EXPECT_NE(reader.broken(), "");
  EXPECT_TRUE(reader.Finish(0));
  const auto second = reader.Finish(1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(second.error().message.find(reader.broken()), std::string::npos);
}

TEST(ReportStrictnessTest, CapsHold) {
  EXPECT_EQ(Read(std::string(16384, 'x') + "\n").broken(), "");
  EXPECT_EQ(Read(std::string(16384, 'x')).broken(), "");
  EXPECT_NE(Read(std::string(16385, 'x')).broken(), "");
  EXPECT_NE(Read(std::string(16385, 'x') + "\n").broken(), "");

  ReportReader reader(kScan, kNonce);
  for (std::uint64_t i = 0; i < ReportReader::kDefaultMaxBytes / 1024; ++i) {
    reader.Feed(std::string(1023, 'x') + "\n");
  }
  EXPECT_EQ(reader.broken(), "");
  reader.Feed("\n");
  EXPECT_NE(reader.broken(), "");
}

TEST(ReportStrictnessTest, AcceptsASplitHostAndCountsIt) {
  const auto reader = Read(Frames(
      {kHello, HostFrame(kOpen80), HostFrame(R"({"protocol":"TCP","state":"open","ports":"81"})"),
       HostFrame(R"({"protocol":"UDP","state":"open","ports":"80"})"), Close(3)}));
  ASSERT_TRUE(reader.Finish()) << reader.broken();
  ASSERT_EQ(reader.Finish()->hosts.size(), 1U);
  EXPECT_EQ(reader.Finish()->hosts[0].groups.size(), 2U);
  EXPECT_EQ(reader.Finish()->hosts[0].groups[0].ports, Ports("80-81"));
}

TEST(ReportStrictnessTest, RefusesSequencesThatAreNoReport) {
  const std::string name = R"({"type":"name","round":0,"name":"a","addresses":[]})";
  const std::string other = R"({"type":"name","round":0,"name":"b","addresses":[]})";
  const std::string listen =
      R"({"type":"hello","listen":[{"protocol":"TCP","ports":"1"}],"more":true})";
  const std::vector<std::vector<std::string>> cases = {
      {Close(0)},
      {kHello, kHello},
      {listen, Close(0)},
      {listen, listen},
      {kHello, Close(1)},
      {kHello, HostFrame(kOpen80), Close(0)},
      {kHello, Close(0), HostFrame(kOpen80)},
      {kHello, Close(0), Close(0)},
      {kHello, HostFrame(kOpen80), HostFrame(kOpen80), Close(2)},
      {kHello, HostFrame(kOpen80 + "," + kOpen80), Close(2)},
      {kHello, HostFrame(kOpen80),
       HostFrame(R"({"protocol":"TCP","state":"filtered","ports":"1-65535"})")},
      {kHello, name, other, name},
  };
  for (const auto& payloads : cases) EXPECT_NE(Read(Frames(payloads)).broken(), "") << payloads[0];
}

TEST(ReportStrictnessTest, AServiceComesOnceInARound) {
  const std::string frame =
      ServiceFrame(R"({"name":"a","product":"","version":"","access":"answers","evidence":""})");
  EXPECT_EQ(Read(Frames({kHello, frame})).broken(), "");
  EXPECT_NE(Read(Frames({kHello, frame, frame})).broken(), "");
}

TEST(ReportStrictnessTest, RefusesBadPayloads) {
  const auto group = [](const std::string& rest) {
    return HostFrame(R"({"protocol":"TCP",)" + rest + "}");
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
          R"({"type":"host"})",
          R"({"type":"host","type":"host","round":0,"address":"10.0.0.1","groups":[]})",
          R"({"type":"host","round":-1,"address":"10.0.0.1","groups":[]})",
          R"({"type":"host","round":0,"address":"10.0.0","groups":[]})",
          R"({"type":"host","round":0,"address":"10.0.0.1","groups":{}})",
          R"({"type":"host","round":0,"address":"10.0.0.1","groups":[],"x":1})",
          R"({"type":"name","round":0,"name":"a","addresses":["x"]})",
          R"({"type":"name","round":0,"name":"a","addresses":[1]})",
          R"({"type":"name","round":0,"name":1,"addresses":[]})",
          ServiceFrame("null"),
          ServiceFrame("{}"),
          ServiceFrame(R"({"name":"a","product":"","version":"","access":"open","evidence":""})"),
          ServiceFrame(R"({"name":"a","product":"","version":"","access":"answers","evidence":1})"),
          ServiceFrame(R"({"name":")" + std::string(300, 'a') +
                       R"(","product":"","version":"","access":"answers","evidence":""})"),
          ServiceFrame(
              R"({"name":"a","product":"","version":"","access":"answers","evidence":"","tls":{}})"),
          ServiceFrame(R"({"name":"a","product":"","version":"","access":"answers","evidence":""})",
                       "0"),
          std::string(1000, '[') + std::string(1000, ']'),
          HostFrame("1"),
          HostFrame("{}"),
          HostFrame(R"({"protocol":"tcp","state":"open","ports":"1"})"),
          HostFrame(R"({"protocol":"UDP","state":"closed","ports":"1"})"),
          group(R"("state":"ajar","ports":"1")"),
          group(R"("state":"not-probed","ports":"1")"),
          group(R"("state":"open","ports":"")"),
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
  for (const char* listen : {R"({"protocol":"SCTP","ports":"1"})", R"({"protocol":"TCP"})",
                             R"({"ports":"1"})", R"({"protocol":"TCP","ports":"1","errno":4096})",
                             R"({"protocol":"TCP","ports":"1","x":1})"}) {
    const std::string hello =
        R"({"type":"hello","listen":[)" + std::string(listen) + R"(],"more":false})";
    const auto reader = Read(Frames({hello}));
    EXPECT_NE(reader.broken(), "") << listen;
    EXPECT_FALSE(reader.greeted());
  }
  EXPECT_TRUE(Read(Frames({kHello})).greeted());
}

TEST(ReportStrictnessTest, WhatBrokeItIsPrintable) {
  const auto reader =
      Read(Frames({R"({"type":"hello","listen":[],"more":false,"\u001b[2J\n":1})"}));
  ASSERT_NE(reader.broken(), "");
  for (const char c : reader.broken()) EXPECT_TRUE(' ' <= c && c <= '~');
}

}  // namespace
}  // namespace podreach
