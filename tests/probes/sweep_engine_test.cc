#include "sweep_engine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <map>

namespace podreach::probe {
namespace {

using boost::asio::ip::tcp;

const IpAddress kLoopback = IpAddress::V4(0x7F000001);

/// Fails the first `failures` sockets with an errno, then works.
class FailingSockets final : public SocketApi {
 public:
  FailingSockets(int failures, int error_number)
      : failures_(failures), error_number_(error_number) {}
  int Socket(int family, int type) override {
    if (failures_-- > 0) {
      errno = error_number_;
      return -1;
    }
    return SocketApi::Socket(family, type);
  }

 private:
  int failures_;
  int error_number_;
};

std::map<std::uint16_t, Verdict> Sweep(SocketApi& sockets, const PortSet& ports,
                                       SweepTotals* totals = nullptr) {
  boost::asio::io_context context;
  std::map<std::uint16_t, Verdict> seen;
  SweepEngine engine(
      context, sockets, {}, {{kLoopback, ports, {}}},
      [&](const Endpoint& target, const Verdict& verdict) { seen[target.port.number()] = verdict; },
      [] {});
  engine.Start();
  context.run();
  if (totals != nullptr) *totals = engine.totals();
  return seen;
}

class SweepEngineTest : public testing::Test {
 protected:
  SweepEngineTest()
      : listener_(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        unused_(context_, tcp::v4()),
        open_(listener_.local_endpoint().port()) {
    unused_.bind(
        tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));  // bound, and doesn't listen
    closed_ = unused_.local_endpoint().port();
    ports_.Add(*Port::From(open_));
    ports_.Add(*Port::From(closed_));
  }
  boost::asio::io_context context_;
  tcp::acceptor listener_;
  tcp::socket unused_;
  std::uint16_t open_;
  std::uint16_t closed_ = 0;
  PortSet ports_;
};

TEST_F(SweepEngineTest, TellsOpenFromClosedAndConfirmsTheOpen) {
  SocketApi sockets;
  SweepTotals totals;
  const auto seen = Sweep(sockets, ports_, &totals);
  EXPECT_EQ(seen.at(open_).state, Outcome::kOpen);
  EXPECT_EQ(seen.at(closed_).state, Outcome::kClosed);
  EXPECT_EQ(totals.attempts, 3U);
  EXPECT_EQ(totals.ports, 2U);
}

TEST_F(SweepEngineTest, AShortageOfDescriptorsIsTriedAgain) {
  FailingSockets sockets(3, EMFILE);
  const auto seen = Sweep(sockets, ports_);
  EXPECT_EQ(seen.at(open_).state, Outcome::kOpen);
  EXPECT_EQ(seen.at(closed_).state, Outcome::kClosed);
}

TEST_F(SweepEngineTest, OurOwnLastingFailureIsNeverAStateOfTheTarget) {
  for (const int error : {EMFILE, ENOBUFS, EPERM}) {
    FailingSockets sockets(1000, error);
    const auto seen = Sweep(sockets, ports_);
    EXPECT_EQ(seen.at(open_).state, Outcome::kLocalError);
    EXPECT_EQ(seen.at(closed_).error_number, error);
  }
}

}  // namespace
}  // namespace podreach::probe
