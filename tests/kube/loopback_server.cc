#include "tests/kube/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

namespace podreach {
namespace {

/// Reads one request; nothing when the connection ended.
std::optional<LoopbackServer::Request> ReadRequest(int fd, std::string& buffer) {
  const auto read_more = [&] {
    char block[4096];
    const ssize_t count = recv(fd, block, sizeof block, 0);
    if (count > 0) buffer.append(block, static_cast<std::size_t>(count));
    return count > 0;
  };
  std::size_t head_end = 0;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  LoopbackServer::Request request{buffer.substr(0, head_end + 2), {}};
  buffer.erase(0, head_end + 4);
  const std::size_t length_at = request.head.find("Content-Length: ");
  const std::size_t length =
      length_at == std::string::npos ? 0 : std::strtoul(&request.head[length_at + 16], nullptr, 10);
  while (buffer.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return request;
}

}  // namespace

void LoopbackServer::Connection::Write(const std::string& bytes) const {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

void LoopbackServer::Connection::Respond(const std::string& status, const std::string& headers,
                                         const std::string& body) const {
  Write("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body);
}

void LoopbackServer::Connection::WaitForClose() const {
  char byte = 0;
  while (recv(fd_, &byte, 1, 0) > 0) {
  }
}

LoopbackServer::LoopbackServer(Handle handle) : handle_(std::move(handle)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

LoopbackServer::~LoopbackServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  std::vector<std::thread> servers;
  {
    const std::scoped_lock lock(mutex_);
    for (const int fd : fds_) shutdown(fd, SHUT_RDWR);
    servers.swap(servers_);
  }
  for (std::thread& server : servers) server.join();
  for (const int fd : fds_) close(fd);
  close(listener_);
}

std::vector<LoopbackServer::Request> LoopbackServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::size_t LoopbackServer::connections() const {
  const std::scoped_lock lock(mutex_);
  return fds_.size();
}

void LoopbackServer::Accept() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::scoped_lock lock(mutex_);
    fds_.push_back(fd);
    servers_.emplace_back([this, fd] { Serve(fd); });
  }
}

void LoopbackServer::Serve(int fd) {
  std::string buffer;
  while (const auto request = ReadRequest(fd, buffer)) {
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(*request);
    }
    if (!handle_(*request, Connection(fd))) break;
  }
  shutdown(fd, SHUT_RDWR);
}

}  // namespace podreach
