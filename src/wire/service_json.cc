#include "wire/service_json.h"

namespace podreach {
namespace wire {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxNames = 16;

/// As long as a reader takes it.
std::string Bounded(const std::string& text) { return text.substr(0, kMaxText); }

json EncodeTls(const TlsIdentity& tls) {
  return {{"version", tls.version},
          {"alpn", tls.alpn},
          {"subject", Bounded(tls.subject)},
          {"issuer", tls.issuer},
          {"names", tls.names},
          {"expires", tls.expires},
          {"client_certificate", ToString(tls.client_certificate)}};
}

TlsIdentity ReadTls(const json& value, const std::string& path, Problem& problem) {
  FieldReader fields(value, path, problem);
  TlsIdentity tls;
  tls.version = fields.Text("version", kMaxText);
  tls.alpn = fields.Text("alpn", kMaxText);
  tls.subject = fields.Text("subject", kMaxText);
  tls.issuer = fields.Text("issuer", kMaxText);
  tls.expires = fields.Text("expires", kMaxText);
  const auto certificate = ParseClientCertificate(fields.Text("client_certificate", 16));
  if (!certificate) fields.Refuse("client_certificate", "must be not-asked, asked or demanded");
  tls.client_certificate = certificate.value_or(ClientCertificate::kNotAsked);
  const json& names = fields.Array("names", kMaxNames);
  for (std::size_t i = 0; i < names.size() && !problem.found(); ++i) {
    const auto* name = names[i].get_ptr<const std::string*>();
    if (name == nullptr || name->size() > kMaxText) {
      problem.Say(fields.PathOf("names", i), "must be a text of at most 256 bytes");
    } else {
      tls.names.push_back(*name);
    }
  }
  fields.Done();
  return tls;
}

}  // namespace

json EncodeService(const ServiceIdentity& service) {
  json object = {{"name", service.name},
                 {"product", service.product},
                 {"version", service.version},
                 {"access", ToString(service.access)},
                 {"evidence", Bounded(service.evidence)}};
  if (service.tls) object["tls"] = EncodeTls(*service.tls);
  return object;
}

ServiceIdentity ReadService(const json& value, const std::string& path, Problem& problem) {
  FieldReader fields(value, path, problem);
  ServiceIdentity service;
  service.name = fields.Text("name", kMaxText);
  service.product = fields.Text("product", kMaxText);
  service.version = fields.Text("version", kMaxText);
  service.evidence = fields.Text("evidence", kMaxText);
  const auto access = ParseAccess(fields.Text("access", 16));
  if (!access) fields.Refuse("access", "must be unknown, answers or refuses");
  service.access = access.value_or(Access::kUnknown);
  if (fields.Has("tls")) service.tls = ReadTls(fields.Object("tls"), fields.PathOf("tls"), problem);
  fields.Done();
  return service;
}

}  // namespace wire

std::string ToJson(const ServiceIdentity& service) {
  return wire::DumpJson(wire::EncodeService(service));
}

}  // namespace podreach
