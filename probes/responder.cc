#include "responder.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/socket_base.hpp>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "sockets.h"

namespace podreach::probe {

using boost::asio::ip::tcp;

namespace {

constexpr std::string_view kAnswer = "podreach";

void AnswerAll(int fd) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  std::array<char, 16> question{};
  auto* address = reinterpret_cast<sockaddr*>(&from);
  while (recvfrom(fd, question.data(), question.size(), MSG_DONTWAIT, address, &size) >= 0) {
    (void)sendto(fd, kAnswer.data(), kAnswer.size(), MSG_DONTWAIT, address, size);
    size = sizeof from;
  }
}

}  // namespace

Responder::~Responder() {
  if (thread_) {
    (void)eventfd_write(end_of_thread_, 1);
    pthread_join(*thread_, nullptr);
  }
  for (const pollfd& socket : datagrams_) close(socket.fd);
}

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
  if (datagrams_.empty()) return;
  end_of_thread_ = eventfd(0, EFD_CLOEXEC);
  datagrams_.insert(datagrams_.begin(), {end_of_thread_, POLLIN, 0});
  sigset_t all;
  sigset_t before;
  sigfillset(&all);  // signals are for the probe's own thread
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto answer = [](void* responder) -> void* {
    static_cast<Responder*>(responder)->AnswerDatagrams();
    return nullptr;
  };
  pthread_t thread{};
  const int error = pthread_create(&thread, nullptr, answer, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == 0) {
    thread_ = thread;
  } else {
    // Nobody would answer: those ports prove nothing.
    failures_.push_back({Protocol::kUdp, udp_, error});
    udp_ = PortSet();
  }
}

void Responder::AnswerDatagrams() {
  while (poll(datagrams_.data(), datagrams_.size(), -1) >= 0) {
    if (datagrams_.front().revents != 0) return;
    for (const pollfd& socket : datagrams_) {
      if (socket.revents != 0) AnswerAll(socket.fd);
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
  // :: takes IPv4 too; where the node has no IPv6, 0.0.0.0.
  int fd = -1;
  bool bound = false;
  for (const char* any : {"::", "0.0.0.0"}) {
    const auto address = ToSocketAddress(*IpAddress::Parse(any), port);
    fd = socket(address.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    bound = bind(fd, address.get(), address.size) == 0;
    break;
  }
  if (!bound) {
    Failed(Protocol::kUdp, port, errno);
    if (fd >= 0) close(fd);
    return;
  }
  udp_.Add(port);
  datagrams_.push_back({fd, POLLIN, 0});
}

}  // namespace podreach::probe
