#include "policy/rule.h"

#include <algorithm>

namespace podreach::policy {
namespace {

constexpr std::array kProtocols = {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp};

bool Bears(const ContainerPort& port, const PortName& name) {
  return port.protocol == name.first && port.name == name.second;
}

}  // namespace

void RulePorts::AddAll() { all_ = true; }

void RulePorts::Add(Protocol protocol, const PortSet& ports) {
  numbers_.at(static_cast<std::size_t>(protocol)).Add(ports);
}

void RulePorts::Add(PortName name) { names_.push_back(std::move(name)); }

PortSet RulePorts::Resolve(Protocol protocol, const PolicyClass* destination) const {
  if (all_) return PortSet::All();
  PortSet ports = numbers_.at(static_cast<std::size_t>(protocol));
  if (destination == nullptr) return ports;
  for (const auto& name : names_) {
    if (name.first != protocol) continue;
    for (const auto& port : destination->named_ports) {
      if (Bears(port, name)) ports.Add(port.port);
    }
  }
  return ports;
}

bool RulePorts::Allow(Protocol protocol, Port port, const PolicyClass* destination) const {
  if (all_ || numbers_.at(static_cast<std::size_t>(protocol)).Contains(port)) return true;
  if (destination == nullptr) return false;
  const auto& named = destination->named_ports;
  return std::any_of(names_.begin(), names_.end(), [&](const PortName& name) {
    return name.first == protocol && std::any_of(named.begin(), named.end(), [&](const auto& p) {
             return p.port == port && Bears(p, name);
           });
  });
}

std::string RulePorts::ToString() const {
  if (all_) return "all ports";
  std::string text;
  for (const auto protocol : kProtocols) {
    std::string list = numbers_.at(static_cast<std::size_t>(protocol)).ToString();
    for (const auto& name : names_) {
      if (name.first == protocol) list += (list.empty() ? "" : ",") + name.second;
    }
    if (list.empty()) continue;
    if (!text.empty()) text += ", ";
    text += std::string(podreach::ToString(protocol)) + " " + list;
  }
  return text;
}

}  // namespace podreach::policy
