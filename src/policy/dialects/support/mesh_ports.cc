// Linkerd's proxies speak to each other at port 4143 (LINKERD2_PROXY_INBOUND_LISTEN_ADDR), Istio's
// ambient mode at 15008 (HBONE), Consul's at 20000 (the sidecar's public listener).

#include "policy/dialects/support/mesh_ports.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

std::string DoubtOf(const MeshPort& mesh) {
  return std::string("between pods of ") + mesh.mesh + " policies of the network see port " +
         std::to_string(mesh.port.number()) + ", whatever port is asked for";
}

bool TellsTcpPortsApart(const Rule& rule) {
  return rule.ports.has_names() || rule.ports.Resolve(Protocol::kTcp, nullptr) != PortSet::All();
}

LabelRequirement Not(LabelRequirement requirement) {
  requirement.op = requirement.op == Operator::kExists ? Operator::kDoesNotExist : Operator::kNotIn;
  return requirement;
}

/// Of the peers' pods those that meet the condition; and nodes and the outside, if they may stay.
void Limit(std::vector<RulePeer>& peers, const LabelRequirement& condition, bool with_others) {
  for (auto& peer : peers) {
    peer.nodes = peer.nodes && with_others;
    peer.outside = peer.outside && with_others;
    if (!peer.pods) continue;
    if (!peer.any_of) peer.any_of = {AllPods()};
    for (auto& pods : *peer.any_of) pods.pods.requirements.push_back(condition);
  }
  std::erase_if(peers,
                [](const RulePeer& peer) { return !peer.nodes && !peer.outside && !peer.pods; });
}

void LimitSubject(Rule& rule, const LabelRequirement& condition) {
  if (rule.own.empty()) rule.own = {RulePeer::Everyone(rule.field)};
  Limit(rule.own, condition, false);
}

/// A rule at the port that was asked for, and at the one that the network sees within a mesh.
std::vector<Rule> Both(const MeshPort& mesh, const Rule& rule) {
  Rule within = rule;
  within.doubt = DoubtOf(mesh);
  LimitSubject(within, mesh.own);
  Limit(within.peers, mesh.far, false);
  // Which port a name stands for is the pod's own affair: it may be the mesh's.
  const bool at_proxy = rule.ports.Resolve(Protocol::kTcp, nullptr).Contains(mesh.port);
  within.ports = at_proxy || rule.ports.has_names() ? AllTcp() : rule.ports.OfTcp(true);
  if (at_proxy) return {rule, std::move(within)};
  Rule by_datagrams = rule;
  by_datagrams.ports = rule.ports.OfTcp(false);
  Rule of_others = rule;
  of_others.ports = rule.ports.OfTcp(true);
  Rule to_others = of_others;
  LimitSubject(of_others, Not(mesh.own));
  LimitSubject(to_others, mesh.own);
  Limit(to_others.peers, Not(mesh.far), true);
  return {std::move(by_datagrams), std::move(of_others), std::move(to_others), std::move(within)};
}

}  // namespace

std::vector<MeshPort> MeshPortsOf(const Meshes& meshes) {
  const auto is_in = [](std::string_view key) {
    return LabelRequirement{std::string(key), Operator::kExists, {}};
  };
  std::vector<MeshPort> ports;
  const auto add = [&](const char* mesh, std::uint16_t port, LabelRequirement own,
                       LabelRequirement far) {
    ports.push_back({mesh, *Port::From(port), std::move(own), std::move(far)});
  };
  if (HasKey(meshes, kLinkerdKey)) add("Linkerd", 4143, is_in(kLinkerdKey), is_in(kLinkerdKey));
  if (HasKey(meshes, kConsulKey)) add("Consul", 20000, is_in(kConsulKey), is_in(kConsulKey));
  if (HasKey(meshes, kIstioKey)) {
    constexpr const char* kAmbient = "Istio's ambient mode";
    const LabelRequirement ambient{std::string(kIstioKey), Operator::kIn, {"ambient"}};
    const LabelRequirement sidecar{std::string(kIstioKey), Operator::kIn, {"sidecar", "half-open"}};
    add(kAmbient, 15008, ambient, is_in(kIstioKey));
    add(kAmbient, 15008, sidecar, ambient);
  }
  return ports;
}

void AddMeshPorts(const std::vector<MeshPort>& meshes, std::vector<PolicyRules>& rules) {
  for (auto& policy : rules) {
    if (policy.tier.layer != Tier::Layer::kNetwork) continue;
    for (auto* given : {&policy.ingress_rules, &policy.egress_rules}) {
      for (const auto& mesh : meshes) {
        std::vector<Rule> all;
        for (auto& rule : *given) {
          if (TellsTcpPortsApart(rule)) {
            for (auto& one : Both(mesh, rule)) {
              const bool matches = !one.peers.empty() && one.ports != RulePorts();
              if (matches) all.push_back(std::move(one));
            }
          } else {
            all.push_back(std::move(rule));
          }
        }
        *given = std::move(all);
      }
    }
  }
}

}  // namespace podreach::policy
