#include "kube/server_url.h"

#include <algorithm>
#include <string_view>

#include "podreach/base/text.h"
#include "podreach/kube/kubeconfig.h"

namespace podreach {
namespace {

Error BadServer(const ClusterAccess& access, std::string_view problem) {
  return MakeError(ErrorKind::kInvalidInput,
                   "context " + CleanText(access.name, 128) + ": server " +
                       CleanText(access.server, 256) + ": " + std::string(problem),
                   "write it as https://HOST:PORT");
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

/// "host:port" or "[v6]:port"; the port may be missing.
bool IsAuthority(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    authority.remove_prefix(end + 1);
  } else {
    const std::size_t colon = authority.find(':');
    const std::string_view host = authority.substr(0, colon);
    if (host.empty() || !std::ranges::all_of(host, IsHostCharacter)) return false;
    authority.remove_prefix(host.size());
  }
  if (authority.empty()) return true;
  authority.remove_prefix(1);
  return !authority.empty() &&
         std::ranges::all_of(authority, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<ServerUrl> ParseServerUrl(const ClusterAccess& access) {
  std::string_view rest = access.server;
  std::string_view scheme = "https://";
  if (rest.starts_with("http://")) scheme = "http://";
  if (!rest.starts_with(scheme)) return BadServer(access, "is neither https:// nor http://");
  rest.remove_prefix(scheme.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  std::string_view path = rest.substr(authority.size());
  if (!IsAuthority(authority)) return BadServer(access, "has no host and port that can be read");
  if (CleanText(path, path.size()) != path || path.find_first_of("?# ") != std::string_view::npos) {
    return BadServer(access, "its path can't be used");
  }
  while (path.ends_with('/')) path.remove_suffix(1);

  ServerUrl url;
  url.base = std::string(scheme) + std::string(authority) + std::string(path);
  const std::string& name = access.tls_server_name;
  if (name.empty() || scheme == "http://") return url;
  if (!std::ranges::all_of(name, IsHostCharacter)) {
    return BadServer(access, "the tls-server-name isn't a host name");
  }
  const std::size_t host_end =
      authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  const std::string_view host = authority.substr(0, host_end);
  const std::string port =
      host.size() < authority.size() ? std::string(authority.substr(host.size() + 1)) : "443";
  url.base = std::string(scheme) + name + ":" + port + std::string(path);
  url.connect_to = name + ":" + port + ":" + std::string(host) + ":" + port;
  url.host = authority;
  return url;
}

}  // namespace podreach
