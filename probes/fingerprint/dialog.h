#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fingerprint/fingerprint.h"
#include "fingerprint/tls_client.h"
#include "podreach/net/endpoint.h"

namespace podreach::probe {

struct DialogLimits {
  std::size_t bytes = 32U << 10U;           ///< of one reply
  std::chrono::milliseconds banner{700};    ///< of silence where the server is to speak first
  std::chrono::milliseconds silence{1500};  ///< after a question, until its reply begins
  std::chrono::milliseconds all{3000};      ///< of one question
};

/// What one question brought.
struct DialogEnd {
  enum class Connection : std::uint8_t {
    kFailed,    ///< no connection, or a failure of our own
    kNoTls,     ///< connected, but the TLS handshake came to no end
    kAnswered,  ///< connected; the reply may be empty
  };
  Connection connection = Connection::kFailed;
  std::string bytes;
  std::optional<TlsIdentity> tls;  ///< as far as the handshake came, where the server's hello came
};

/// Asks one question on a connection of its own: connects, sends, and reads until it's enough,
/// bounded in bytes and time; ends by RST. It keeps itself alive until `done` was called, once.
class Dialog : public std::enable_shared_from_this<Dialog> {
 public:
  /// Whether what came is enough. The last call has `ended`.
  using Enough = std::function<bool(const Reply&)>;
  using Done = std::function<void(DialogEnd)>;
  virtual ~Dialog() = default;
  virtual void Start() = 0;
  /// Ends it at once.
  virtual void Stop() = 0;
};

[[nodiscard]] std::shared_ptr<Dialog> MakeDialog(boost::asio::io_context& context, TlsClient& tls,
                                                 const Endpoint& target, const Question& question,
                                                 const DialogLimits& limits, Dialog::Enough enough,
                                                 Dialog::Done done);

}  // namespace podreach::probe
