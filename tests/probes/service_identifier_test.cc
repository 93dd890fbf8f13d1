#include "fingerprint/service_identifier.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "sockets.h"

namespace podreach::probe {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

const IpAddress kLoopback = IpAddress::V4(0x7F000001);

/// Serves connections on a port of loopback, each by one function, in the test's own context.
class Server {
 public:
  using Serve = std::function<void(std::shared_ptr<tcp::socket>)>;
  Server(boost::asio::io_context& context, Serve serve)
      : acceptor_(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        serve_(std::move(serve)) {
    Accept();
  }
  [[nodiscard]] Endpoint endpoint() const {
    return {kLoopback, Protocol::kTcp, *Port::From(acceptor_.local_endpoint().port())};
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error) return;
      ++connections_;
      serve_(std::make_shared<tcp::socket>(std::move(socket)));
      Accept();
    });
  }
  tcp::acceptor acceptor_;
  Serve serve_;
  int connections_ = 0;
};

void Say(
    const std::shared_ptr<tcp::socket>& socket, const std::string& text,
    std::function<void()> then = [] {}) {
  const auto kept = std::make_shared<std::string>(text);
  boost::asio::async_write(*socket, boost::asio::buffer(*kept),
                           [socket, kept, then](const error_code& error, std::size_t) {
                             if (!error) then();
                           });
}

/// Reads what comes and answers to it.
void Answer(const std::shared_ptr<tcp::socket>& socket,
            std::function<std::string(const std::string&)> answer) {
  const auto buffer = std::make_shared<std::array<char, 4096>>();
  socket->async_read_some(boost::asio::buffer(*buffer),
                          [=](const error_code& error, std::size_t size) {
                            if (error) return;
                            Say(socket, answer(std::string(buffer->data(), size)));
                            Answer(socket, answer);
                          });
}

class ServiceIdentifierTest : public testing::Test {
 protected:
  ServiceIdentifierTest() {
    limits_.dialog = {.bytes = 4096,
                      .banner = std::chrono::milliseconds(50),
                      .silence = std::chrono::milliseconds(100),
                      .all = std::chrono::milliseconds(200)};
    limits_.port = std::chrono::milliseconds(1500);
  }

  std::map<Endpoint, ServiceIdentity> Identify(std::vector<Endpoint> targets) {
    std::map<Endpoint, ServiceIdentity> found;
    int finished = 0;
    ServiceIdentifier identifier(
        context_, limits_,
        [&](const Endpoint& target, const ServiceIdentity& service) {
          EXPECT_TRUE(found.emplace(target, service).second) << "told twice";
        },
        [&] {
          ++finished;
          context_.stop();
        });
    identifier.Start(std::move(targets));
    context_.run();
    EXPECT_EQ(finished, 1);
    return found;
  }
  ServiceIdentity IdentifyOne(Server::Serve serve) {
    Server server(context_, std::move(serve));
    return Identify({server.endpoint()}).at(server.endpoint());
  }

  boost::asio::io_context context_;
  InquiryLimits limits_;
};

TEST_F(ServiceIdentifierTest, KnowsARedisOnAPortOfItsOwn) {
  const auto service = IdentifyOne([](const auto& socket) {
    Answer(socket, [](const std::string& text) {
      return text.starts_with("PING") ? "+PONG\r\n$1\r\nredis_version:7.0.15\r\n\r\n"
                                      : "-ERR unknown command\r\n";
    });
  });
  EXPECT_EQ(service.name, "redis");
  EXPECT_EQ(service.version, "7.0.15");
  EXPECT_EQ(service.access, Access::kAnswers);
}

TEST_F(ServiceIdentifierTest, ListensFirst) {
  Server server(context_, [](const auto& socket) { Say(socket, "SSH-2.0-OpenSSH_9.2p1\r\n"); });
  const auto service = Identify({server.endpoint()}).at(server.endpoint());
  EXPECT_EQ(service.name, "ssh");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(ServiceIdentifierTest, AsksASuspectItsOwnQuestion) {
  const auto service = IdentifyOne([](const auto& socket) {
    Answer(socket, [](const std::string& text) -> std::string {
      if (text.starts_with("GET /version "))
        return "HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n"
               R"({"Version":"20.10.24","ApiVersion":"1.41"} )";
      return "HTTP/1.1 404 No\r\nContent-Length: 29\r\n\r\n"
             R"({"message":"page not found"}
)";
    });
  });
  EXPECT_EQ(service.name, "docker");
  EXPECT_EQ(service.version, "20.10.24");
}

TEST_F(ServiceIdentifierTest, SaysHttpWhereNothingIsMoreSpecial) {
  const auto service = IdentifyOne([](const auto& socket) {
    Answer(socket, [](const std::string&) {
      return "HTTP/1.1 200 OK\r\nServer: mine/2\r\nContent-Length: 2\r\n\r\nhi";
    });
  });
  EXPECT_EQ(service.name, "http");
  EXPECT_EQ(service.product, "mine");
}

// Hostile servers: it ends, says that it doesn't know, and takes no more than its bounds.

TEST_F(ServiceIdentifierTest, EndlessBanner) {
  const auto service = IdentifyOne([](const auto& socket) {
    const auto more = std::make_shared<std::function<void()>>();
    *more = [socket, weak = std::weak_ptr(more)] {
      if (const auto again = weak.lock())
        Say(socket, std::string(1000, 'x'), [again] { (*again)(); });
    };
    (*more)();
  });
  EXPECT_EQ(service.name, "unknown");
  EXPECT_NE(service.evidence.find("no answer that is known"), std::string::npos)
      << service.evidence;
}

TEST_F(ServiceIdentifierTest, OneByteAtATime) {
  const auto service = IdentifyOne([this](const auto& socket) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(context_);
    const auto tick = std::make_shared<std::function<void()>>();
    *tick = [socket, timer, weak = std::weak_ptr(tick)] {
      timer->expires_after(std::chrono::milliseconds(40));
      timer->async_wait([socket, again = weak.lock()](const error_code&) {
        if (again) Say(socket, "S", [again] { (*again)(); });
      });
    };
    (*tick)();
  });
  // Its first byte alone is what PostgreSQL says where it is asked, too.
  EXPECT_TRUE(service.name == "unknown" || service.name == "postgresql") << service.name;
}

TEST_F(ServiceIdentifierTest, Silence) {
  const auto service = IdentifyOne(
      [](const auto& socket) { Answer(socket, [](const std::string&) { return ""; }); });
  EXPECT_EQ(service.name, "unknown");
  EXPECT_NE(service.evidence.find("no answer"), std::string::npos);
}

TEST_F(ServiceIdentifierTest, Garbage) {
  const auto service = IdentifyOne([](const auto& socket) {
    Answer(socket, [](const std::string&) { return std::string("\x00\xff\x1b[2J<b>\x7f", 10); });
  });
  EXPECT_EQ(service.name, "unknown");
  for (const char c : service.evidence) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST_F(ServiceIdentifierTest, ResetInMidReply) {
  const auto service = IdentifyOne([](const auto& socket) {
    Say(socket, "HTTP/1.1 200 OK\r\nServer: gone/1\r\nContent-Length: 9999\r\n\r\nbe", [socket] {
      CloseByReset(socket->native_handle());
      socket->close();
    });
  });
  EXPECT_TRUE(service.name == "http" || service.name == "unknown") << service.name;
}

TEST_F(ServiceIdentifierTest, HttpThatNeverEnds) {
  const auto service = IdentifyOne([](const auto& socket) {
    Answer(socket, [](const std::string&) {
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" +
             std::string(100000, 'z');
    });
  });
  EXPECT_EQ(service.name, "http");
}

TEST_F(ServiceIdentifierTest, TlsThatNeverFinishes) {
  const auto service = IdentifyOne([](const auto& socket) {
    Answer(socket, [](const std::string& text) -> std::string {
      // The head of a handshake record, and nothing of what it promises.
      return text.starts_with("\x16\x03") ? std::string("\x16\x03\x03\x3f\xff\x02", 6)
                                          : "\x15\x03\x01";
    });
  });
  EXPECT_EQ(service.name, "unknown");
  EXPECT_FALSE(service.tls);
}

TEST_F(ServiceIdentifierTest, ClosedMeanwhile) {
  tcp::acceptor acceptor(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const Endpoint target{kLoopback, Protocol::kTcp, *Port::From(acceptor.local_endpoint().port())};
  acceptor.close();
  EXPECT_EQ(Identify({target}).at(target).evidence, "no connection any more");
}

TEST_F(ServiceIdentifierTest, ManyPortsAtOnceAndNoneTwice) {
  std::vector<std::unique_ptr<Server>> servers;
  std::vector<Endpoint> targets;
  for (int i = 0; i < 50; ++i) {
    servers.push_back(std::make_unique<Server>(
        context_, [](const auto& socket) { Say(socket, "SSH-2.0-OpenSSH_9.2p1\r\n"); }));
    targets.push_back(servers.back()->endpoint());
  }
  limits_.parallel = 4;
  const auto found = Identify(targets);
  EXPECT_EQ(found.size(), 50U);
  for (const auto& [target, service] : found) EXPECT_EQ(service.name, "ssh");
}

TEST_F(ServiceIdentifierTest, NothingToAsk) { EXPECT_TRUE(Identify({}).empty()); }

}  // namespace
}  // namespace podreach::probe
