#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace podreach {

/// Whether a service answered the catalogue's harmless question without credentials.
enum class Access : std::uint8_t {
  kUnknown,  ///< the question doesn't tell
  kAnswers,  ///< it answered what only its users should be told
  kRefuses,  ///< it asked for credentials, or a client certificate
};
/// "unknown", "answers", "refuses".
[[nodiscard]] std::string_view ToString(Access access);
[[nodiscard]] std::optional<Access> ParseAccess(std::string_view text);

/// Whether a TLS server wants to see a client certificate (RFC 8446 section 4.3.2).
enum class ClientCertificate : std::uint8_t {
  kNotAsked,
  kAsked,     ///< asked for, and the connection goes on without
  kDemanded,  ///< the connection ends without
};
/// "not-asked", "asked", "demanded".
[[nodiscard]] std::string_view ToString(ClientCertificate certificate);
[[nodiscard]] std::optional<ClientCertificate> ParseClientCertificate(std::string_view text);

/// What a TLS handshake told. Nothing of it was verified.
struct TlsIdentity {
  std::string version;             ///< "TLSv1.3"
  std::string alpn;                ///< "h2", "http/1.1", or empty
  std::string subject;             ///< "CN=etcd,O=system:masters", RFC 2253
  std::string issuer;              ///< the same
  std::vector<std::string> names;  ///< DNS names and addresses of the certificate, at most 16
  std::string expires;             ///< "2027-01-31T00:00:00Z"
  ClientCertificate client_certificate = ClientCertificate::kNotAsked;
  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

/// What answers at an open port.
struct ServiceIdentity {
  std::string name;     ///< "etcd", "redis", "http"; "unknown" where nothing was recognised
  std::string product;  ///< "nginx"; may be empty
  std::string version;  ///< may be empty
  Access access = Access::kUnknown;
  std::string evidence;  ///< "GET /version: 200"
  std::optional<TlsIdentity> tls;
  friend bool operator==(const ServiceIdentity&, const ServiceIdentity&) = default;
};

}  // namespace podreach
