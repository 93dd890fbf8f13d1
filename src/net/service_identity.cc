#include "podreach/net/service_identity.h"

#include <array>

namespace podreach {
namespace {

constexpr std::array kAccesses = {Access::kUnknown, Access::kAnswers, Access::kRefuses};
constexpr std::array kCertificates = {ClientCertificate::kNotAsked, ClientCertificate::kAsked,
                                      ClientCertificate::kDemanded};

}  // namespace

std::string_view ToString(Access access) {
  switch (access) {
    case Access::kUnknown:
      return "unknown";
    case Access::kAnswers:
      return "answers";
    case Access::kRefuses:
      return "refuses";
  }
  return "unknown";
}

std::optional<Access> ParseAccess(std::string_view text) {
  for (const Access access : kAccesses) {
    if (ToString(access) == text) return access;
  }
  return {};
}

std::string_view ToString(ClientCertificate certificate) {
  switch (certificate) {
    case ClientCertificate::kNotAsked:
      return "not-asked";
    case ClientCertificate::kAsked:
      return "asked";
    case ClientCertificate::kDemanded:
      return "demanded";
  }
  return "not-asked";
}

std::optional<ClientCertificate> ParseClientCertificate(std::string_view text) {
  for (const ClientCertificate certificate : kCertificates) {
    if (ToString(certificate) == text) return certificate;
  }
  return {};
}

}  // namespace podreach
