#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "podreach/cluster/label_selector.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port.h"
#include "podreach/net/protocol.h"

namespace podreach {

/// core/v1 ServicePort.
struct ServicePort {
  std::string name;
  Protocol protocol = Protocol::kTcp;
  Port port;
  std::variant<Port, std::string> target_port;  ///< a number, or the name of a container port
  std::optional<Port> node_port;
  std::string app_protocol = {};  ///< "http", "kubernetes.io/h2c"; empty where it isn't said
};

/// core/v1 Service.
struct Service {
  std::string ns;
  std::string name;
  std::string uid;
  std::string type;                       ///< ClusterIP, NodePort, LoadBalancer, ExternalName
  std::vector<IpAddress> cluster_ips;     ///< empty for headless ones
  std::vector<IpAddress> external_ips;    ///< spec.externalIPs and status.loadBalancer
  std::optional<LabelSelector> selector;  ///< absent: endpoints are kept by someone else
  std::vector<ServicePort> ports;
  bool publish_not_ready = false;

  [[nodiscard]] bool IsHeadless() const { return cluster_ips.empty(); }
};

/// One address of a discovery.k8s.io/v1 EndpointSlice.
struct ServiceEndpoint {
  IpAddress address;
  bool ready = false;
  std::string pod_uid;  ///< empty where no pod stands behind it
};

/// discovery.k8s.io/v1 EndpointSlice.
struct EndpointSlice {
  struct SlicePort {
    std::string name;
    Protocol protocol = Protocol::kTcp;
    std::optional<Port> port;
  };
  std::string ns;
  std::string name;
  std::string service;  ///< label kubernetes.io/service-name
  std::vector<ServiceEndpoint> endpoints;
  std::vector<SlicePort> ports;
};

}  // namespace podreach
