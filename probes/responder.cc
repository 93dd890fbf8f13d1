#include "responder.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>

namespace podreach::probe {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;

void Responder::Listen(const PortSet& tcp_ports, const PortSet& udp_ports) {
  for (const PortRange& range : tcp_ports.ranges()) {
    for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
      ListenTcp(*Port::From(static_cast<std::uint16_t>(port)));
    }
  }
  for (const PortRange& range : udp_ports.ranges()) {
    for (unsigned port = range.first.number(); port <= range.last.number(); ++port) {
      ListenUdp(*Port::From(static_cast<std::uint16_t>(port)));
    }
  }
}

void Responder::Failed(Protocol protocol, Port port, int error_number) {
  PortSet ports;
  ports.Add(port);
  failures_.push_back({protocol, ports, error_number});
}

void Responder::ListenTcp(Port port) {
  tcp::acceptor acceptor(context_);
  boost::system::error_code error;
  // :: takes IPv4 too; where the node has no IPv6, 0.0.0.0.
  tcp::endpoint endpoint(tcp::v6(), port.number());
  acceptor.open(endpoint.protocol(), error);
  if (error) {
    endpoint = tcp::endpoint(tcp::v4(), port.number());
    acceptor.open(endpoint.protocol(), error);
  }
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1024, error);
  if (error) return Failed(Protocol::kTcp, port, error.value());
  tcp_.Add(port);
  acceptors_.push_back(std::move(acceptor));
  Accept(acceptors_.back());
}

void Responder::Accept(tcp::acceptor& acceptor) {
  acceptor.async_accept(
      [this, &acceptor](const boost::system::error_code& error, tcp::socket socket) {
        if (error == boost::asio::error::operation_aborted) return;
        boost::system::error_code ignored;
        socket.close(ignored);
        Accept(acceptor);
      });
}

void Responder::ListenUdp(Port port) {
  udp::socket socket(context_);
  boost::system::error_code error;
  udp::endpoint endpoint(udp::v6(), port.number());
  socket.open(endpoint.protocol(), error);
  if (error) {
    endpoint = udp::endpoint(udp::v4(), port.number());
    socket.open(endpoint.protocol(), error);
  }
  if (!error) socket.bind(endpoint, error);
  if (error) return Failed(Protocol::kUdp, port, error.value());
  udp_.Add(port);
  datagrams_.push_back({std::move(socket)});
  Receive(datagrams_.back());
}

void Responder::Receive(Datagram& datagram) {
  datagram.socket.async_receive_from(
      boost::asio::buffer(datagram.buffer), datagram.from,
      [this, &datagram](const boost::system::error_code& error, std::size_t) {
        if (error == boost::asio::error::operation_aborted) return;
        boost::system::error_code ignored;
        if (!error)
          datagram.socket.send_to(boost::asio::buffer("podreach", 8), datagram.from, 0, ignored);
        Receive(datagram);
      });
}

}  // namespace podreach::probe
