#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "podreach/kube/kubeconfig.h"
#include "tests/kube/loopback_server.h"

namespace podreach {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using Connection = LoopbackServer::Connection;
using Request = LoopbackServer::Request;

std::unique_ptr<HttpTransport> TransportTo(const std::string &url) {
  ClusterAccess access;
  access.name = "lab";
  access.server = url;
  auto transport = MakeCurlTransport(access);
  EXPECT_TRUE(transport.has_value()) << transport.error().ToString();
  return *std::move(transport);
}

HttpRequest Get(const std::string &path) {
  HttpRequest request;
  request.path = path;
  request.timeout = milliseconds(0);
  return request;
}

/// The path of a request.
std::string PathOf(const Request &request) {
  const auto begin = request.head.find(' ') + 1;
  return request.head.substr(begin, request.head.find(' ', begin) - begin);
}

class Recorder final : public StreamListener {
 public:
  bool OnStreamBytes(std::uint64_t id, std::string_view bytes) override {
    texts[id] += bytes;
    return !texts[id].ends_with("enough");
  }
  void OnStreamEnd(std::uint64_t id, const Result<HttpResponse> &response) override {
    ends[id] =
        response ? std::to_string(response->status) + response->body : response.error().ToString();
    if (const auto call = on_end) call(id);
  }
  std::map<std::uint64_t, std::string> texts;
  std::map<std::uint64_t, std::string> ends;
  std::function<void(std::uint64_t)> on_end;
};

template <class Done>
void PollUntil(StreamGroup &group, const Done &done) {
  for (int i = 0; i < 1000 && !done(); ++i) group.Poll(milliseconds(20));
  EXPECT_TRUE(done());
}

/// "/stuck..." never ends, "/refused" is a 403, all else says its path.
bool Serve(const Request &request, const Connection &connection) {
  const std::string path = PathOf(request);
  if (path.starts_with("/stuck")) {
    connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.Write("5\r\nbegun\r\n");
    connection.WaitForClose();
    return false;
  }
  if (path == "/lost") {
    connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbeg");
    return false;
  }
  const bool refused = path == "/refused";
  connection.Respond(refused ? "403 Forbidden" : "200 OK", "", refused ? "no" : path);
  return true;
}

TEST(StreamGroupTest, AStuckStreamHoldsUpNoOther) {
  LoopbackServer server(Serve);
  const auto transport = TransportTo(server.url());
  Recorder recorder;
  const auto group = transport->MakeStreamGroup(recorder);
  for (std::uint64_t id = 0; id < 5; ++id) group->Start(id, Get("/stuck"));
  for (std::uint64_t id = 5; id < 40; ++id) group->Start(id, Get("/" + std::to_string(id)));
  PollUntil(*group, [&] { return recorder.ends.size() == 35 && recorder.texts.size() == 40; });
  EXPECT_EQ(recorder.texts.at(17), "/17");
  EXPECT_EQ(recorder.ends.at(17), "200");
  EXPECT_EQ(recorder.texts.at(0), "begun");
  EXPECT_FALSE(recorder.ends.contains(0));
}

TEST(StreamGroupTest, EveryEndIsTold) {
  LoopbackServer server(Serve);
  const auto transport = TransportTo(server.url());
  Recorder recorder;
  const auto group = transport->MakeStreamGroup(recorder);
  group->Start(1, Get("/refused"));
  group->Start(2, Get("/lost"));
  group->Start(3, Get("/enough"));
  group->Start(4, Get("/white space"));
  PollUntil(*group, [&] { return recorder.ends.size() == 3 && recorder.texts.contains(3); });
  EXPECT_EQ(recorder.ends.at(1), "403no");
  EXPECT_THAT(recorder.ends.at(2), HasSubstr("/lost"));
  EXPECT_FALSE(recorder.ends.contains(3)) << "the listener ended it itself";
}

// Several streams end within one Poll, and at the first end the listener begins
// all others anew: what is left of their old ends must not be taken for the new
// ones'.
TEST(StreamGroupTest, TheListenerMayBeginStreamsAnew) {
  LoopbackServer server(Serve);
  const auto transport = TransportTo(server.url());
  Recorder recorder;
  const auto group = transport->MakeStreamGroup(recorder);
  for (int round = 0; round < 20; ++round) {
    recorder.ends.clear();
    recorder.on_end = [&](std::uint64_t id) {
      recorder.on_end = nullptr;
      for (std::uint64_t other = 0; other < 10; ++other) {
        if (other == id) continue;
        group->Cancel(other);
        group->Start(other, Get("/again"));
      }
    };
    for (std::uint64_t id = 0; id < 10; ++id) group->Start(id, Get("/first"));
    PollUntil(*group, [&] { return recorder.ends.size() == 10; });
    for (const auto &[id, end] : recorder.ends) EXPECT_EQ(end, "200") << id;
  }
}

TEST(StreamGroupTest, ItsEndEndsItsStreams) {
  LoopbackServer server(Serve);
  const auto transport = TransportTo(server.url());
  Recorder recorder;
  {
    const auto group = transport->MakeStreamGroup(recorder);
    for (std::uint64_t id = 0; id < 3; ++id) group->Start(id, Get("/stuck"));
    PollUntil(*group, [&] { return recorder.texts.size() == 3; });
    group->Cancel(1);
    group->Cancel(7);
  }
  EXPECT_TRUE(recorder.ends.empty());
}

}  // namespace
}  // namespace podreach
