#include "tests/sim/service_maker.h"

#include "tests/sim/resources.h"

namespace podreach::sim {

using nlohmann::json;

namespace {

constexpr std::size_t kEndpointsPerSlice = 100;

Protocol ProtocolOf(const json& port) {
  return ParseProtocol(port.value("protocol", "TCP")).value_or(Protocol::kTcp);
}

}  // namespace

void ServiceMaker::AddSlice(const json& slice) {
  const json& metadata = slice.at("metadata");
  const json labels = metadata.value("labels", json::object());
  const std::string service = labels.value("kubernetes.io/service-name", "");
  if (service.empty()) return;
  Backends& backends = written_[{metadata.at("namespace").get<std::string>(), service}];
  for (const json& port : slice.value("ports", json::array())) {
    for (const json& endpoint : slice.value("endpoints", json::array())) {
      if (!endpoint.value(json::json_pointer("/conditions/ready"), true)) continue;
      for (const json& address : endpoint.at("addresses")) {
        backends[port.value("name", "")].push_back(
            {{IpAddress::Parse(address.get<std::string>()).value_or(IpAddress()),
              port.at("port").get<std::uint16_t>()},
             kAbsent});
      }
    }
  }
}

void ServiceMaker::Finish() {
  for (std::uint32_t i = 0; i < world_.cluster.pods().size(); ++i)
    pods_in_[world_.cluster.pods()[i].ns].push_back(i);
  for (json& service : services_) FinishOne(std::move(service));
}

void ServiceMaker::Address(json& service) {
  json& spec = service["spec"];
  if (spec.value("clusterIP", "") != "None") {
    const std::string address = IpAddress::V4(next_address_++).ToString();
    spec["clusterIP"] = address;
    spec["clusterIPs"] = {address};
  } else {
    spec["clusterIPs"] = {"None"};
  }
  spec.emplace("type", "ClusterIP");
  const bool node_ports = spec["type"] == "NodePort" || spec["type"] == "LoadBalancer";
  for (json& port : spec["ports"]) {
    port.emplace("protocol", "TCP");
    port.emplace("targetPort", port["port"]);
    if (node_ports) port.emplace("nodePort", next_node_port_++);
  }
}

std::optional<std::uint16_t> ServiceMaker::TargetOf(const json& port, const PodModel& pod) const {
  const json& target = port.at("targetPort");
  if (target.is_number()) return target.get<std::uint16_t>();
  const auto name = world_.cluster.texts().Find(target.get<std::string>());
  for (const DeclaredPort& declared : world_.cluster.PortsAt(pod.ports)) {
    if (name && declared.name == *name && declared.protocol == ProtocolOf(port))
      return declared.port;
  }
  return std::nullopt;
}

ServiceMaker::Backends ServiceMaker::Select(const json& service) {
  Cluster& cluster = world_.cluster;
  Backends backends;
  const json selector_json = service.at("spec").value("selector", json::object());
  const std::string ns = service.at("metadata").at("namespace").get<std::string>();
  if (selector_json.empty())
    return written_[{ns, service.at("metadata").at("name").get<std::string>()}];
  const Selector selector = Selector::ParseMap(selector_json, cluster.texts());
  for (const std::uint32_t index : pods_in_[cluster.texts().Add(ns)]) {
    const PodModel& pod = cluster.pods()[index];
    if (!selector.Matches(cluster.labels().At(pod.labels))) continue;
    for (const json& port : service.at("spec").at("ports")) {
      if (const auto target = TargetOf(port, pod))
        backends[port.value("name", "")].push_back({{pod.address, *target}, index});
    }
  }
  return backends;
}

void ServiceMaker::FinishOne(json service) {
  Address(service);
  const Backends backends = Select(service);
  for (const json& port : service.at("spec").at("ports")) {
    std::vector<BackendModel> places;
    if (const auto found = backends.find(port.value("name", "")); found != backends.end())
      for (const Backend& backend : found->second) places.push_back(backend.place);
    if (port.contains("nodePort"))
      world_.cluster.AddNodePort({ProtocolOf(port), port["nodePort"].get<std::uint16_t>()}, places);
    const auto address = IpAddress::Parse(service.at("spec").value("clusterIP", ""));
    if (!address) continue;
    world_.cluster.AddService(*address, {ProtocolOf(port), port.at("port").get<std::uint16_t>()},
                              std::move(places));
  }
  const bool selects = !service.at("spec").value("selector", json::object()).empty();
  Collection& collection = world_.store.Of(BuiltIn("Service"));
  const json kept = json::parse(world_.store.Create(collection, std::move(service)).raw);
  if (selects) WriteSlices(kept, backends);
}

/// One slice for each port and hundred endpoints: what real ones say, in a simpler cut.
void ServiceMaker::WriteSlices(const json& service, const Backends& backends) {
  const json& metadata = service.at("metadata");
  const std::string name = metadata.at("name").get<std::string>();
  std::size_t number = 0;
  for (const json& port : service.at("spec").at("ports")) {
    std::map<std::uint16_t, json> by_target;
    if (const auto found = backends.find(port.value("name", "")); found != backends.end()) {
      for (const Backend& backend : found->second) {
        const PodModel& pod = world_.cluster.pods()[backend.pod];
        const ObjectKey key{std::string(world_.cluster.texts().At(pod.ns)),
                            std::string(world_.cluster.texts().At(pod.name))};
        const Object& object = world_.store.Of(BuiltIn("Pod")).objects.at(key);
        by_target[backend.place.port].push_back(
            {{"addresses", {backend.place.address.ToString()}},
             {"conditions", {{"ready", true}, {"serving", true}, {"terminating", false}}},
             {"nodeName", world_.cluster.nodes()[pod.node].name},
             {"targetRef",
              {{"kind", "Pod"},
               {"namespace", key.first},
               {"name", key.second},
               {"uid", UidText(object.number)}}}});
      }
    }
    for (auto& [target, endpoints] : by_target) {
      for (std::size_t start = 0; start < endpoints.size(); start += kEndpointsPerSlice) {
        const std::size_t end = std::min(endpoints.size(), start + kEndpointsPerSlice);
        json some = json::array();
        for (std::size_t i = start; i < end; ++i) some.push_back(std::move(endpoints[i]));
        world_.store.Create(world_.store.Of(BuiltIn("EndpointSlice")),
                            {{"metadata",
                              {{"name", name + "-" + std::to_string(number++)},
                               {"namespace", metadata.at("namespace")},
                               {"labels", {{"kubernetes.io/service-name", name}}},
                               {"ownerReferences",
                                {{{"apiVersion", "v1"},
                                  {"kind", "Service"},
                                  {"name", name},
                                  {"uid", metadata.at("uid")},
                                  {"controller", true}}}}}},
                             {"addressType", "IPv4"},
                             {"endpoints", std::move(some)},
                             {"ports",
                              {{{"name", port.value("name", "")},
                                {"protocol", port.at("protocol")},
                                {"port", target}}}}});
      }
    }
  }
}

}  // namespace podreach::sim
