#include "kube/curl_stream_group.h"

#include <curl/curl.h>

#include <map>
#include <vector>

#include "kube/curl_pool.h"
#include "kube/sigpipe_guard.h"

namespace podreach {
namespace {

constexpr long kMostConnections = 200;
constexpr std::size_t kFirstStreams = 8;     // until it shows whether they share connections
constexpr std::size_t kMostShared = 20'000;  // streams, where they share connections
constexpr long kBufferBytes = 4096;          // of each stream

class CurlStreamGroup final : public StreamGroup {
 public:
  CurlStreamGroup(CurlSession& session, StreamListener& listener)
      : session_(session), listener_(listener) {
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, kMostConnections);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kMostConnections);
  }
  ~CurlStreamGroup() override {
    while (!streams_.empty()) Cancel(streams_.begin()->first);
  }

  void Start(std::uint64_t id, const HttpRequest& request) override {
    auto stream = std::make_unique<OneStream>();
    stream->id = id;
    stream->serial = ++serial_;
    stream->request = request;
    stream->token = session_.token().Current();
    stream->sink = [this, id](std::string_view bytes) { return Deliver(id, bytes); };
    Begin(*stream);
    streams_[id] = std::move(stream);
  }

  void Cancel(std::uint64_t id) override {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    // A listener may cancel in the middle of libcurl's call: the handle goes once that is over.
    Detach(*found->second);
    if (in_perform_) leaving_.push_back(std::move(found->second));
    streams_.erase(found);
  }

  void Poll(std::chrono::milliseconds longest) override {
    const SigpipeGuard sigpipe;
    called_ = false;
    Perform();
    if (called_) return;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(longest.count()), nullptr);
    Perform();
  }

  void Wake() override { curl_multi_wakeup(multi_.get()); }

  [[nodiscard]] std::size_t capacity() const override {
    if (!known_) return kFirstStreams;
    return shares_ ? kMostShared : static_cast<std::size_t>(kMostConnections);
  }

 private:
  struct OneStream {
    std::uint64_t id = 0;
    std::uint64_t serial = 0;  // no two streams share it, as they may an id
    HttpRequest request;
    std::string token;
    StreamSink sink;
    std::unique_ptr<Transfer> transfer;
    std::unique_ptr<CURL, CurlChannel::EasyCleanup> easy{curl_easy_init()};
    bool attached = false;
    bool asked_again = false;  // with a newer token
  };

  void Begin(OneStream& stream) {
    stream.transfer = std::make_unique<Transfer>();
    stream.transfer->sink = &stream.sink;
    CURL* easy = stream.easy.get();
    if (easy == nullptr) return Refuse(stream);
    if (!session_.Prepare(easy, stream.request, stream.token, *stream.transfer))
      return Refuse(stream);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    // Without CURLOPT_PIPEWAIT: over HTTP/1.1, streams that wait for a connection to share would
    // wait for ever behind one that doesn't end.
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferBytes);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &stream);
    stream.attached = curl_multi_add_handle(multi_.get(), easy) == CURLM_OK;
    if (!stream.attached) Refuse(stream);
  }

  /// Its end is told in the next Poll, as any other.
  void Refuse(const OneStream& stream) { failed_.emplace_back(stream.id, stream.serial); }

  void Detach(OneStream& stream) {
    if (stream.attached && !in_perform_) {
      curl_multi_remove_handle(multi_.get(), stream.easy.get());
      stream.attached = false;
    }
  }

  bool Deliver(std::uint64_t id, std::string_view bytes) {
    called_ = true;
    const auto found = streams_.find(id);
    if (found == streams_.end()) return false;
    if (!known_) {
      known_ = true;
      long version = 0;
      curl_easy_getinfo(found->second->easy.get(), CURLINFO_HTTP_VERSION, &version);
      shares_ = version == CURL_HTTP_VERSION_2_0;
    }
    return listener_.OnStreamBytes(id, bytes);
  }

  void Perform() {
    int running = 0;
    in_perform_ = true;
    curl_multi_perform(multi_.get(), &running);
    in_perform_ = false;
    for (const auto& stream : leaving_) Detach(*stream);
    leaving_.clear();
    struct Ended {
      std::uint64_t id;
      std::uint64_t serial;
      CURLcode code;
    };
    std::vector<Ended> ended;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      OneStream* stream = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &stream);
      ended.push_back({stream->id, stream->serial, message->data.result});
    }
    for (const Ended& end : ended) {
      // What the listener does at one end may have taken another stream away.
      const auto found = streams_.find(end.id);
      if (found != streams_.end() && found->second->serial == end.serial)
        End(*found->second, end.code);
    }
    for (const auto& [id, serial] : std::exchange(failed_, {})) {
      const auto found = streams_.find(id);
      if (found == streams_.end() || found->second->serial != serial) continue;
      streams_.erase(found);
      called_ = true;
      listener_.OnStreamEnd(id, MakeError(ErrorKind::kInternal, "libcurl takes no stream"));
    }
  }

  void End(OneStream& stream, CURLcode code) {
    Detach(stream);
    const std::uint64_t id = stream.id;
    const bool refused = code == CURLE_OK && stream.transfer->response.status == 401;
    if (refused && !stream.asked_again && session_.token().RefreshAfter(stream.token)) {
      stream.asked_again = true;
      stream.token = session_.token().Current();
      return Begin(stream);
    }
    const auto end = stream.transfer->end;
    auto response = session_.Conclude(code, stream.request, *stream.transfer);
    streams_.erase(id);
    called_ = true;
    if (end != Transfer::End::kSinkHadEnough) listener_.OnStreamEnd(id, response);
  }

  CurlSession& session_;
  StreamListener& listener_;
  std::unique_ptr<CURLM, CurlChannel::MultiCleanup> multi_{curl_multi_init()};
  std::map<std::uint64_t, std::unique_ptr<OneStream>> streams_;
  std::vector<std::unique_ptr<OneStream>> leaving_;              // cancelled within libcurl's call
  std::vector<std::pair<std::uint64_t, std::uint64_t>> failed_;  // id, serial: libcurl refused
  std::uint64_t serial_ = 0;
  bool in_perform_ = false;
  bool called_ = false;  // the listener, in this Poll
  bool known_ = false;   // what the server speaks
  bool shares_ = false;  // streams share connections
};

}  // namespace

std::unique_ptr<StreamGroup> MakeCurlStreamGroup(CurlSession& session, StreamListener& listener) {
  return std::make_unique<CurlStreamGroup>(session, listener);
}

}  // namespace podreach
