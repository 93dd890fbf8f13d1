#include "responder.h"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <thread>

namespace podreach::probe {
namespace {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;

const auto kLoopback = boost::asio::ip::address_v4::loopback();

/// A port of loopback that is free now.
template <class Protocol>
std::uint16_t FreePort() {
  boost::asio::io_context context;
  typename Protocol::socket socket(context);
  socket.open(Protocol::v4());
  socket.bind({kLoopback, 0});
  return socket.local_endpoint().port();
}

PortSet Only(std::uint16_t port) {
  PortSet ports;
  ports.Add(*Port::From(port));
  return ports;
}

TEST(ResponderTest, AcceptsAndCloses) {
  boost::asio::io_context context;
  Responder responder(context);
  const std::uint16_t tcp_port = FreePort<tcp>();
  responder.Listen(Only(tcp_port), {});
  EXPECT_EQ(responder.tcp(), Only(tcp_port));
  EXPECT_TRUE(responder.failures().empty());
  const std::jthread runs([&](const std::stop_token& stop) {
    const std::stop_callback end(stop, [&] { context.stop(); });
    context.run();
  });

  boost::asio::io_context own;
  for (int i = 0; i < 3; ++i) {
    tcp::socket peer(own);
    peer.connect({kLoopback, tcp_port});
    std::array<char, 1> byte{};
    boost::system::error_code ended;
    EXPECT_EQ(peer.read_some(boost::asio::buffer(byte), ended), 0U);
    EXPECT_TRUE(ended) << "it sends nothing and closes";
  }
}

TEST(ResponderTest, AnswersDatagramsWhateverItsProbeIsBusyWith) {
  boost::asio::io_context never_runs;
  Responder responder(never_runs);
  const std::uint16_t udp_port = FreePort<udp>();
  responder.Listen({}, Only(udp_port));
  EXPECT_EQ(responder.udp(), Only(udp_port));
  EXPECT_TRUE(responder.failures().empty());
  boost::asio::io_context own;
  udp::socket asks(own, udp::endpoint(kLoopback, 0));
  for (int i = 0; i < 3; ++i) {
    asks.send_to(boost::asio::buffer("question", 8), {kLoopback, udp_port});
    std::array<char, 512> reply{};
    udp::endpoint from;
    const std::size_t size = asks.receive_from(boost::asio::buffer(reply), from);
    EXPECT_EQ(from.port(), udp_port);
    EXPECT_LE(size, 8U) << "a reply longer than its question could be aimed at others";
  }
}

TEST(ResponderTest, APortThatIsTakenIsAFailureWithItsErrno) {
  boost::asio::io_context context;
  tcp::acceptor holder(context, {tcp::v6(), 0});
  const std::uint16_t port = holder.local_endpoint().port();
  Responder responder(context);
  responder.Listen(Only(port), {});
  EXPECT_TRUE(responder.tcp().empty());
  ASSERT_EQ(responder.failures().size(), 1U);
  EXPECT_EQ(responder.failures()[0].ports, Only(port));
  EXPECT_EQ(responder.failures()[0].error_number, EADDRINUSE);
}

}  // namespace
}  // namespace podreach::probe
