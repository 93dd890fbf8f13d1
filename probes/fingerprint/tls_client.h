#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <string>

#include "podreach/wire/service_report.h"

namespace podreach::probe {

/// What a TLS client that looks at servers needs: every version, every cipher, nothing verified,
/// no certificate of its own.
class TlsClient {
 public:
  TlsClient();
  [[nodiscard]] boost::asio::ssl::context& context() { return context_; }

 private:
  boost::asio::ssl::context context_;
};

/// One connection's: whether the server asked for a certificate. It must outlive the stream.
struct TlsSession {
  bool certificate_asked = false;
};

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// Offers protocols, as "h2,http/1.1", and records what the server asks for.
void PrepareTls(TlsStream& stream, TlsSession& session, std::string_view alpn);
/// What the handshake told; `failure` is how it, or the first read, ended.
[[nodiscard]] TlsIdentity DescribeTls(TlsStream& stream, const TlsSession& session,
                                      const boost::system::error_code& failure);
/// Whether the server ended the connection for want of a certificate, as its alert says.
[[nodiscard]] bool DemandsCertificate(const TlsSession& session,
                                      const boost::system::error_code& failure);

}  // namespace podreach::probe
