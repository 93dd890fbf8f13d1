#include "sweep_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "resume_file.h"

namespace podreach::probe {
namespace {

using testing::HasSubstr;
using testing::Not;

const IpAddress kHost = *IpAddress::Parse("10.0.0.1");

Endpoint Tcp(const char* port) { return {kHost, Protocol::kTcp, *Port::Parse(port)}; }

SweepResults SomeResults() {
  SweepResults results;
  results.Add(Tcp("6379"), {Outcome::kOpen, {}, 0});
  results.Add(Tcp("22"), {Outcome::kOpen, {}, 0});
  results.Add(Tcp("23"), {Outcome::kClosed, {}, 0});
  results.Add(Tcp("24"), {Outcome::kClosed, {}, 0});
  results.Add(Tcp("25"), {Outcome::kFiltered, {}, 0});
  results.Add(Tcp("26"), {Outcome::kRejected, IcmpError{kHost, 3, 13}, 0});
  return results;
}

SweepRun SomeRun() {
  SweepRun run;
  run.arguments = "podreach-probe sweep \"<a>\" & b";
  run.ports = "22-26,6379";
  run.port_count = 6;
  run.totals.sweep_time = std::chrono::milliseconds(1042);
  return run;
}

TEST(SweepOutputTest, TheTableHasWhatAnsweredByPort) {
  EXPECT_EQ(WriteTable(SomeResults()),
            "10.0.0.1:22/TCP  open\n"
            "10.0.0.1:26/TCP  rejected  (ICMP type 3 code 13 from 10.0.0.1)\n"
            "10.0.0.1:6379/TCP  open\n");
}

TEST(SweepOutputTest, AJsonLineIsOnePort) {
  EXPECT_EQ(WriteJsonLine(Tcp("25"), {Outcome::kFiltered, {}, 0, false}),
            R"({"address":"10.0.0.1","protocol":"TCP","port":25,"state":"filtered",)"
            "\"evidence\":\"unsure: packets to this host get lost\"}\n");
}

TEST(SweepOutputTest, XmlHasNmapsWords) {
  const std::string xml = WriteXml(SomeResults(), SomeRun());
  EXPECT_THAT(xml, HasSubstr(R"(args="podreach-probe sweep &quot;&lt;a&gt;&quot; &amp; b")"));
  EXPECT_THAT(
      xml,
      HasSubstr(
          R"(<extraports state="closed" count="2"><extrareasons reason="conn-refused" count="2"/>)"));
  EXPECT_THAT(
      xml,
      HasSubstr(
          R"(<extraports state="filtered" count="1"><extrareasons reason="no-response" count="1"/>)"));
  EXPECT_THAT(
      xml,
      HasSubstr(
          R"(portid="6379"><state state="open" reason="syn-ack" reason_ttl="0"/><service name="Redis")"));
  EXPECT_THAT(
      xml,
      HasSubstr(
          R"(portid="26"><state state="filtered" reason="admin-prohibited" reason_ttl="0" reason_ip="10.0.0.1"/>)"));
  EXPECT_THAT(xml, HasSubstr(R"(elapsed="1.042" exit="success")"));
  EXPECT_THAT(xml, Not(HasSubstr("portid=\"23\"")));
}

TEST(SweepOutputTest, GrepableIsOneLineAHost) {
  EXPECT_THAT(WriteGrepable(SomeResults(), SomeRun()),
              HasSubstr("Host: 10.0.0.1 ()\tPorts: 22/open/tcp//SSH///, 26/filtered/tcp/////, "
                        "6379/open/tcp//Redis///\tIgnored State: closed (2)\tIgnored State: "
                        "filtered (1)\n"));
}

class ResumeFileTest : public testing::Test {
 protected:
  ~ResumeFileTest() override { std::filesystem::remove(path_); }
  /// Opens it for a sweep; the ports that were in it.
  std::string Ports(const std::string& sweep = "TCP 1-9 10.0.0.1") {
    std::string ports;
    auto file = ResumeFile::Open(path_, sweep, [&](const Endpoint& target, const Verdict& verdict) {
      ports += std::to_string(target.port.number()) + " " + std::string(ToString(verdict.state)) +
               (verdict.icmp ? " by ICMP " : " ");
    });
    if (!file) return "error: " + file.error().message;
    file->Add(Tcp("7"), {Outcome::kClosed, {}, 0});
    file->Flush();
    return ports;
  }
  void Append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("resume-" + std::to_string(getpid()));
};

TEST_F(ResumeFileTest, KeepsWhatWasAdded) {
  EXPECT_EQ(Ports(), "");
  Append("10.0.0.1 TCP 8 rejected sure 0 10.0.0.9 3 13\n");
  EXPECT_EQ(Ports(), "7 closed 8 rejected by ICMP ");
}

TEST_F(ResumeFileTest, ALineThatAKillCutIsDropped) {
  Ports();
  Append("10.0.0.1 TCP 8 rej");
  EXPECT_EQ(Ports(), "7 closed ");
  EXPECT_EQ(Ports(), "7 closed 7 closed ");
}

TEST_F(ResumeFileTest, AnotherSweepsFileAndGarbageAreRefused) {
  Ports();
  EXPECT_THAT(Ports("TCP 1-9 10.0.0.2"), HasSubstr("is of another sweep"));
  Append("garbage\n");
  EXPECT_THAT(Ports(), HasSubstr(":3 is no result"));
}

}  // namespace
}  // namespace podreach::probe
