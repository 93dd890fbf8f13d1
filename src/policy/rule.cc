#include "policy/rule.h"

#include <algorithm>

namespace podreach::policy {
namespace {

bool Bears(const ContainerPort& port, const PortName& name) {
  return port.protocol == name.first && port.name == name.second;
}

std::string Text(const PodPeer& peer) {
  const std::string pods = peer.pods.empty() ? "all pods" : "pods " + peer.pods.ToString();
  if (!peer.namespaces) return pods + " in " + peer.ns;
  if (peer.namespaces->empty()) return pods + " in all namespaces";
  return pods + " in the namespaces " + peer.namespaces->ToString();
}

std::string Text(const IpBlock& block) {
  std::string text = "ipBlock " + block.cidr.ToString();
  for (std::size_t i = 0; i < block.except.size(); ++i) {
    text += (i == 0 ? " except " : ",") + block.except[i].ToString();
  }
  return text;
}

/// The numbers that one of the names stands for.
void AddNamed(const std::vector<PortName>& names, Protocol protocol,
              const std::vector<ContainerPort>* of_pod, PortSet& ports) {
  if (of_pod == nullptr) return;
  for (const auto& name : names) {
    if (name.first != protocol) continue;
    for (const auto& port : *of_pod) {
      if (Bears(port, name)) ports.Add(port.port);
    }
  }
}

std::string List(Protocol protocol, const PortSet& numbers, const std::vector<PortName>& names) {
  std::string list = numbers == PortSet::All() ? "all" : numbers.ToString();
  for (const auto& name : names) {
    if (name.first == protocol) list += (list.empty() ? "" : ",") + name.second;
  }
  return list;
}

}  // namespace

RulePeer RulePeer::Everyone(std::string field) {
  RulePeer peer;
  peer.pods = peer.nodes = peer.outside = true;
  peer.field = std::move(field);
  peer.text = "everyone";
  return peer;
}

RulePeer RulePeer::Pods(PodPeer pods, std::string field) {
  RulePeer peer;
  peer.pods = true;
  peer.field = std::move(field);
  peer.text = Text(pods);
  peer.any_of.emplace().push_back(std::move(pods));
  return peer;
}

RulePeer RulePeer::Block(IpBlock block, std::string field) {
  RulePeer peer = Everyone(std::move(field));
  peer.text = Text(block);
  peer.looks_up_names = false;
  peer.blocks.emplace().push_back(std::move(block));
  return peer;
}

PodPeer PodsOf(std::string ns) { return {std::move(ns), std::nullopt, {}, {}}; }

PodPeer AllPods() { return {{}, LabelSelector{}, {}, {}}; }

void RulePorts::AddAll() { all_ = true; }

void RulePorts::Add(Protocol protocol, const PortSet& ports) {
  numbers_.at(static_cast<std::size_t>(protocol)).Add(ports);
}

void RulePorts::Add(PortName name) { names_.push_back(std::move(name)); }

void RulePorts::AddName(const std::string& name) {
  for (const auto protocol : kProtocols) names_.emplace_back(protocol, name);
}

void RulePorts::Except(Protocol protocol, const PortSet& ports) {
  except_numbers_.at(static_cast<std::size_t>(protocol)).Add(ports);
}

void RulePorts::Except(PortName name) { except_names_.push_back(std::move(name)); }

RulePorts RulePorts::OfTcp(bool tcp) const {
  RulePorts some = *this;
  const auto wanted = [&](Protocol protocol) { return (protocol == Protocol::kTcp) == tcp; };
  for (const auto protocol : kProtocols) {
    auto& numbers = some.numbers_.at(static_cast<std::size_t>(protocol));
    if (all_) numbers = PortSet::All();
    if (!wanted(protocol)) numbers = PortSet();
  }
  some.all_ = false;
  std::erase_if(some.names_, [&](const PortName& name) { return !wanted(name.first); });
  return some;
}

PortSet RulePorts::Resolve(Protocol protocol, const std::vector<ContainerPort>* named_ports) const {
  const auto at = static_cast<std::size_t>(protocol);
  PortSet ports = all_ ? PortSet::All() : numbers_.at(at);
  if (!all_) AddNamed(names_, protocol, named_ports, ports);
  ports.Remove(except_numbers_.at(at));
  if (!except_names_.empty()) {
    PortSet except;
    AddNamed(except_names_, protocol, named_ports, except);
    ports.Remove(except);
  }
  return ports;
}

std::vector<PortName> RulePorts::Names() const {
  std::vector<PortName> names = names_;
  names.insert(names.end(), except_names_.begin(), except_names_.end());
  return names;
}

PortSet RulePorts::Asked(Protocol protocol, const std::vector<ContainerPort>& named_ports) const {
  const auto at = static_cast<std::size_t>(protocol);
  PortSet asked;
  for (const auto* numbers : {&numbers_.at(at), &except_numbers_.at(at)}) {
    if (*numbers == PortSet::All()) continue;
    for (const PortRange& range : numbers->ranges()) {
      asked.Add(range.first);
      asked.Add(range.last);
    }
  }
  AddNamed(names_, protocol, &named_ports, asked);
  AddNamed(except_names_, protocol, &named_ports, asked);
  return asked;
}

std::string RulePorts::ToString() const {
  std::string text = all_ ? "all ports" : "";
  std::string except;
  for (const auto protocol : kProtocols) {
    const auto at = static_cast<std::size_t>(protocol);
    const auto add = [&](std::string& to, const std::string& list) {
      if (list.empty()) return;
      to += (to.empty() ? "" : ", ") + std::string(podreach::ToString(protocol)) + " " + list;
    };
    if (!all_) add(text, List(protocol, numbers_.at(at), names_));
    add(except, List(protocol, except_numbers_.at(at), except_names_));
  }
  if (text.empty()) text = "no ports";
  return except.empty() ? text : text + " but " + except;
}

}  // namespace podreach::policy
