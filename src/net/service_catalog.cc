#include "podreach/net/service_catalog.h"

#include <algorithm>

namespace podreach {
namespace {

// Who is asked for a port, whatever is declared.
constexpr unsigned kDeclared = 0;
constexpr unsigned kPods = 1;
constexpr unsigned kNodes = 2;
constexpr unsigned kControlPlane = 4;

struct Row {
  Protocol protocol;
  std::uint16_t port;
  std::string_view service;
  std::string_view name;
  Severity severity;
  unsigned asked = kDeclared;
};

using enum Protocol;
using enum Severity;

// Ports are those that the services' own documentation gives, or IANA's registry.
constexpr Row kRows[] = {
    {kTcp, 22, "SSH", "ssh", kMedium, kPods | kNodes},
    {kTcp, 53, "DNS", "dns", kInfo},
    {kTcp, 80, "HTTP", "http", kInfo, kPods},
    {kTcp, 80, "cloud metadata", "cloud-metadata", kHigh},
    {kTcp, 111, "rpcbind", "rpcbind", kMedium},
    {kTcp, 139, "SMB", "smb", kMedium},
    {kTcp, 443, "HTTPS", "http", kInfo, kPods},
    {kTcp, 445, "SMB", "smb", kMedium},
    {kTcp, 2049, "NFS", "nfs", kMedium},
    {kTcp, 2181, "ZooKeeper", "zookeeper", kMedium},
    {kTcp, 2375, "Docker API", "docker", kCritical, kPods | kNodes},
    {kTcp, 2376, "Docker API over TLS", "docker", kCritical},
    {kTcp, 2379, "etcd", "etcd", kCritical, kPods | kNodes | kControlPlane},
    {kTcp, 2380, "etcd peer", "etcd", kCritical, kPods | kNodes | kControlPlane},
    {kTcp, 2381, "etcd metrics", "etcd-metrics", kMedium},
    {kTcp, 3000, "Grafana or HTTP", "grafana", kMedium},
    {kTcp, 3306, "MySQL", "mysql", kInfo, kPods},
    {kTcp, 3389, "RDP", "rdp", kMedium},
    {kTcp, 4040, "Weave Scope", "weave-scope", kHigh},
    {kTcp, 4194, "cAdvisor", "cadvisor", kMedium, kPods},
    {kTcp, 4222, "NATS", "nats", kMedium},
    {kTcp, 5000, "container registry or HTTP", "docker-registry", kMedium},
    {kTcp, 5432, "PostgreSQL", "postgresql", kInfo, kPods},
    {kTcp, 5433, "PostgreSQL", "postgresql", kInfo},
    {kTcp, 5671, "RabbitMQ over TLS", "rabbitmq", kMedium},
    {kTcp, 5672, "RabbitMQ", "rabbitmq", kMedium},
    {kTcp, 5985, "WinRM", "winrm", kMedium},
    {kTcp, 5986, "WinRM over TLS", "winrm", kMedium},
    {kTcp, 6379, "Redis", "redis", kHigh, kPods},
    {kTcp, 6443, "API server", "kube-apiserver", kInfo, kPods | kNodes},
    {kTcp, 8001, "kubectl proxy", "kubectl-proxy", kCritical, kPods},
    {kTcp, 8080, "HTTP or insecure API server", "http", kInfo, kPods | kControlPlane},
    {kTcp, 8200, "Vault", "vault", kMedium},
    {kTcp, 8222, "NATS monitoring", "nats-monitoring", kMedium},
    {kTcp, 8443, "dashboard or HTTPS", "kubernetes-dashboard", kMedium, kPods},
    {kTcp, 8500, "Consul", "consul", kMedium},
    {kTcp, 8501, "Consul over TLS", "consul", kMedium},
    {kTcp, 8888, "Jupyter or HTTP", "jupyter", kMedium},
    {kTcp, 9000, "MinIO or HTTP", "minio", kMedium},
    {kTcp, 9090, "Prometheus", "prometheus", kMedium, kPods},
    {kTcp, 9092, "Kafka", "kafka", kMedium},
    {kTcp, 9093, "Alertmanager or Kafka", "alertmanager", kMedium},
    {kTcp, 9093, "Kafka", "kafka", kMedium},
    {kTcp, 9094, "Kafka", "kafka", kMedium},
    {kTcp, 9100, "node exporter", "node-exporter", kMedium},
    {kTcp, 9200, "Elasticsearch", "elasticsearch", kHigh, kPods},
    {kTcp, 9200, "OpenSearch", "opensearch", kHigh},
    {kTcp, 9901, "Envoy admin", "envoy-admin", kMedium},
    {kTcp, 10010, "CRI-O streaming", "cri-o", kCritical},
    {kTcp, 10249, "kube-proxy metrics", "kube-proxy", kLow, kPods | kNodes},
    {kTcp, 10250, "kubelet", "kubelet", kMedium, kPods | kNodes | kControlPlane},
    {kTcp, 10255, "kubelet read-only", "kubelet", kHigh, kPods | kNodes | kControlPlane},
    {kTcp, 10256, "kube-proxy health", "kube-proxy-health", kLow, kPods | kNodes},
    {kTcp, 10257, "controller manager", "kube-controller-manager", kMedium,
     kPods | kNodes | kControlPlane},
    {kTcp, 10259, "scheduler", "kube-scheduler", kMedium, kPods | kNodes | kControlPlane},
    {kTcp, 11211, "memcached", "memcached", kHigh, kPods},
    {kTcp, 15000, "Envoy admin", "envoy-admin", kMedium, kPods},
    {kTcp, 15014, "istiod", "istiod", kMedium},
    {kTcp, 15021, "Istio health", "istio-health", kInfo},
    {kTcp, 15672, "RabbitMQ management", "rabbitmq-management", kMedium},
    {kTcp, 26379, "Redis Sentinel", "redis", kHigh},
    {kTcp, 27017, "MongoDB", "mongodb", kHigh, kPods},
    {kTcp, 27018, "MongoDB shard", "mongodb", kHigh},
    {kTcp, 27019, "MongoDB configuration", "mongodb", kHigh},
    {kTcp, 30000, "dashboard or NodePort", "kubernetes-dashboard", kMedium},
    {kTcp, 44134, "Tiller", "http2", kCritical, kPods},
    {kTcp, 50051, "gRPC", "http2", kInfo},
    {kUdp, 53, "DNS", "dns", kInfo},
    {kUdp, 111, "rpcbind", "rpcbind", kMedium},
    {kUdp, 123, "NTP", "ntp", kInfo},
    {kUdp, 161, "SNMP", "snmp", kMedium},
    {kUdp, 443, "QUIC", "quic", kInfo},
    {kUdp, 2049, "NFS", "nfs", kMedium},
    {kUdp, 11211, "memcached", "memcached", kHigh},
};

std::vector<CatalogPort> Entries() {
  std::vector<CatalogPort> entries;
  for (const Row& row : kRows) {
    entries.push_back({.port = *Port::From(row.port),
                       .protocol = row.protocol,
                       .service = row.service,
                       .name = row.name,
                       .severity = row.severity,
                       .every_pod = (row.asked & kPods) != 0,
                       .every_node = (row.asked & kNodes) != 0,
                       .control_plane = (row.asked & kControlPlane) != 0});
  }
  return entries;
}

/// TCP ports of the catalogue that have a property.
PortSet TcpPorts(bool CatalogPort::*property) {
  PortSet ports;
  for (const CatalogPort& entry : ServiceCatalog())
    if (entry.protocol == Protocol::kTcp && entry.*property) ports.Add(entry.port);
  return ports;
}

}  // namespace

const std::vector<CatalogPort>& ServiceCatalog() {
  static const std::vector<CatalogPort> kEntries = Entries();
  return kEntries;
}

const std::vector<CatalogPort>& PortCatalog() {
  static const std::vector<CatalogPort> kSwept = [] {
    std::vector<CatalogPort> swept;
    for (const CatalogPort& entry : ServiceCatalog())
      if (entry.every_pod) swept.push_back(entry);
    return swept;
  }();
  return kSwept;
}

const CatalogPort* FindCatalogPort(Protocol protocol, Port port) {
  const auto& entries = ServiceCatalog();
  const auto found = std::ranges::find_if(entries, [&](const CatalogPort& entry) {
    return entry.protocol == protocol && entry.port == port;
  });
  return found == entries.end() ? nullptr : &*found;
}

const CatalogPort* FindService(std::string_view name, Protocol protocol, Port port) {
  const CatalogPort* least = nullptr;
  for (const CatalogPort& entry : ServiceCatalog()) {
    if (entry.name != name) continue;
    if (entry.protocol == protocol && entry.port == port) return &entry;
    if (least == nullptr || entry.severity < least->severity) least = &entry;
  }
  return least;
}

PortSet ServicePorts(std::string_view name, Protocol protocol) {
  PortSet ports;
  for (const CatalogPort& entry : ServiceCatalog())
    if (entry.name == name && entry.protocol == protocol) ports.Add(entry.port);
  return ports;
}

PortSet NodePorts() { return TcpPorts(&CatalogPort::every_node); }

PortSet ControlPlanePorts() { return TcpPorts(&CatalogPort::control_plane); }

PortSet ClusterPorts() {
  PortSet ports = *PortSet::Parse(
      "21,23,25,81,110,143,389,500,514,587,631,636,993,1433,1521,1883,5060,5601,5900,6380,7000,"
      "7077,7946,8000,8081,8086,8088,8300,9001-9002,9042,9091,9153,9300,9443,10248,10254,10260,"
      "14250,15010,15012,15020,15090,16686,18080,20880,25672,31000,31337,32000,50000,50070,61616");
  for (const CatalogPort& entry : ServiceCatalog())
    if (entry.protocol == Protocol::kTcp) ports.Add(entry.port);
  return ports;
}

}  // namespace podreach
