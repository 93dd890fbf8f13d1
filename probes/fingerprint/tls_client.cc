#include "fingerprint/tls_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ssl/error.hpp>
#include <memory>

#include "fingerprint/reply_text.h"
#include "podreach/net/ip_address.h"

namespace podreach::probe {
namespace {

constexpr std::size_t kMostNames = 16;
constexpr std::size_t kMostText = 128;

struct Freer {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(ASN1_GENERALIZEDTIME* time) const { ASN1_GENERALIZEDTIME_free(time); }
};

std::string NameText(const X509_NAME* name) {
  const std::unique_ptr<BIO, Freer> bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size <= 0 ? std::string() : Clean({text, static_cast<std::size_t>(size)}, kMostText);
}

std::string_view Bytes(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(std::max(0, ASN1_STRING_length(text)))};
}

/// An iPAddress of RFC 5280 section 4.2.1.6: 4 or 16 bytes.
std::string AddressText(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  return inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? std::string()
                                                                              : text.data();
}

std::vector<std::string> AlternativeNames(const X509* certificate) {
  std::vector<std::string> texts;
  const std::unique_ptr<GENERAL_NAMES, Freer> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return texts;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()) && texts.size() < kMostNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) texts.push_back(Clean(Bytes(name->d.dNSName), kMostText));
    if (name->type == GEN_IPADD) texts.push_back(AddressText(Bytes(name->d.iPAddress)));
  }
  return texts;
}

std::string ExpiryText(const X509* certificate) {
  const std::unique_ptr<ASN1_GENERALIZEDTIME, Freer> time(
      ASN1_TIME_to_generalizedtime(X509_get0_notAfter(certificate), nullptr));
  if (!time) return {};
  const std::string_view text = Bytes(time.get());  // "20270131000000Z"
  if (text.size() != 15) return {};
  const auto part = [&](std::size_t at, std::size_t size) { return Clean(text.substr(at, size)); };
  return part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(8, 2) + ":" + part(10, 2) +
         ":" + part(12, 2) + "Z";
}

/// Where a connection keeps its TlsSession; Asio has the application data for itself.
int SessionIndex() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

int NoCertificate(SSL* ssl, X509** /*certificate*/, EVP_PKEY** /*key*/) {
  if (auto* session = static_cast<TlsSession*>(SSL_get_ex_data(ssl, SessionIndex())))
    session->certificate_asked = true;
  return 0;
}

/// "h2,http/1.1" as RFC 7301 section 3.1 has it: each behind its length.
std::string AlpnBytes(std::string_view list) {
  std::string bytes;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    bytes += static_cast<char>(end);
    bytes += list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return bytes;
}

}  // namespace

TlsClient::TlsClient() : context_(boost::asio::ssl::context::tls_client) {
  SSL_CTX* native = context_.native_handle();
  SSL_CTX_set_security_level(native, 0);
  SSL_CTX_set_min_proto_version(native, 0);
  SSL_CTX_set_cipher_list(native, "ALL:@SECLEVEL=0");
  SSL_CTX_set_verify(native, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_options(native, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_client_cert_cb(native, NoCertificate);
}

void PrepareTls(TlsStream& stream, TlsSession& session, std::string_view alpn) {
  SSL* ssl = stream.native_handle();
  SSL_set_ex_data(ssl, SessionIndex(), &session);
  const std::string bytes = AlpnBytes(alpn);
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<unsigned>(bytes.size()));
}

bool DemandsCertificate(const TlsSession& session, const boost::system::error_code& failure) {
  if (!session.certificate_asked || failure.category() != boost::asio::error::get_ssl_category())
    return false;
  // A server of TLS 1.3 says certificate_required, one before has a word of its choice for it (RFC
  // 5246 section 7.4.6).
  switch (ERR_GET_REASON(static_cast<unsigned long>(failure.value()))) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return true;
    default:
      return false;
  }
}

TlsIdentity DescribeTls(TlsStream& stream, const TlsSession& session,
                        const boost::system::error_code& failure) {
  SSL* ssl = stream.native_handle();
  TlsIdentity identity;
  identity.version = SSL_get_version(ssl);
  const unsigned char* alpn = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &size);
  if (size > 0) identity.alpn = Clean({reinterpret_cast<const char*>(alpn), size}, 32);
  const std::unique_ptr<X509, Freer> certificate(SSL_get1_peer_certificate(ssl));
  if (certificate) {
    identity.subject = NameText(X509_get_subject_name(certificate.get()));
    identity.issuer = NameText(X509_get_issuer_name(certificate.get()));
    identity.names = AlternativeNames(certificate.get());
    identity.expires = ExpiryText(certificate.get());
  }
  if (session.certificate_asked) identity.client_certificate = ClientCertificate::kAsked;
  if (DemandsCertificate(session, failure))
    identity.client_certificate = ClientCertificate::kDemanded;
  return identity;
}

}  // namespace podreach::probe
