#include "tests/sim/pod_maker.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/sim/resources.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kWorkloads = {"Deployment", "ReplicaSet", "StatefulSet",
                                                        "DaemonSet", "Job"};

/// Letters and digits as Kubernetes makes them (apimachinery, util/rand).
std::string Suffix(std::uint64_t seed, std::size_t length) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::string text;
  std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 0x1234567;
  while (text.size() < length) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += kLetters[(state >> 33U) % kLetters.size()];
  }
  return text;
}

json OwnerOf(const json& object) {
  return {{{"apiVersion", object.at("apiVersion")},
           {"kind", object.at("kind")},
           {"name", object.at("metadata").at("name")},
           {"uid", object.at("metadata").value("uid", "")},
           {"controller", true},
           {"blockOwnerDeletion", true}}};
}

json PodMetadata(const json& owner, const json& pod_template) {
  json metadata = pod_template.value("metadata", json::object());
  metadata["namespace"] = owner.at("metadata").at("namespace");
  metadata["ownerReferences"] = OwnerOf(owner);
  return metadata;
}

}  // namespace

std::vector<DeclaredPort> DeclaredPorts(const json& spec, TextTable& texts) {
  std::vector<DeclaredPort> ports;
  for (const json& container : spec.at("containers")) {
    for (const json& port : container.value("ports", json::array())) {
      const std::string name = port.value("name", "");
      ports.push_back({name.empty() ? kAbsent : texts.Add(name),
                       ParseProtocol(port.value("protocol", "TCP")).value_or(Protocol::kTcp),
                       port.at("containerPort").get<std::uint16_t>()});
    }
  }
  return ports;
}

std::vector<Listener> ListenersOf(const std::vector<DeclaredPort>& ports) {
  std::vector<Listener> listeners;
  for (const DeclaredPort& port : ports) {
    // Of the UDP services only a name server answers what it is asked by a stranger.
    const bool answers = port.protocol != Protocol::kUdp || port.port == 53;
    listeners.push_back({port.protocol, port.port, port.port,
                         answers ? Listener::Kind::kAnswers : Listener::Kind::kSilent});
  }
  return listeners;
}

bool PodMaker::Makes(std::string_view kind) {
  return kind == "Pod" || std::find(kWorkloads.begin(), kWorkloads.end(), kind) != kWorkloads.end();
}

std::size_t PodMaker::CountOf(const json& object) {
  const std::string kind = object.at("kind").get<std::string>();
  if (kind == "DaemonSet" || !Makes(kind)) return 0;
  return kind == "Pod" ? 1 : object.at("spec").value("replicas", std::size_t{1});
}

json PodMaker::Keep(json object) {
  Collection& collection = world_.store.Of(ResourceOf(object));
  return json::parse(world_.store.Create(collection, std::move(object)).raw);
}

void PodMaker::Add(json object) {
  const std::string kind = object.at("kind").get<std::string>();
  if (kind == "Pod") return AddWrittenPod(object);
  const std::size_t count = CountOf(object);
  json kept = Keep(std::move(object));
  json pod_template = kept.at("spec").at("template");
  if (kind == "StatefulSet") return AddStatefulPods(kept, pod_template, count);
  if (kind == "DaemonSet") return AddReplicas(kept, pod_template, world_.cluster.nodes().size());
  if (kind == "Job") {
    pod_template["metadata"]["labels"]["job-name"] = kept["metadata"]["name"];
    pod_template["metadata"]["labels"]["batch.kubernetes.io/job-name"] = kept["metadata"]["name"];
  }
  if (kind != "Deployment") return AddReplicas(kept, pod_template, count);
  const std::string hash = Suffix(world_.store.NextNumber(), 10);
  pod_template["metadata"]["labels"]["pod-template-hash"] = hash;
  const json replica_set =
      Keep({{"apiVersion", "apps/v1"},
            {"kind", "ReplicaSet"},
            {"metadata",
             {{"name", kept["metadata"]["name"].get<std::string>() + "-" + hash},
              {"namespace", kept["metadata"]["namespace"]},
              {"ownerReferences", OwnerOf(kept)}}},
            {"spec", {{"replicas", count}, {"template", pod_template}}}});
  AddReplicas(replica_set, pod_template, count);
}

void PodMaker::AddReplicas(const json& owner, const json& pod_template, std::size_t count) {
  const json metadata = PodMetadata(owner, pod_template);
  const bool daemon = owner.at("kind") == "DaemonSet";
  for (std::size_t i = 0; i < count; ++i) {
    AddPod(owner.at("metadata").at("name").get<std::string>() + "-" +
               Suffix(world_.store.NextNumber(), 5),
           metadata, pod_template.at("spec"),
           daemon ? std::optional(static_cast<std::uint32_t>(i)) : std::nullopt);
  }
}

void PodMaker::AddStatefulPods(const json& owner, const json& pod_template, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    json metadata = PodMetadata(owner, pod_template);
    const std::string name =
        owner.at("metadata").at("name").get<std::string>() + "-" + std::to_string(i);
    metadata["labels"]["statefulset.kubernetes.io/pod-name"] = name;
    metadata["labels"]["apps.kubernetes.io/pod-index"] = std::to_string(i);
    AddPod(name, metadata, pod_template.at("spec"), std::nullopt);
  }
}

void PodMaker::AddWrittenPod(const json& object) {
  json metadata = object.at("metadata");
  json spec = object.at("spec");
  const std::string name = metadata.at("name").get<std::string>();
  for (const char* field : {"name", "uid", "resourceVersion", "creationTimestamp"})
    metadata.erase(field);
  const auto node = world_.cluster.FindNode(spec.value("nodeName", ""));
  spec.erase("nodeName");
  AddPod(name, metadata, spec, node && world_.cluster.HasSlot(*node) ? node : std::nullopt);
}

void PodMaker::AddPod(const std::string& name, const json& metadata, const json& spec,
                      std::optional<std::uint32_t> node) {
  Cluster& cluster = world_.cluster;
  if (!node) node = cluster.ChooseNode(std::nullopt);
  if (!node) throw std::runtime_error("more pods than the nodes have slots for");
  const std::string ns = metadata.at("namespace").get<std::string>();
  auto ports = DeclaredPorts(spec, cluster.texts());
  PodModel model;
  model.ns = cluster.texts().Add(ns);
  model.name = cluster.texts().Add(name);
  model.labels = cluster.labels().AddJson(metadata.value("labels", json()));
  model.listeners = cluster.AddListeners(ListenersOf(ports));
  model.ports = cluster.AddPorts(std::move(ports));
  model.node = *node;
  model.host_network = spec.value("hostNetwork", false);
  const std::uint32_t pod = cluster.AddPod(model);
  PodText text;
  text.text = world_.pod_texts.Add(metadata, spec);
  text.uid = world_.store.NextNumber();
  text.name = name;
  text.node = cluster.nodes()[*node].name;
  text.address = cluster.pods()[pod].address.ToString();
  text.host_address = cluster.nodes()[*node].address.ToString();
  world_.store.CreatePod(world_.store.Of(BuiltIn("Pod")), {ns, name}, std::move(text), model.labels,
                         pod);
}

}  // namespace podreach::sim
