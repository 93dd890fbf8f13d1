#include "podreach/reach/target.h"

#include <array>

namespace podreach {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> Parse(std::string_view word, const std::array<Enum, N>& values) {
  for (const Enum value : values) {
    if (ToString(value) == word) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(VantageKind kind) {
  switch (kind) {
    case VantageKind::kBare:
      return "bare";
    case VantageKind::kTwin:
      return "twin";
    case VantageKind::kNode:
      return "node";
    case VantageKind::kCanarySource:
      return "canary-source";
    case VantageKind::kCanaryTarget:
      return "canary-target";
  }
  return "?";
}

std::optional<VantageKind> ParseVantageKind(std::string_view word) {
  return Parse(word, std::array{VantageKind::kBare, VantageKind::kTwin, VantageKind::kNode,
                                VantageKind::kCanarySource, VantageKind::kCanaryTarget});
}

std::string_view ToString(TargetKind kind) {
  switch (kind) {
    case TargetKind::kPod:
      return "pod";
    case TargetKind::kHostNetworkPod:
      return "host-network-pod";
    case TargetKind::kService:
      return "service";
    case TargetKind::kNode:
      return "node";
    case TargetKind::kNodePort:
      return "node-port";
    case TargetKind::kControlPlane:
      return "control-plane";
    case TargetKind::kDns:
      return "dns";
    case TargetKind::kMetadata:
      return "metadata";
    case TargetKind::kExternal:
      return "external";
    case TargetKind::kProbe:
      return "probe";
  }
  return "?";
}

std::optional<TargetKind> ParseTargetKind(std::string_view word) {
  return Parse(word, std::array{TargetKind::kPod, TargetKind::kHostNetworkPod, TargetKind::kService,
                                TargetKind::kNode, TargetKind::kNodePort, TargetKind::kControlPlane,
                                TargetKind::kDns, TargetKind::kMetadata, TargetKind::kExternal,
                                TargetKind::kProbe});
}

std::string PortText(const Target& target) {
  return std::to_string(target.port.number()) + "/" + std::string(ToString(target.protocol));
}

std::string NameOf(const Place& place, const Target& target) {
  switch (place.kind) {
    case TargetKind::kService:
    case TargetKind::kDns:
      return place.name + ":" + std::to_string(target.port.number());
    case TargetKind::kNode:
    case TargetKind::kControlPlane:
      return target.service.empty() ? place.name : place.name + " " + target.service;
    case TargetKind::kPod:
    case TargetKind::kHostNetworkPod:
    case TargetKind::kNodePort:
    case TargetKind::kMetadata:
    case TargetKind::kExternal:
    case TargetKind::kProbe:
      break;
  }
  return place.name;
}

}  // namespace podreach
