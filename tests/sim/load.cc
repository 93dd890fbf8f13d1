#include "tests/sim/load.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/sim/pod_maker.h"
#include "tests/sim/resources.h"
#include "tests/sim/service_maker.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

/// The address of the API server, behind the Service default/kubernetes.
constexpr const char* kApiServer = "172.31.255.1";

/// Kubernetes' own part of a cluster.
std::vector<json> SystemObjects() {
  const json labels = {{"k8s-app", "kube-dns"}};
  const json ports = {{{"name", "dns"}, {"containerPort", 53}, {"protocol", "UDP"}},
                      {{"name", "dns-tcp"}, {"containerPort", 53}, {"protocol", "TCP"}},
                      {{"name", "metrics"}, {"containerPort", 9153}, {"protocol", "TCP"}}};
  return {
      {{"apiVersion", "apps/v1"},
       {"kind", "Deployment"},
       {"metadata", {{"name", "coredns"}, {"namespace", "kube-system"}}},
       {"spec",
        {{"replicas", 2},
         {"template",
          {{"metadata", {{"labels", labels}}},
           {"spec",
            {{"containers", {{{"name", "coredns"}, {"image", "coredns"}, {"ports", ports}}}}}}}}}}},
      {{"apiVersion", "v1"},
       {"kind", "Service"},
       {"metadata", {{"name", "kube-dns"}, {"namespace", "kube-system"}}},
       {"spec",
        {{"selector", labels},
         {"ports",
          {{{"name", "dns"}, {"port", 53}, {"protocol", "UDP"}},
           {{"name", "dns-tcp"}, {"port", 53}, {"protocol", "TCP"}}}}}}},
      {{"apiVersion", "v1"},
       {"kind", "Service"},
       {"metadata", {{"name", "kubernetes"}, {"namespace", "default"}}},
       {"spec", {{"ports", {{{"name", "https"}, {"port", 443}, {"targetPort", 6443}}}}}}},
      {{"apiVersion", "discovery.k8s.io/v1"},
       {"kind", "EndpointSlice"},
       {"metadata",
        {{"name", "kubernetes"},
         {"namespace", "default"},
         {"labels", {{"kubernetes.io/service-name", "kubernetes"}}}}},
       {"addressType", "IPv4"},
       {"endpoints", {{{"addresses", {kApiServer}}, {"conditions", {{"ready", true}}}}}},
       {"ports", {{{"name", "https"}, {"port", 6443}, {"protocol", "TCP"}}}}}};
}

class Loader {
 public:
  Loader(const LoadOptions& options, World& world)
      : options_(options), world_(world), pods_(world), services_(world) {}

  void Run(std::vector<json> objects) {
    for (const Resource& resource : BuiltInResources()) world_.store.Of(resource);
    if (options_.system) {
      world_.cluster.AddOutside(*IpAddress::Parse(kApiServer),
                                {Protocol::kTcp, 6443, 6443, Listener::Kind::kAnswers});
      for (json& object : SystemObjects()) objects.push_back(std::move(object));
    }
    AddNodes(objects);
    AddNamespaces(objects);
    for (json& object : objects) {
      const std::string kind = object.at("kind").get<std::string>();
      if (kind == "Namespace" || kind == "Node") continue;
      if (object["metadata"].value("namespace", "").empty() && ResourceOf(object).namespaced)
        object["metadata"]["namespace"] = "default";
      if (pods_.Makes(kind)) {
        pods_.Add(std::move(object));
      } else if (kind == "Service") {
        services_.Add(std::move(object));
      } else {
        AddOther(std::move(object));
      }
    }
    services_.Finish();
    world_.store.EndLoading();
  }

 private:
  void AddNodes(const std::vector<json>& objects) {
    std::size_t pods = 0;
    for (const json& object : objects) pods += PodMaker::CountOf(object);
    const auto needed = static_cast<std::uint32_t>(pods / 30 + 2);
    world_.cluster.AddNodes(options_.nodes != 0 ? options_.nodes : needed, options_.pods_per_node);
    Collection& collection = world_.store.Of(BuiltIn("Node"));
    for (const NodeModel& node : world_.cluster.nodes()) {
      const std::string cidr = IpAddress::V4(node.first_pod_address).ToString() + "/22";
      world_.store.Create(
          collection,
          {{"metadata", {{"name", node.name}, {"labels", {{"kubernetes.io/hostname", node.name}}}}},
           {"spec", {{"podCIDR", cidr}, {"podCIDRs", {cidr}}}},
           {"status",
            {{"addresses",
              {{{"type", "InternalIP"}, {"address", node.address.ToString()}},
               {{"type", "Hostname"}, {"address", node.name}}}},
             {"capacity", {{"pods", std::to_string(options_.pods_per_node)}}},
             {"allocatable", {{"pods", std::to_string(options_.pods_per_node)}}},
             {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}});
    }
  }

  /// The written ones first, then those that objects name without there being one.
  void AddNamespaces(std::vector<json>& objects) {
    std::set<std::string> known;
    for (json& object : objects) {
      if (object.at("kind") != "Namespace") continue;
      if (known.insert(object.at("metadata").at("name").get<std::string>()).second)
        AddNamespace(object);
    }
    std::set<std::string> named = {"default", "kube-system"};
    for (const json& object : objects)
      named.insert(object.at("metadata").value("namespace", "default"));
    for (const std::string& name : named) {
      if (known.insert(name).second) AddNamespace({{"metadata", {{"name", name}}}});
    }
  }

  void AddNamespace(json object) {
    const std::string name = object.at("metadata").at("name").get<std::string>();
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
    object["spec"] = {{"finalizers", {"kubernetes"}}};
    object["status"] = {{"phase", "Active"}};
    const Object& stored = world_.store.Create(world_.store.Of(BuiltIn("Namespace")), object);
    world_.cluster.policies().SetNamespace(world_.cluster.texts().Add(name), stored.labels);
  }

  void AddOther(json object) {
    const Resource resource = ResourceOf(object);
    if (resource.plural == "networkpolicies" && resource.group_version == "networking.k8s.io/v1")
      world_.cluster.policies().Add(object);
    if (resource.plural == "endpointslices") services_.AddSlice(object);
    world_.store.Create(world_.store.Of(resource), std::move(object));
  }

  const LoadOptions& options_;
  World& world_;
  PodMaker pods_;
  ServiceMaker services_;
};

}  // namespace

Result<void> Load(const LoadOptions& options, World& world) {
  std::vector<json> objects;
  if (!options.objects.empty()) {
    auto read = ReadObjects(options.objects);
    if (!read) return read.error();
    objects = *std::move(read);
  }
  try {
    Loader(options, world).Run(std::move(objects));
  } catch (const std::exception& error) {  // nlohmann::json's, of an object without its fields
    return MakeError(ErrorKind::kInvalidInput,
                     options.objects.string() + ": an object is incomplete: " + error.what());
  }
  if (options.table.empty()) return {};
  return ApplyTable(options.table, world);
}

}  // namespace podreach::sim
