#include "podreach/net/port_catalog.h"

#include <algorithm>

namespace podreach {
namespace {

CatalogPort Tcp(std::uint16_t port, std::string_view service, int severity) {
  return {*Port::From(port), Protocol::kTcp, service, severity};
}

}  // namespace

const std::vector<CatalogPort>& PortCatalog() {
  // Severity: 0 info to 4 critical, of an answer without credentials.
  static const std::vector<CatalogPort> kPorts = {
      Tcp(22, "SSH", 2),
      Tcp(80, "HTTP", 0),
      Tcp(443, "HTTPS", 0),
      Tcp(2375, "Docker API", 4),
      Tcp(2379, "etcd", 4),
      Tcp(2380, "etcd peer", 4),
      Tcp(3306, "MySQL", 0),
      Tcp(4194, "cAdvisor", 2),
      Tcp(5432, "PostgreSQL", 0),
      Tcp(6379, "Redis", 3),
      Tcp(6443, "API server", 0),
      Tcp(8001, "kubectl proxy", 4),
      Tcp(8080, "HTTP or insecure API server", 0),
      Tcp(8443, "dashboard or HTTPS", 2),
      Tcp(9090, "Prometheus", 2),
      Tcp(9200, "Elasticsearch", 3),
      Tcp(10249, "kube-proxy metrics", 1),
      Tcp(10250, "kubelet", 2),
      Tcp(10255, "kubelet read-only", 3),
      Tcp(10256, "kube-proxy health", 1),
      Tcp(10257, "controller manager", 2),
      Tcp(10259, "scheduler", 2),
      Tcp(11211, "memcached", 3),
      Tcp(15000, "Envoy admin", 2),
      Tcp(27017, "MongoDB", 3),
      Tcp(44134, "Tiller", 4),
  };
  return kPorts;
}

const CatalogPort* FindCatalogPort(Protocol protocol, Port port) {
  const auto& ports = PortCatalog();
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const CatalogPort& entry) {
    return entry.protocol == protocol && entry.port == port;
  });
  return found == ports.end() ? nullptr : &*found;
}

}  // namespace podreach
