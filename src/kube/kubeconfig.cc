#include "podreach/kube/kubeconfig.h"

#include <array>
#include <utility>

#include "kube/file.h"
#include "kube/kubeconfig_files.h"
#include "podreach/base/text.h"

namespace podreach {
namespace {

using Entry = KubeconfigFiles::Entry;

Error BadEntry(const Entry& entry, std::string_view problem, std::string hint = {}) {
  return MakeError(
      ErrorKind::kInvalidInput,
      "kubeconfig " + entry.file.path.string() + ": " + entry.what + ": " + std::string(problem),
      std::move(hint));
}

/// Assigns scalar fields one after the other; after the first error it does nothing more.
class FieldCopier {
 public:
  explicit FieldCopier(const Entry& entry) : entry_(entry) {}

  void Text(const char* key, std::string& target) {
    if (error_) return;
    auto value = ScalarField(entry_, key);
    if (value.has_error()) {
      error_ = std::move(value).error();
    } else {
      target = *std::move(value);
    }
  }

  /// The inline form wins over the file (clientcmd/api/v1, "CertificateAuthorityData overrides").
  void PemText(const char* data_key, const char* file_key, std::string& target) {
    std::string encoded;
    std::string file;
    Text(data_key, encoded);
    Text(file_key, file);
    if (error_) return;
    if (!encoded.empty()) {
      auto decoded = DecodeBase64(encoded);
      if (!decoded) {
        error_ = BadEntry(entry_, std::string(data_key) + " isn't base64");
        return;
      }
      target = *std::move(decoded);
    } else if (!file.empty()) {
      auto text = ReadFile(Resolve(file), entry_.what + "'s " + file_key);
      if (text.has_error()) {
        error_ = std::move(text).error();
        error_->kind = ErrorKind::kInvalidInput;
        return;
      }
      target = *std::move(text);
    }
    if (!target.empty() && target.find("-----BEGIN ") == std::string::npos) {
      error_ = BadEntry(entry_, std::string(encoded.empty() ? file_key : data_key) + " isn't PEM");
    }
  }

  void Flag(const char* key, bool& target) {
    std::string text;
    Text(key, text);
    if (error_ || text.empty()) return;
    if (text != "true" && text != "false") {
      error_ = BadEntry(entry_, std::string(key) + " is neither true nor false");
    }
    target = text == "true";
  }

  [[nodiscard]] std::filesystem::path Resolve(const std::string& file) const {
    return entry_.file.path.parent_path() / file;
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const Entry& entry_;
  std::optional<Error> error_;
};

Result<void> ReadCluster(const Entry& entry, ClusterAccess& access) {
  FieldCopier copier(entry);
  copier.Text("server", access.server);
  copier.Text("tls-server-name", access.tls_server_name);
  copier.Text("proxy-url", access.proxy_url);
  copier.Flag("insecure-skip-tls-verify", access.insecure_skip_tls_verify);
  copier.PemText("certificate-authority-data", "certificate-authority", access.ca_pem);
  if (copier.error()) return *copier.error();
  if (access.server.empty()) {
    return BadEntry(entry, "has no server",
                    "set one: kubectl config set-cluster NAME --server=https://HOST:PORT");
  }
  if (access.insecure_skip_tls_verify && !access.ca_pem.empty()) {
    return BadEntry(entry,
                    "a certificate authority and insecure-skip-tls-verify exclude each other");
  }
  return {};
}

/// Fields of a user that change who we are, and that we can't honour.
Result<void> RefuseUnsupported(const Entry& entry) {
  static constexpr std::string_view kUseToken =
      "use a service account's token instead: `kubectl create token NAME`, as the user's token";
  static constexpr std::array<std::pair<const char*, std::string_view>, 6> kUnsupported{{
      {"exec", "credential plugins (exec) are not run"},
      {"auth-provider", "auth-provider plugins are not run"},
      {"username", "basic authentication is not supported"},
      {"password", "basic authentication is not supported"},
      {"as", "impersonation (as) is not supported"},
      {"as-groups", "impersonation (as-groups) is not supported"},
  }};
  for (const auto& [key, problem] : kUnsupported) {
    if (!MemberOf(entry.body, key).is_null())
      return BadEntry(entry, problem, std::string(kUseToken));
  }
  return {};
}

Result<void> ReadUser(const Entry& entry, ClusterAccess& access) {
  if (auto supported = RefuseUnsupported(entry); supported.has_error()) return supported;
  FieldCopier copier(entry);
  std::string token_file;
  copier.PemText("client-certificate-data", "client-certificate", access.client_certificate_pem);
  copier.PemText("client-key-data", "client-key", access.client_key_pem);
  copier.Text("token", access.token);
  copier.Text("tokenFile", token_file);
  if (copier.error()) return *copier.error();
  if (!token_file.empty()) access.token_file = copier.Resolve(token_file);
  if (access.client_certificate_pem.empty() != access.client_key_pem.empty()) {
    return BadEntry(entry,
                    "has a client certificate without its key, or a key without its certificate");
  }
  return {};
}

Result<ClusterAccess> ReadContext(const KubeconfigFiles& files, std::string_view context) {
  const std::string name(context.empty() ? files.current_context() : context);
  const std::string hint = "contexts there: " + files.ContextNames();
  if (name.empty()) {
    return MakeError(ErrorKind::kInvalidInput,
                     "kubeconfig " + files.FileNames() + ": no current-context",
                     "choose one with --context; " + hint);
  }
  auto context_entry = files.Find("contexts", "context", name);
  if (context_entry.has_error()) {
    Error error = std::move(context_entry).error();
    if (error.hint.empty()) error.hint = hint;
    return error;
  }
  ClusterAccess access;
  access.name = name;
  std::string cluster;
  std::string user;
  std::string ns;
  FieldCopier copier(*context_entry);
  copier.Text("cluster", cluster);
  copier.Text("user", user);
  copier.Text("namespace", ns);
  if (copier.error()) return *copier.error();
  if (!ns.empty()) access.default_namespace = ns;

  auto cluster_entry = files.Find("clusters", "cluster", cluster);
  if (cluster_entry.has_error()) return std::move(cluster_entry).error();
  if (auto read = ReadCluster(*cluster_entry, access); read.has_error()) return read.error();
  if (!user.empty()) {
    auto user_entry = files.Find("users", "user", user);
    if (user_entry.has_error()) return std::move(user_entry).error();
    if (auto read = ReadUser(*user_entry, access); read.has_error()) return read.error();
  }
  return access;
}

}  // namespace

Result<ClusterAccess> LoadKubeconfigs(std::span<const std::filesystem::path> files,
                                      std::string_view context) {
  auto loaded = KubeconfigFiles::Load(files);
  if (loaded.has_error()) return std::move(loaded).error();
  return ReadContext(*loaded, context);
}

Result<ClusterAccess> LoadKubeconfig(const std::filesystem::path& file, std::string_view context) {
  return LoadKubeconfigs(std::span(&file, 1), context);
}

}  // namespace podreach
