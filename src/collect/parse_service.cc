#include "collect/parse.h"

namespace podreach {
namespace {

/// spec.clusterIPs, or spec.clusterIP from an API server before dual stack; "None" is a headless
/// one.
std::vector<IpAddress> ParseClusterIps(const Field& spec) {
  std::vector<IpAddress> ips;
  const auto add = [&ips](const Field& field) {
    if (field.is_string() && (field.Text().empty() || field.Text() == "None")) return;
    if (auto ip = field.ReadIp()) ips.push_back(*ip);
  };
  const std::vector<Field> several = spec.At("clusterIPs").Items();
  for (const Field& field : several) add(field);
  if (several.empty()) add(spec.At("clusterIP"));
  return ips;
}

std::vector<IpAddress> ParseExternalIps(const Field& spec, const Field& status) {
  std::vector<IpAddress> ips;
  for (const Field& field : spec.At("externalIPs").Items()) {
    if (auto ip = field.ReadIp()) ips.push_back(*ip);
  }
  for (const Field& ingress : status.At("loadBalancer").At("ingress").Items()) {
    if (auto ip = ingress.At("ip").ReadIp()) ips.push_back(*ip);
  }
  return ips;
}

std::optional<ServicePort> ParseServicePort(const Field& entry) {
  const std::optional<Port> number = entry.At("port").ReadPort();
  const std::optional<Protocol> protocol = entry.At("protocol").ReadProtocol();
  if (!entry.At("port").present()) entry.At("port").AddProblem("is missing");
  if (!number || !protocol) return std::nullopt;
  // targetPort is the port itself where it is left out (core/v1 ServicePort).
  std::variant<Port, std::string> target(*number);
  const Field target_field = entry.At("targetPort");
  if (target_field.is_string()) {
    if (std::string name = target_field.Text(); !name.empty()) target = std::move(name);
  } else if (const auto target_number = target_field.ReadPortOrZero()) {
    target = *target_number;
  }
  return ServicePort{entry.At("name").Text(),
                     *protocol,
                     *number,
                     std::move(target),
                     entry.At("nodePort").ReadPortOrZero(),
                     entry.At("appProtocol").Text()};
}

}  // namespace

std::optional<Service> ParseService(const Field& object) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  const Field spec = object.At("spec");
  Service service;
  service.ns = name->ns;
  service.name = name->name;
  service.uid = name->uid;
  service.type = spec.At("type").Text("ClusterIP");
  service.cluster_ips = ParseClusterIps(spec);
  service.external_ips = ParseExternalIps(spec, object.At("status"));
  service.publish_not_ready = spec.At("publishNotReadyAddresses").Flag(false);
  // "If empty or not present, the service is assumed to have an external process managing its
  // endpoints" (core/v1 ServiceSpec.selector).
  LabelSelector selector;
  for (const auto& [key, value] : spec.At("selector").ReadLabels()) {
    selector.requirements.push_back({key, LabelRequirement::Operator::kIn, {value}});
  }
  if (!selector.empty()) service.selector = std::move(selector);
  for (const Field& entry : spec.At("ports").Items()) {
    if (auto port = ParseServicePort(entry)) service.ports.push_back(*std::move(port));
  }
  return service;
}

std::optional<EndpointSlice> ParseEndpointSlice(const Field& object) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  EndpointSlice slice;
  slice.ns = name->ns;
  slice.name = name->name;
  const Labels labels = object.At("metadata").At("labels").ReadLabels();
  const auto service = labels.find("kubernetes.io/service-name");
  if (service != labels.end()) slice.service = service->second;
  for (const Field& entry : object.At("ports").Items()) {
    const std::optional<Protocol> protocol = entry.At("protocol").ReadProtocol();
    if (!protocol) continue;
    slice.ports.push_back({entry.At("name").Text(), *protocol, entry.At("port").ReadPort()});
  }
  if (object.At("addressType").Text() == "FQDN") return slice;  // names, not addresses
  for (const Field& entry : object.At("endpoints").Items()) {
    // A nil ready "should be interpreted as true" (discovery/v1 EndpointConditions).
    const bool ready = entry.At("conditions").At("ready").Flag(true);
    const Field target = entry.At("targetRef");
    const std::string pod_uid =
        target.At("kind").Text() == "Pod" ? target.At("uid").Text() : std::string();
    for (const Field& address : entry.At("addresses").Items()) {
      if (auto ip = address.ReadIp()) slice.endpoints.push_back({*ip, ready, pod_uid});
    }
  }
  return slice;
}

}  // namespace podreach
