#include "podreach/report/expect_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "podreach/report/formats.h"
#include "report/ports_text.h"

namespace podreach {
namespace {

IntendedConnection Connection(const char* tcp, const char* udp, const std::string& because = "") {
  IntendedConnection connection;
  if (*tcp != 0) connection.ports[0] = *PortSet::Parse(tcp);
  if (*udp != 0) connection.ports[1] = *PortSet::Parse(udp);
  connection.because = because;
  return connection;
}

std::string Written(std::string_view format, bool with_pairs = true) {
  std::ostringstream out;
  const auto writer = FindFormat(ExpectFormats(), format)->write(out);
  writer->Begin();
  const auto each = [&](auto give) {
    if (!with_pairs) return;
    give("shop/web[Deployment]", "shop/db[Pod]", Connection("80,443-445", "53"));
    give("=a\"b,\x1b[2J", "10.0.0.0-10.0.0.255", Connection("1", "", "a policy, unread"));
    give("a", "b", Connection("", "", "no address"));
  };
  each([&](auto... pair) { writer->Pair(pair...); });
  if (writer->GoesAgain()) each([&](auto... pair) { writer->Again(pair...); });
  writer->End();
  return out.str();
}

TEST(ExpectWriterTest, TheTableIsALineAPair) {
  const std::string table = Written("table");
  EXPECT_TRUE(table.starts_with("shop/web[Deployment] -> shop/db[Pod]  TCP 80,443-445; UDP 53\n"));
  EXPECT_NE(table.find("TCP 1  unknown: a policy, unread\n"), std::string::npos);
  EXPECT_NE(table.find("a -> b  unknown: no address\n"), std::string::npos);
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
}

TEST(ExpectWriterTest, AllPortsAreOneWord) {
  IntendedConnection connection;
  for (PortSet& ports : connection.ports) ports = PortSet::All();
  EXPECT_EQ(PortsText(connection.ports), "all");
  connection.ports[2] = {};
  EXPECT_EQ(PortsText(connection.ports), "TCP all; UDP all");
}

TEST(ExpectWriterTest, JsonFollowsTheSchema) {
  const auto json = nlohmann::json::parse(Written("json"));
  EXPECT_EQ(json["schema"], "podreach.io/expect/v1");
  ASSERT_EQ(json["connections"].size(), 2U);
  EXPECT_EQ(json["connections"][0]["source"], "shop/web[Deployment]");
  EXPECT_EQ(json["connections"][0]["ports"],
            nlohmann::json::parse(R"([{"protocol":"TCP","first":80,"last":80},
                                      {"protocol":"TCP","first":443,"last":445},
                                      {"protocol":"UDP","first":53,"last":53}])"));
  ASSERT_EQ(json["unknown"].size(), 2U);
  EXPECT_EQ(json["unknown"][1]["because"], "no address");
  EXPECT_EQ(nlohmann::json::parse(Written("json", false))["connections"].size(), 0U);
}

TEST(ExpectWriterTest, CsvIsQuotedAndHoldsNoFormula) {
  const std::string csv = Written("csv");
  EXPECT_TRUE(
      csv.starts_with("source,destination,protocol,first,last,unknown\r\n"
                      "shop/web[Deployment],shop/db[Pod],TCP,80,80,\r\n"));
  EXPECT_NE(csv.find("\"'=a\"\"b, [2J\",10.0.0.0-10.0.0.255,TCP,1,1,\r\n"), std::string::npos)
      << csv;
  EXPECT_NE(csv.find(",,,\"a policy, unread\"\r\n"), std::string::npos);
}

TEST(ExpectWriterTest, DotIsAGraph) {
  const std::string dot = Written("dot");
  EXPECT_TRUE(dot.starts_with("digraph intended {\n"));
  EXPECT_NE(
      dot.find("\"shop/web[Deployment]\" -> \"shop/db[Pod]\" [label=\"TCP 80,443-445; UDP 53\"];"),
      std::string::npos);
  EXPECT_NE(dot.find("[style=dashed"), std::string::npos);
  EXPECT_NE(dot.find("=a\\\"b,"), std::string::npos);
  EXPECT_TRUE(dot.ends_with("}\n"));
}

}  // namespace
}  // namespace podreach
