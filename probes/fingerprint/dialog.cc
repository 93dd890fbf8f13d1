#include "fingerprint/dialog.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "sockets.h"

namespace podreach::probe {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

boost::asio::ip::address ToAsio(const IpAddress& address) {
  return boost::asio::ip::make_address(address.ToString());
}

/// What all dialogs have: the deadlines, the reply, the end.
class BasicDialog : public Dialog {
 public:
  BasicDialog(boost::asio::io_context& context, const Endpoint& target, Question question,
              const DialogLimits& limits, Enough enough, Done done)
      : target_(target),
        question_(std::move(question)),
        limits_(limits),
        enough_(std::move(enough)),
        done_(std::move(done)),
        silence_(context),
        all_(context) {}

  void Stop() override { End(); }

 protected:
  template <typename Function>
  auto Bind(Function function) {
    return
        [self = shared_from_this(), this, function](const error_code& error, std::size_t size = 0) {
          if (!ended_) function(error, size);
        };
  }

  void StartDeadline() {
    all_.expires_after(limits_.all);
    all_.async_wait(Bind([this](const error_code& error, std::size_t) {
      if (!error) End();
    }));
  }
  void ExpectReply() {
    silence_.expires_after(question_.text.empty() ? limits_.banner : limits_.silence);
    silence_.async_wait(Bind([this](const error_code& error, std::size_t) {
      if (!error && outcome_.bytes.empty()) End();
    }));
  }

  /// Takes what was read; false where the dialog is over.
  [[nodiscard]] bool Take(std::size_t size) {
    outcome_.bytes.append(
        buffer_.data(),
        std::min(size, limits_.bytes - std::min(limits_.bytes, outcome_.bytes.size())));
    if (outcome_.bytes.size() < limits_.bytes && !enough_({outcome_.bytes, false})) return true;
    End();
    return false;
  }

  void End() {
    if (ended_) return;
    ended_ = true;
    const auto self = shared_from_this();
    silence_.cancel();
    all_.cancel();
    Describe();
    Close();
    const Done done = std::move(done_);
    done(std::move(outcome_));
  }

  virtual void Describe() {}
  virtual void Close() = 0;

  const Endpoint target_;
  const Question question_;
  const DialogLimits limits_;
  const Enough enough_;
  Done done_;
  DialogEnd outcome_;
  bool ended_ = false;
  std::array<char, 4096> buffer_{};
  boost::asio::steady_timer silence_;
  boost::asio::steady_timer all_;
};

void Reset(boost::asio::ip::tcp::socket& socket) {
  if (!socket.is_open()) return;
  CloseByReset(socket.native_handle());
  error_code ignored;
  socket.close(ignored);
}

class TcpDialog final : public BasicDialog {
 public:
  template <typename... Arguments>
  explicit TcpDialog(boost::asio::io_context& context, Arguments&&... arguments)
      : BasicDialog(context, std::forward<Arguments>(arguments)...), socket_(context) {}

  void Start() override {
    StartDeadline();
    socket_.async_connect({ToAsio(target_.address), target_.port.number()},
                          Bind([this](const error_code& error, std::size_t) {
                            if (error || IsSelfConnected(socket_.native_handle())) return End();
                            outcome_.connection = DialogEnd::Connection::kAnswered;
                            Ask();
                          }));
  }

 private:
  void Ask() {
    ExpectReply();
    Read();
    if (question_.text.empty()) return;
    boost::asio::async_write(socket_, boost::asio::buffer(question_.text),
                             Bind([](const error_code&, std::size_t) {}));
  }
  void Read() {
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            Bind([this](const error_code& error, std::size_t size) {
                              if (error) return End();
                              if (Take(size)) Read();
                            }));
  }
  void Close() override { Reset(socket_); }

  boost::asio::ip::tcp::socket socket_;
};

class TlsDialog final : public BasicDialog {
 public:
  template <typename... Arguments>
  TlsDialog(boost::asio::io_context& context, TlsClient& tls, Arguments&&... arguments)
      : BasicDialog(context, std::forward<Arguments>(arguments)...),
        stream_(context, tls.context()) {}

  void Start() override {
    StartDeadline();
    PrepareTls(stream_, session_, question_.alpn);
    stream_.next_layer().async_connect(
        {ToAsio(target_.address), target_.port.number()},
        Bind([this](const error_code& error, std::size_t) {
          if (error || IsSelfConnected(stream_.next_layer().native_handle())) return End();
          outcome_.connection = DialogEnd::Connection::kNoTls;
          ShakeHands();
        }));
  }

 private:
  void ShakeHands() {
    stream_.async_handshake(boost::asio::ssl::stream_base::client,
                            Bind([this](const error_code& error, std::size_t) {
                              failure_ = error;
                              if (error) return End();
                              outcome_.connection = DialogEnd::Connection::kAnswered;
                              Ask();
                            }));
  }
  void Ask() {
    ExpectReply();
    Read();
    if (question_.text.empty()) return;
    boost::asio::async_write(stream_, boost::asio::buffer(question_.text),
                             Bind([](const error_code&, std::size_t) {}));
  }
  void Read() {
    stream_.async_read_some(boost::asio::buffer(buffer_),
                            Bind([this](const error_code& error, std::size_t size) {
                              if (error) {
                                failure_ = error;
                                return End();
                              }
                              if (Take(size)) Read();
                            }));
  }
  void Describe() override {
    const bool demanded = DemandsCertificate(session_, failure_);
    if (outcome_.connection != DialogEnd::Connection::kAnswered && !demanded) return;
    outcome_.tls = DescribeTls(stream_, session_, failure_);
  }
  void Close() override { Reset(stream_.next_layer()); }

  TlsSession session_;
  TlsStream stream_;
  error_code failure_;
};

class UdpDialog final : public BasicDialog {
 public:
  template <typename... Arguments>
  explicit UdpDialog(boost::asio::io_context& context, Arguments&&... arguments)
      : BasicDialog(context, std::forward<Arguments>(arguments)...), socket_(context) {}

  void Start() override {
    StartDeadline();
    error_code error;
    const boost::asio::ip::udp::endpoint target(ToAsio(target_.address), target_.port.number());
    socket_.open(target.protocol(), error);
    // Unconnected: the answer may come from another port.
    if (!error) socket_.send_to(boost::asio::buffer(question_.text), target, 0, error);
    if (error) return Defer();
    outcome_.connection = DialogEnd::Connection::kAnswered;
    ExpectReply();
    Read();
  }

 private:
  void Defer() {
    all_.expires_after(std::chrono::seconds(0));
    all_.async_wait(Bind([this](const error_code&, std::size_t) { End(); }));
  }
  void Read() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), from_,
                               Bind([this](const error_code& error, std::size_t size) {
                                 if (error) return End();
                                 if (from_.address() != ToAsio(target_.address)) return Read();
                                 if (Take(size)) End();
                               }));
  }
  void Close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint from_;
};

}  // namespace

std::shared_ptr<Dialog> MakeDialog(boost::asio::io_context& context, TlsClient& tls,
                                   const Endpoint& target, const Question& question,
                                   const DialogLimits& limits, Dialog::Enough enough,
                                   Dialog::Done done) {
  switch (question.transport) {
    case Transport::kTls:
      return std::make_shared<TlsDialog>(context, tls, target, question, limits, std::move(enough),
                                         std::move(done));
    case Transport::kUdp:
      return std::make_shared<UdpDialog>(context, target, question, limits, std::move(enough),
                                         std::move(done));
    case Transport::kPlain:
      break;
  }
  return std::make_shared<TcpDialog>(context, target, question, limits, std::move(enough),
                                     std::move(done));
}

}  // namespace podreach::probe
