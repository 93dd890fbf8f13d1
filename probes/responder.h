#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <list>
#include <vector>

#include "podreach/net/port_set.h"
#include "podreach/wire/probe_report.h"

namespace podreach::probe {

/// Listens for other probes: accepts TCP connections and closes them, answers UDP datagrams. A
/// listener that is known to be there proves a path apart from what the real pods do.
class Responder {
 public:
  explicit Responder(boost::asio::io_context& context) : context_(context) {}
  /// Binds every port on all addresses; those that fail are in failures().
  void Listen(const PortSet& tcp, const PortSet& udp);
  [[nodiscard]] const PortSet& tcp() const { return tcp_; }
  [[nodiscard]] const PortSet& udp() const { return udp_; }
  [[nodiscard]] const std::vector<ListenFailure>& failures() const { return failures_; }

 private:
  struct Datagram {
    boost::asio::ip::udp::socket socket;
    boost::asio::ip::udp::endpoint from{};
    std::array<char, 16> buffer{};
  };
  void ListenTcp(Port port);
  void ListenUdp(Port port);
  void Accept(boost::asio::ip::tcp::acceptor& acceptor);
  void Receive(Datagram& datagram);
  void Failed(Protocol protocol, Port port, int error_number);

  boost::asio::io_context& context_;
  std::list<boost::asio::ip::tcp::acceptor> acceptors_;
  std::list<Datagram> datagrams_;
  PortSet tcp_;
  PortSet udp_;
  std::vector<ListenFailure> failures_;
};

}  // namespace podreach::probe
