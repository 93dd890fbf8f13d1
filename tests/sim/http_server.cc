#include "tests/sim/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>
#include <sstream>

namespace podreach::sim {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// Enough for a ConfigMap and everything around it.
constexpr std::uint64_t kMaxBody = 64U << 20U;

std::string Head(const Response& response) {
  std::ostringstream head;
  head << "HTTP/1.1 " << response.status << ' '
       << http::obsolete_reason(http::int_to_status(response.status))
       << "\r\nContent-Type: " << response.content_type << "\r\n";
  for (const auto& [name, value] : response.headers) head << name << ": " << value << "\r\n";
  if (response.stream) {
    head << "Transfer-Encoding: chunked\r\n\r\n";
  } else {
    head << "Content-Length: " << response.body.size() << "\r\n\r\n";
  }
  return head.str();
}

}  // namespace

/// One connection and its requests, one after another.
class HttpServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const Handler& handler)
      : socket_(std::move(socket)), wait_(socket_.get_executor()), handler_(handler) {}

  asio::awaitable<void> Run() {
    const auto self = shared_from_this();
    for (;;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(kMaxBody);
      const auto [error, size] = co_await http::async_read(socket_, buffer_, parser, kTuple);
      if (error) co_return;
      const auto& message = parser.get();
      Response response = handler_(
          {std::string(message.method_string()), std::string(message.target()), message.body()});
      if (response.delay.count() > 0) co_await Pause(response.delay);
      bool goes_on = false;
      if (response.stream) {
        goes_on = co_await SendStream(response);
      } else {
        goes_on = co_await SendBody(response);
      }
      if (!goes_on || !message.keep_alive()) break;
    }
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  /// The other side gets an RST.
  void Reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
    wait_.cancel();
  }

 private:
  asio::awaitable<void> Pause(std::chrono::milliseconds time) {
    wait_.expires_after(time);
    co_await wait_.async_wait(kTuple);
  }

  asio::awaitable<bool> Write(std::string_view text) {
    const auto [error, size] = co_await asio::async_write(socket_, asio::buffer(text), kTuple);
    co_return !error;
  }

  /// False ends the connection.
  asio::awaitable<bool> SendBody(const Response& response) {
    const std::string head = Head(response);
    const std::string_view body = response.body;
    const Misbehaviour& wrong = response.misbehaviour;
    switch (wrong.kind) {
      case Misbehaviour::Kind::kNone: {
        const std::array<asio::const_buffer, 2> all{asio::buffer(head), asio::buffer(body)};
        const auto [error, size] = co_await asio::async_write(socket_, all, kTuple);
        co_return !error;
      }
      case Misbehaviour::Kind::kReset:
      case Misbehaviour::Kind::kTruncate:
        if (wrong.bytes > 0 || wrong.kind == Misbehaviour::Kind::kTruncate)
          co_await Write(head + std::string(body.substr(0, wrong.bytes)));
        if (wrong.kind == Misbehaviour::Kind::kReset) Reset();
        co_return false;
      case Misbehaviour::Kind::kTrickle:
        if (!co_await Write(head)) co_return false;
        for (std::size_t at = 0; at < body.size(); at += wrong.bytes) {
          if (!co_await Write(body.substr(at, wrong.bytes))) co_return false;
          co_await Pause(wrong.pause);
        }
        co_return true;
    }
    co_return false;
  }

  asio::awaitable<bool> SendStream(const Response& response) {
    const auto stream = response.stream;
    // A client that goes away is seen by reading: it sends nothing while it is answered.
    const auto gone = std::make_shared<bool>(false);
    socket_.async_wait(tcp::socket::wait_read,
                       [this, self = shared_from_this(), gone](const error_code& error) {
                         *gone = !error || error != asio::error::operation_aborted;
                         wait_.cancel();
                       });
    stream->OnWake([this] { wait_.cancel(); });
    bool fine = co_await Write(Head(response));
    while (fine && !*gone) {
      const std::string bytes = stream->Next();
      if (!bytes.empty()) {
        std::ostringstream chunk;
        chunk << std::hex << bytes.size() << "\r\n" << bytes << "\r\n";
        fine = co_await Write(chunk.str());
      } else if (stream->Ended()) {
        break;
      } else {
        wait_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await wait_.async_wait(kTuple);
      }
    }
    stream->OnWake({});
    stream->Closed();
    if (!fine || *gone || !socket_.is_open()) co_return false;
    const Misbehaviour& wrong = response.misbehaviour;
    if (wrong.kind == Misbehaviour::Kind::kReset) Reset();
    if (wrong.kind != Misbehaviour::Kind::kNone) co_return false;
    socket_.cancel();
    co_return co_await Write("0\r\n\r\n");
  }

  tcp::socket socket_;
  asio::steady_timer wait_;
  const Handler& handler_;
  boost::beast::flat_buffer buffer_;
};

HttpServer::HttpServer(asio::io_context& context, std::uint16_t port, Handler handler)
    : context_(context),
      endpoint_(asio::ip::address_v4::loopback(), port),
      acceptor_(context, endpoint_),
      handler_(std::move(handler)) {
  endpoint_ = acceptor_.local_endpoint();
  Accept();
}

void HttpServer::Accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      const auto session = std::make_shared<Session>(std::move(socket), handler_);
      std::erase_if(sessions_, [](const auto& known) { return known.expired(); });
      sessions_.push_back(session);
      asio::co_spawn(
          context_, [session] { return session->Run(); }, asio::detached);
    }
    Accept();
  });
}

void HttpServer::BeginOutage() {
  error_code ignored;
  acceptor_.close(ignored);
  for (const auto& known : sessions_) {
    if (const auto session = known.lock()) session->Reset();
  }
  sessions_.clear();
}

void HttpServer::EndOutage() {
  error_code ignored;
  acceptor_.open(endpoint_.protocol(), ignored);
  acceptor_.set_option(tcp::acceptor::reuse_address(true), ignored);
  acceptor_.bind(endpoint_, ignored);
  acceptor_.listen(asio::socket_base::max_listen_connections, ignored);
  Accept();
}

}  // namespace podreach::sim
