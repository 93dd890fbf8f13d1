#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "podreach/kube/kubeconfig.h"
#include "tests/kube/loopback_server.h"

namespace podreach {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using Connection = LoopbackServer::Connection;
using Request = LoopbackServer::Request;

std::unique_ptr<HttpTransport> TransportTo(const std::string& url, const std::string& token = "") {
  ClusterAccess access;
  access.name = "lab";
  access.server = url;
  access.token = token;
  auto transport = MakeCurlTransport(access);
  EXPECT_TRUE(transport.has_value()) << transport.error().ToString();
  return *std::move(transport);
}

HttpRequest Get(const std::string& path, milliseconds timeout = milliseconds(10'000)) {
  HttpRequest request;
  request.path = path;
  request.timeout = timeout;
  return request;
}

TEST(CurlTransportTest, SendsAndReceives) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Respond("201 Created", "X-Thing:  a: b \r\nRetry-After: 3\r\n", "made");
    return true;
  });
  const auto transport = TransportTo(server.url() + "/prefix/", "secret");
  HttpRequest request = Get("/api/v1/pods?x=1");
  request.method = "POST";
  request.body = R"({"a":1})";
  request.content_type = "application/json";
  for (int i = 0; i < 3; ++i) {
    const auto response = transport->Send(request, {});
    ASSERT_TRUE(response.has_value()) << response.error().ToString();
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->headers.at("x-thing"), "a: b");
    EXPECT_EQ(response->headers.at("retry-after"), "3");
    EXPECT_EQ(response->body, "made");
  }
  EXPECT_EQ(server.connections(), 1U) << "the connection isn't kept alive";
  const Request seen = server.requests()[0];
  EXPECT_THAT(seen.head, HasSubstr("POST /prefix/api/v1/pods?x=1 HTTP/1.1"));
  EXPECT_THAT(seen.head, HasSubstr("Authorization: Bearer secret"));
  EXPECT_THAT(seen.head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_EQ(seen.body, request.body);
}

TEST(CurlTransportTest, AReusedHandleForgetsTheLastRequest) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Respond("200 OK", "", "");
    return true;
  });
  const auto transport = TransportTo(server.url());
  HttpRequest patch = Get("/a");
  patch.method = "PATCH";
  patch.body = "{}";
  patch.content_type = "application/merge-patch+json";
  ASSERT_TRUE(transport->Send(patch, {}).has_value());
  ASSERT_TRUE(transport->Send(Get("/b"), {}).has_value());
  EXPECT_THAT(server.requests()[1].head, HasSubstr("GET /b"));
  EXPECT_THAT(server.requests()[1].head, Not(HasSubstr("merge-patch")));
  EXPECT_THAT(server.requests()[1].head, Not(HasSubstr("Content-Length")));
}

TEST(CurlTransportTest, DoesNotFollowRedirects) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Respond("302 Found", "Location: /elsewhere\r\n", "");
    return true;
  });
  const auto response = TransportTo(server.url())->Send(Get("/"), {});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CurlTransportTest, SeveralThreadsAtOnce) {
  LoopbackServer server([](const Request& request, const Connection& connection) {
    connection.Respond("200 OK", "", request.head.substr(0, request.head.find(" HTTP")));
    return true;
  });
  const auto transport = TransportTo(server.url());
  std::vector<std::jthread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) {
        const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto response = transport->Send(Get(path), {});
        if (response.has_value() && response->body == "GET " + path) ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 180);
  EXPECT_LE(server.connections(), 6U);
}

TEST(CurlTransportTest, StreamsPiecesAsTheyCome) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.Write("4\r\none\n\r\n");
    connection.Write("4\r\ntwo\n\r\n0\r\n\r\n");
    return true;
  });
  const auto transport = TransportTo(server.url());
  std::string text;
  const auto sink = [&](std::string_view bytes) {
    text += bytes;
    return true;
  };
  const auto response = transport->Stream(Get("/log", milliseconds(0)), sink, {});
  ASSERT_TRUE(response.has_value()) << response.error().ToString();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(text, "one\ntwo\n");
  EXPECT_EQ(response->body, "");

  const auto enough = transport->Stream(Get("/log"), [](std::string_view) { return false; }, {});
  EXPECT_TRUE(enough.has_value()) << enough.error().ToString();
}

TEST(CurlTransportTest, WhatTheSinkThrowsComesThrough) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Respond("200 OK", "", "x");
    return true;
  });
  const auto transport = TransportTo(server.url());
  const auto sink = [](std::string_view) -> bool { throw std::runtime_error("mine"); };
  EXPECT_THROW((void)transport->Stream(Get("/log"), sink, {}), std::runtime_error);
  EXPECT_TRUE(transport->Send(Get("/"), {}).has_value());
}

TEST(CurlTransportTest, ARefusedStreamIsAResponse) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Respond("403 Forbidden", "", "no");
    return true;
  });
  bool called = false;
  const auto sink = [&](std::string_view) { return called = true; };
  const auto response = TransportTo(server.url())->Stream(Get("/log"), sink, {});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "no");
  EXPECT_FALSE(called);
}

TEST(CurlTransportTest, AStopEndsASilentStreamAtOnce) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
    connection.WaitForClose();
    return false;
  });
  const auto transport = TransportTo(server.url());
  std::stop_source stop;
  steady_clock::time_point stopped_at;
  std::jthread stopper;
  const auto sink = [&](std::string_view) {
    // From another thread, while this one waits for more.
    stopper = std::jthread([&] {
      std::this_thread::sleep_for(milliseconds(50));
      stopped_at = steady_clock::now();
      stop.request_stop();
    });
    return true;
  };
  const auto response = transport->Stream(Get("/log", milliseconds(0)), sink, stop.get_token());
  const auto now = steady_clock::now();
  stopper.join();
  ASSERT_TRUE(response.has_error());
  EXPECT_EQ(response.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(now - stopped_at, milliseconds(100));
}

TEST(CurlTransportTest, ABrokenStreamIsAnError) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf");
    return false;
  });
  std::string text;
  const auto sink = [&](std::string_view bytes) {
    text += bytes;
    return true;
  };
  const auto response = TransportTo(server.url())->Stream(Get("/log"), sink, {});
  ASSERT_TRUE(response.has_error());
  EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(text, "half");
}

TEST(CurlTransportTest, TimesOut) {
  LoopbackServer server([](const Request&, const Connection& connection) {
    connection.WaitForClose();
    return false;
  });
  const auto response = TransportTo(server.url())->Send(Get("/", milliseconds(80)), {});
  ASSERT_TRUE(response.has_error());
  EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("timed out"));
}

TEST(CurlTransportTest, ConnectionRefused) {
  std::string url;
  {
    const LoopbackServer gone([](const Request&, const Connection&) { return false; });
    url = gone.url();
  }
  const auto response = TransportTo(url)->Send(Get("/api"), {});
  ASSERT_TRUE(response.has_error());
  EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("GET " + url + "/api: "));
  EXPECT_THAT(response.error().hint, HasSubstr("is the API server running? check the server of "
                                               "context lab"));
}

TEST(CurlTransportTest, ReadsTheTokenFileAgainAfter401) {
  std::string pattern = (std::filesystem::temp_directory_path() / "token.XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const std::filesystem::path dir = pattern;
  const auto write_token = [&](const std::string& token) { std::ofstream(dir / "token") << token; };
  write_token("old\n");
  LoopbackServer server([](const Request& request, const Connection& connection) {
    const bool good = request.head.find("Bearer new\r\n") != std::string::npos;
    connection.Respond(good ? "200 OK" : "401 Unauthorized", "", "");
    return true;
  });
  ClusterAccess access;
  access.server = server.url();
  access.token_file = dir / "token";
  const auto transport = MakeCurlTransport(access);
  ASSERT_TRUE(transport.has_value());
  EXPECT_EQ((*transport)->Send(Get("/"), {})->status, 401);
  EXPECT_EQ(server.requests().size(), 1U) << "the same token was sent again";
  write_token("new\n");
  EXPECT_EQ((*transport)->Send(Get("/"), {})->status, 200);
  EXPECT_EQ((*transport)->Send(Get("/"), {})->status, 200);
  EXPECT_EQ(server.requests().size(), 4U);
  std::filesystem::remove_all(dir);
}

TEST(CurlTransportTest, RefusesAnAccessThatCannotWork) {
  ClusterAccess access;
  access.server = "https://127.0.0.1:1";
  const auto refused = [](const ClusterAccess& bad) {
    const auto transport = MakeCurlTransport(bad);
    return transport.has_error() && transport.error().kind == ErrorKind::kInvalidInput;
  };
  EXPECT_FALSE(refused(access));
  ClusterAccess bad = access;
  bad.token = "a\r\nX: y";
  EXPECT_TRUE(refused(bad));
  bad = access;
  bad.token_file = "/nonexistent/token";
  EXPECT_TRUE(refused(bad));
  bad = access;
  bad.client_key_pem = "x";
  EXPECT_TRUE(refused(bad));
}

}  // namespace
}  // namespace podreach
