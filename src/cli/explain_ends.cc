#include "cli/explain_ends.h"

#include <algorithm>
#include <set>

#include "cli/log.h"
#include "podreach/base/text.h"
#include "podreach/cluster/service_backends.h"

namespace podreach::cli {
namespace {

constexpr std::string_view kService = "svc/";
constexpr std::string_view kNode = "node/";

PolicyPeer PeerOf(const Node& node) {
  PolicyPeer peer{std::nullopt, std::nullopt, node.name, true};
  if (!node.internal_ips.empty()) peer.address = node.internal_ips.front();
  return peer;
}

bool IsCalled(const Pod& pod, const std::string& name) {
  return name == pod.workload.ToString() || name == pod.ns + "/" + pod.name ||
         name == pod.ns + "/" + pod.workload.name;
}

bool Holds(const std::vector<IpAddress>& addresses, const IpAddress& address) {
  return std::ranges::find(addresses, address) != addresses.end();
}

Error NothingIsCalled(const std::string& name) {
  if (Cidr::Parse(name)) {
    return MakeError(ErrorKind::kInvalidInput, name + " is a block of addresses, not one",
                     "name an address in it");
  }
  return MakeError(ErrorKind::kInvalidInput, "nothing is called " + CleanText(name, 256),
                   "name a pod or workload as NAMESPACE/NAME, a Service as svc/NAMESPACE/NAME, a "
                   "node as node/NAME, or an address; `podreach expect` lists the workloads");
}

/// A Service's name, or an address of it.
const Service* FindService(const Snapshot& snapshot, const std::string& name) {
  const auto address = IpAddress::Parse(name);
  for (const Service& service : snapshot.services) {
    if (address ? Holds(service.cluster_ips, *address) || Holds(service.external_ips, *address)
                : name == std::string(kService) + service.ns + "/" + service.name)
      return &service;
  }
  return nullptr;
}

/// "node/n1", or an address of it.
const Node* FindNode(const Snapshot& snapshot, const std::string& name) {
  const auto address = IpAddress::Parse(name);
  for (const Node& node : snapshot.nodes) {
    if (address ? Holds(node.internal_ips, *address) : name == std::string(kNode) + node.name)
      return &node;
  }
  return nullptr;
}

PolicyPeer AtAddress(const Evaluator& evaluator, const IpAddress& address) {
  const Snapshot& snapshot = evaluator.snapshot();
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    const Pod& pod = snapshot.pods[i];
    if (!pod.IsLive() || pod.host_network || !Holds(pod.ips, address)) continue;
    PolicyPeer peer = evaluator.PeerOf(i);
    peer.address = address;
    return peer;
  }
  if (const Node* node = FindNode(snapshot, address.ToString()))
    return {std::nullopt, address, node->name, true};
  return {std::nullopt, address, {}, false};
}

/// A pod, a workload, a node or an address.
Result<PolicyPeer> FindEnd(const Evaluator& evaluator, const std::string& name) {
  if (const auto address = IpAddress::Parse(name)) return AtAddress(evaluator, *address);
  const Snapshot& snapshot = evaluator.snapshot();
  if (const Node* node = FindNode(snapshot, name)) return PeerOf(*node);
  std::optional<std::size_t> first;
  std::set<std::optional<ClassId>> classes;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (!snapshot.pods[i].IsLive() || !IsCalled(snapshot.pods[i], name)) continue;
    if (!first) first = i;
    classes.insert(evaluator.ClassOf(i));
  }
  if (!first) return NothingIsCalled(name);
  if (classes.size() > 1) {
    LogWarning("the pods of " + name + " are of " + std::to_string(classes.size()) +
               " classes; this is about " + snapshot.pods[*first].name);
  }
  return evaluator.PeerOf(*first);
}

std::string NameOf(const Service& service) {
  return "Service " + CleanText(service.ns + "/" + service.name, 512);
}

/// What stands behind a port, or behind each of several.
void AddBackends(const Evaluator& evaluator, const Service& service,
                 const std::vector<ServicePort>& ports, Destinations& destinations) {
  const Snapshot& snapshot = evaluator.snapshot();
  std::vector<ServiceBackend> backends;
  const auto add = [&](const std::vector<ServiceBackend>& more) {
    backends.insert(backends.end(), more.begin(), more.end());
  };
  if (snapshot.endpoint_slices.empty()) {
    for (const auto& port : ports) add(SelectedBackends(snapshot, service, port));
  } else {
    const ServiceBackends by_slices(snapshot);
    for (const auto& port : ports) add(by_slices.Of(service, port));
  }
  for (const auto& backend : backends) {
    PolicyPeer peer =
        backend.pod ? evaluator.PeerOf(*backend.pod) : AtAddress(evaluator, *backend.address);
    peer.address = backend.address;
    destinations.ends.emplace_back(std::move(peer), backend.port);
  }
}

Result<Destinations> Behind(const Evaluator& evaluator, const Service& service,
                            const AskedPort& asked) {
  Destinations destinations{NameOf(service), false, {}};
  if (service.type == "ExternalName") {
    return MakeError(ErrorKind::kInvalidInput, NameOf(service) + " is a name for something outside",
                     "ask about the address that it stands for");
  }
  if (service.IsHeadless()) {
    // A name for its pods: nothing translates the port, and its ports have the same pods.
    AddBackends(evaluator, service, service.ports, destinations);
    std::set<std::pair<std::optional<std::size_t>, std::optional<IpAddress>>> seen;
    std::erase_if(destinations.ends, [&](const auto& end) {
      return !seen.emplace(end.first.pod, end.first.address).second;
    });
    for (auto& [peer, port] : destinations.ends) port = asked.port;
    return destinations;
  }
  std::string has;
  for (const ServicePort& port : service.ports) {
    if (port.protocol == asked.protocol && port.port == asked.port) {
      AddBackends(evaluator, service, {port}, destinations);
      return destinations;
    }
    has += (has.empty() ? "" : ", ") + std::string(ToString(port.protocol)) + " " +
           std::to_string(port.port.number());
  }
  return MakeError(ErrorKind::kInvalidInput,
                   NameOf(service) + " has no port " + std::string(ToString(asked.protocol)) + " " +
                       std::to_string(asked.port.number()),
                   has.empty() ? "it has none" : "it has " + has);
}

/// A NodePort of a Service; nothing where the port is the node's own.
std::optional<Destinations> BehindNodePort(const Evaluator& evaluator, const AskedPort& asked) {
  for (const Service& service : evaluator.snapshot().services) {
    for (const ServicePort& port : service.ports) {
      if (port.node_port != asked.port || port.protocol != asked.protocol) continue;
      Destinations destinations{NameOf(service) + ", by its NodePort", true, {}};
      AddBackends(evaluator, service, {port}, destinations);
      return destinations;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<AskedPort> ParseAskedPort(const std::string& text) {
  const auto slash = text.find('/');
  std::string number = text.substr(0, slash);
  std::string name = slash == std::string::npos ? "TCP" : text.substr(slash + 1);
  if (!Port::Parse(number)) std::swap(number, name);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto port = Port::Parse(number);
  const auto protocol = ParseProtocol(name);
  if (port && protocol) return AskedPort{*protocol, *port};
  return MakeError(ErrorKind::kInvalidInput, "not a port: " + CleanText(text, 64),
                   "write 5432, or 53/udp");
}

Result<PolicyPeer> FindSource(const Evaluator& evaluator, const std::string& name) {
  if (const Service* service = FindService(evaluator.snapshot(), name)) {
    return MakeError(ErrorKind::kInvalidInput, NameOf(*service) + " opens no connection",
                     "name one of its pods as the source");
  }
  return FindEnd(evaluator, name);
}

Result<Destinations> FindDestinations(const Evaluator& evaluator, const std::string& name,
                                      const AskedPort& asked) {
  const Snapshot& snapshot = evaluator.snapshot();
  if (const Service* service = FindService(snapshot, name))
    return Behind(evaluator, *service, asked);
  if (FindNode(snapshot, name) != nullptr) {
    if (auto behind = BehindNodePort(evaluator, asked)) return *std::move(behind);
  }
  auto end = FindEnd(evaluator, name);
  if (!end) return end.error();
  return Destinations{{}, false, {{*std::move(end), asked.port}}};
}

}  // namespace podreach::cli
