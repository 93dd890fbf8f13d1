#pragma once

#include <poll.h>
#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <optional>
#include <vector>

#include "podreach/net/port_set.h"
#include "podreach/wire/probe_report.h"

namespace podreach::probe {

/// Listens for other probes: accepts TCP connections and closes them, answers UDP datagrams. A
/// listener that is known to be there proves a path apart from what the real pods do.
///
/// The kernel itself answers a SYN, so connections are served by the probe's own loop; a datagram
/// needs somebody awake, and has a thread that sleeps until it comes: beside the sweeps of a node
/// full of probes, the loop would answer after its sender has given up.
class Responder {
 public:
  explicit Responder(boost::asio::io_context& context) : context_(context) {}
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder();
  /// Binds every port on all addresses; those that fail are in failures(). Once.
  void Listen(const PortSet& tcp, const PortSet& udp);
  [[nodiscard]] const PortSet& tcp() const { return tcp_; }
  [[nodiscard]] const PortSet& udp() const { return udp_; }
  [[nodiscard]] const std::vector<ListenFailure>& failures() const { return failures_; }

 private:
  void ListenTcp(Port port);
  void ListenUdp(Port port);
  void Accept(boost::asio::ip::tcp::acceptor& acceptor);
  void AnswerDatagrams();
  void Failed(Protocol protocol, Port port, int error_number);

  boost::asio::io_context& context_;
  std::list<boost::asio::ip::tcp::acceptor> acceptors_;
  std::vector<pollfd> datagrams_;  // the first one is end_of_thread_
  int end_of_thread_ = -1;         // eventfd(2)
  std::optional<pthread_t> thread_;
  PortSet tcp_;
  PortSet udp_;
  std::vector<ListenFailure> failures_;
};

}  // namespace podreach::probe
