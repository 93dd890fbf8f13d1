#include "policy/dialects/support/cilium_peers.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "policy/dialects/support/document_reader.h"

namespace podreach::policy {
namespace {

constexpr std::string_view kNamespaceKey = "io.kubernetes.pod.namespace";
constexpr std::string_view kNamespaceLabels = "io.cilium.k8s.namespace.labels.";
constexpr std::string_view kAccountKey = "io.cilium.k8s.policy.serviceaccount";

RulePeer Outside(const Field& field, std::string text) {
  RulePeer peer;
  peer.outside = true;
  peer.looks_up_names = false;
  peer.field = field.path();
  peer.text = std::move(text);
  return peer;
}

RulePeer Nodes(const Field& field, std::string text, RulePeer::Which which) {
  RulePeer peer;
  peer.nodes = true;
  peer.which_nodes = which;
  peer.looks_up_names = false;
  peer.field = field.path();
  peer.text = std::move(text);
  return peer;
}

RulePeer AnyPod(const Field& field, std::string text) {
  RulePeer peer;
  peer.pods = true;
  peer.field = field.path();
  peer.text = std::move(text);
  return peer;
}

void AddEntity(const Field& field, Rule& rule) {
  const std::string name = field.Text();
  if (name == "all") {
    rule.peers.push_back(RulePeer::Everyone(field.path()));
    rule.peers.back().text = "entity all";
  } else if (name == "world" || name == "world-ipv4" || name == "world-ipv6") {
    auto peer = Outside(field, "entity " + name);
    if (name == "world-ipv4") peer.blocks = {{*Cidr::Parse("0.0.0.0/0"), {}}};
    if (name == "world-ipv6") peer.blocks = {{*Cidr::Parse("::/0"), {}}};
    rule.peers.push_back(std::move(peer));
  } else if (name == "cluster") {
    auto peer = AnyPod(field, "entity cluster");
    peer.nodes = true;
    rule.peers.push_back(std::move(peer));
  } else if (name == "host") {
    rule.peers.push_back(Nodes(field, "entity host", RulePeer::Which::kOwn));
  } else if (name == "remote-node") {
    rule.peers.push_back(Nodes(field, "entity remote-node", RulePeer::Which::kOther));
  } else if (name == "kube-apiserver") {
    auto peer = Nodes(field, "entity kube-apiserver", RulePeer::Which::kAny);
    peer.outside = true;
    peer.doubt = "which addresses are the API server's is not known";
    rule.peers.push_back(std::move(peer));
  } else if (name != "init" && name != "unmanaged" && name != "health" && name != "ingress" &&
             name != "none") {
    field.AddProblem("not an entity: " + Quoted(name));
  }
}

void AddBlock(const Field& field, const Field& cidr_field, Rule& rule) {
  const auto cidr = cidr_field.ReadCidr();
  if (!cidr) return cidr_field.AddProblem("not a CIDR");
  IpBlock block{*cidr, {}};
  for (const Field& entry : field.is_object() ? field.At("except").Items() : std::vector<Field>{}) {
    if (const auto except = entry.ReadCidr()) block.except.push_back(*except);
  }
  auto peer = Outside(field, "CIDR " + cidr->ToString());
  for (const auto& except : block.except) peer.text += " except " + except.ToString();
  peer.blocks.emplace().push_back(std::move(block));
  rule.peers.push_back(std::move(peer));
}

void AddBlockOfSet(const Field& field, Rule& rule) {
  DocumentReader::Expect(field, {"cidr", "except", "cidrGroupRef", "cidrGroupSelector"});
  if (field.Has("cidr")) return AddBlock(field, field.At("cidr"), rule);
  auto peer = Outside(field, "a CIDR group");
  peer.doubt = "what is in CIDR groups is not evaluated";
  rule.peers.push_back(std::move(peer));
}

void AddDoubtful(const Field& field, RulePeer peer, std::string doubt, Rule& rule) {
  peer.field = field.path();
  peer.doubt = std::move(doubt);
  rule.peers.push_back(std::move(peer));
}

/// One of the fields that hold peers.
void AddPeers(const Field& list, std::string_view what, const std::string& ns, Rule& rule) {
  for (const Field& entry : list.Items()) {
    if (what == "Endpoints") {
      rule.peers.push_back(RulePeer::Pods(ReadCiliumPods(entry, ns), entry.path()));
    } else if (what == "CIDR") {
      AddBlock(entry, entry, rule);
    } else if (what == "CIDRSet") {
      AddBlockOfSet(entry, rule);
    } else if (what == "Entities") {
      AddEntity(entry, rule);
    } else if (what == "FQDNs") {
      AddDoubtful(entry, Outside(entry, "domain names"),
                  "which addresses these names have is not known", rule);
    } else if (what == "Groups") {
      AddDoubtful(entry, Outside(entry, "a group of a cloud"),
                  "which addresses a cloud's groups hold is not known", rule);
    } else if (what == "Nodes") {
      AddDoubtful(entry, Nodes(entry, "some nodes", RulePeer::Which::kAny),
                  "selectors of nodes are not evaluated here", rule);
    } else {
      AddDoubtful(entry, RulePeer::Everyone(entry.path()), "this field is not evaluated", rule);
    }
  }
}

/// Whether a pod's label is part of its identity, by the default of Cilium's `labels` setting.
bool IsOfIdentity(std::string_view key) {
  constexpr std::array<std::string_view, 6> kLeftOut = {"statefulset.kubernetes.io/pod-name",
                                                        "apps.kubernetes.io/pod-index",
                                                        "batch.kubernetes.io/job-completion-index",
                                                        "pod-template-hash",
                                                        "controller-revision-hash",
                                                        "pod-template-generation"};
  for (const std::string_view prefix : {"kubernetes.io", "io.kubernetes", "k8s.io"})
    if (key.starts_with(prefix)) return false;
  return std::ranges::find(kLeftOut, key) == kLeftOut.end();
}

}  // namespace

LabelRequirement InNamespace(const std::string& ns) {
  return {"kubernetes.io/metadata.name", LabelRequirement::Operator::kIn, {ns}};
}

PodPeer ReadCiliumPods(const Field& selector, const std::string& ns) {
  DocumentReader::Expect(selector, {"matchLabels", "matchExpressions"});
  PodPeer pods;
  LabelSelector namespaces;
  const auto read = selector.ReadSelector().value_or(LabelSelector{});
  for (auto requirement : read.requirements) {
    auto& key = requirement.key;
    for (const std::string_view prefix : {"k8s:", "any:"}) {
      if (key.starts_with(prefix)) {
        key.erase(0, prefix.size());
        break;
      }
    }
    if (key.find(':') != std::string::npos || key.starts_with("io.cilium.k8s.policy.cluster")) {
      selector.AddProblem("labels of this source are not evaluated: " + Quoted(key));
    } else if (key == kNamespaceKey) {
      key = "kubernetes.io/metadata.name";
      namespaces.requirements.push_back(std::move(requirement));
    } else if (key.starts_with(kNamespaceLabels)) {
      key.erase(0, kNamespaceLabels.size());
      namespaces.requirements.push_back(std::move(requirement));
    } else if (!IsOfIdentity(key)) {
      selector.AddProblem("by default no label that Cilium looks at: " + Quoted(key));
    } else {
      if (key == kAccountKey) key = kServiceAccountKey;
      pods.pods.requirements.push_back(std::move(requirement));
    }
  }
  if (ns.empty() || !namespaces.empty()) {
    pods.namespaces = std::move(namespaces);
  } else {
    pods.ns = ns;
  }
  return pods;
}

bool ReadCiliumPeers(const Field& entry, const std::string& prefix, const std::string& ns,
                     Rule& rule) {
  constexpr std::array<std::string_view, 8> kKinds = {"Endpoints", "CIDR",   "CIDRSet", "Entities",
                                                      "FQDNs",     "Groups", "Nodes",   "Services"};
  std::size_t fields = 0;
  for (const auto& key : entry.Keys()) {
    if (key == "toPorts" || key == "icmps") continue;
    const auto what = std::string_view(key).substr(std::min(prefix.size(), key.size()));
    const bool known =
        key.starts_with(prefix) && std::find(kKinds.begin(), kKinds.end(), what) != kKinds.end();
    if (!known) {
      entry.At(key.c_str()).AddProblem("this field is not evaluated");
      continue;
    }
    ++fields;
    AddPeers(entry.At(key.c_str()), what, ns, rule);
  }
  if (fields > 1) entry.AddProblem("has more than one kind of peers");
  if (fields > 0) return !rule.peers.empty();
  if (!entry.Has("toPorts")) return false;
  rule.peers.push_back(RulePeer::Everyone(entry.path()));
  return true;
}

}  // namespace podreach::policy
