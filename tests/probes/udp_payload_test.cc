#include "udp_payload.h"

#include <gtest/gtest.h>

namespace podreach::probe {
namespace {

std::string_view For(unsigned port) {
  return UdpPayload(*Port::From(static_cast<std::uint16_t>(port)));
}

unsigned Byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

TEST(UdpPayloadTest, EveryQuestionHasTheFormOfItsProtocol) {
  EXPECT_EQ(For(123).size(), 48U);
  EXPECT_EQ(Byte(For(123), 0), 0x23U) << "version 4, mode 3";
  EXPECT_EQ(For(443).size(), 1200U);
  EXPECT_EQ(Byte(For(443), 0) & 0xC0U, 0xC0U) << "a long header";
  EXPECT_EQ(For(111).size(), 40U);
  EXPECT_EQ(For(3478).size(), 20U);
  EXPECT_EQ(For(1194).size(), 14U);
  EXPECT_EQ(For(69).substr(0, 2), std::string_view("\0\1", 2));
  EXPECT_EQ(For(11211).substr(8), "version\r\n");
  EXPECT_EQ(For(12345), "\r\n\r\n");
}

// SNMP's BER: the outer sequence holds the rest, and its parts fill it.
TEST(UdpPayloadTest, SnmpsLengthsAddUp) {
  const std::string_view snmp = For(161);
  ASSERT_EQ(Byte(snmp, 0), 0x30U);
  EXPECT_EQ(Byte(snmp, 1) + 2U, snmp.size());
  std::size_t at = 2;
  int parts = 0;
  while (at < snmp.size()) {
    at += 2 + Byte(snmp, at + 1);
    ++parts;
  }
  EXPECT_EQ(at, snmp.size());
  EXPECT_EQ(parts, 4) << "version, header, security parameters, scoped PDU";
}

// Names of DNS: labels that end at the root, then type and class.
TEST(UdpPayloadTest, DnsNamesEnd) {
  for (const unsigned port : {53U, 5353U}) {
    const std::string_view dns = For(port);
    std::size_t at = 12;
    while (Byte(dns, at) != 0) at += 1 + Byte(dns, at);
    EXPECT_EQ(at + 5, dns.size()) << port;
  }
}

}  // namespace
}  // namespace podreach::probe
