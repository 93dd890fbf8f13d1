#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace podreach::sim {

struct Request {
  std::string method;
  std::string target;  ///< path and query, as they were sent
  std::string body;
};

/// A reply that goes on: a watch, or a log that is followed.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;
  /// What is there and wasn't given yet; empty where there is nothing for now.
  [[nodiscard]] virtual std::string Next() = 0;
  /// Nothing will come any more.
  [[nodiscard]] virtual bool Ended() const = 0;
  /// The client is gone.
  virtual void Closed() {}

  /// Called by the source when there is something new.
  void Wake() const {
    if (wake_) wake_();
  }
  void OnWake(std::function<void()> wake) { wake_ = std::move(wake); }

 private:
  std::function<void()> wake_;
};

/// How the server misbehaves in sending a reply.
struct Misbehaviour {
  enum class Kind : std::uint8_t {
    kNone,
    kReset,     ///< the connection is reset after `bytes` of the body
    kTruncate,  ///< the connection is closed after `bytes` of the body
    kTrickle,   ///< the body comes in pieces of `bytes`, one each `pause`
  } kind = Kind::kNone;
  std::size_t bytes = 0;
  std::chrono::milliseconds pause{100};
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<Stream> stream;  ///< instead of a body
  std::chrono::milliseconds delay{0};
  Misbehaviour misbehaviour;
};

/// HTTP/1.1 on 127.0.0.1, all of it on the io_context's one thread, so that handlers need no lock.
class HttpServer {
 public:
  using Handler = std::function<Response(const Request&)>;

  /// Port 0 lets the system choose. Throws boost::system::system_error where it can't listen.
  HttpServer(boost::asio::io_context& context, std::uint16_t port, Handler handler);
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// Resets every connection, and refuses new ones until `end`.
  void BeginOutage();
  void EndOutage();

 private:
  class Session;
  void Accept();

  boost::asio::io_context& context_;
  boost::asio::ip::tcp::endpoint endpoint_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Handler handler_;
  std::vector<std::weak_ptr<Session>> sessions_;
};

}  // namespace podreach::sim
